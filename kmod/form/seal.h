/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sealing inside the bag (docs/format.md): keys under keys, and the record.
 *
 * Choose the key, put the associated data in place, then seal or open; the associated data stays in
 * place for the next.
 */
#ifndef _KEYBAG_SEAL_H
#define _KEYBAG_SEAL_H

#include "../../keybag/form.h"
#include "workspace.h"

/* Bytes that sealing adds: nonce and tag. */
#define KEYBAG_SEAL_OVERHEAD	(KEYBAG_GCM_NONCE + KEYBAG_GCM_TAG)

/* The key X, of 32 bytes, for the bag with that UUID. */
int keybag_seal_key(struct keybag_workspace *workspace, const u8 *uuid, const u8 *x);

/* Associated data of K_bag or K_akpu in a protector, of a class key, and of a record's header. */
void keybag_seal_protector_aad(struct keybag_workspace *workspace, const u8 *uuid, u32 purpose,
			       const struct kb_protector *protector);
void keybag_seal_class_aad(struct keybag_workspace *workspace, const u8 *uuid,
			   const struct kb_class_key *key);
void keybag_seal_record_aad(struct keybag_workspace *workspace, const u8 *uuid, const u8 *header);

/* Seals @length bytes; writes KEYBAG_SEAL_OVERHEAD more to @out. */
int keybag_seal(struct keybag_workspace *workspace, const u8 *plaintext, size_t length, u8 *out);

/* Opens what becomes @length bytes. Returns 0 or -EBADMSG; on error @out is zero. */
int keybag_open(struct keybag_workspace *workspace, const u8 *sealed, size_t length, u8 *out);

#endif /* _KEYBAG_SEAL_H */
