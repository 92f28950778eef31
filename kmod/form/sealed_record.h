/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sealed records of guesses and wraps.
 */
#ifndef _KEYBAG_SEALED_RECORD_H
#define _KEYBAG_SEALED_RECORD_H

#include "../../keybag/record.h"
#include "../uapi/keybag.h"
#include "workspace.h"

/* A sealed record on its way to the caller. */
struct keybag_sealed_record {
	u8 bytes[KB_RECORD_SIZE];
	u32 length;	/* 0: none */
};

/* Seals @record of the bag with that UUID. */
int keybag_record_seal(struct keybag_workspace *workspace, const u8 *uuid, u64 sequence,
		       const struct kb_record *record, struct keybag_sealed_record *out);

/* Opens and checks one. Errors: -EBADMSG, -EPROTONOSUPPORT, -ENOMEM. */
int keybag_record_open(struct keybag_workspace *workspace, const u8 *uuid, const u8 *bytes,
		       size_t length, struct kb_record *record, u64 *ret_sequence);

/* -EMSGSIZE where @buffer cannot take a record. */
int keybag_record_check(const struct keybag_buffer *buffer);

/* Copies it out, outside all locks. Returns 0 or -EFAULT. */
int keybag_record_return(const struct keybag_sealed_record *record, struct keybag_buffer *buffer);

#endif /* _KEYBAG_SEALED_RECORD_H */
