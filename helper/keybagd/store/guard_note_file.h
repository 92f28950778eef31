/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Indexes of the TPM that a keybag's passcode has, had or is about to have, noted before the TPM is told: whatever the machine stops
 * at, those that its form does not name are found again, by number and Name, and removed.
 */
#ifndef KEYBAGD_GUARD_NOTE_FILE_H
#define KEYBAGD_GUARD_NOTE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/tpm_exchange.h"
#include "libkeybag/keybag.h"

#define GUARD_NOTE_SUFFIX	".index"
#define GUARD_NOTE_NEW_SUFFIX	".index.new"
#define GUARD_NOTE_MOST		4

/* A record of the file: u32 number, little-endian, and the Name. */
#define GUARD_NOTE_RECORD	(4 + TPM_EXCHANGE_NAME)

struct guard_note {
	size_t count;
	struct guard_note_index {
		uint32_t number;
		uint8_t name[TPM_EXCHANGE_NAME];
	} indexes[GUARD_NOTE_MOST];
};

/* -ENOENT: nothing is noted; -EBADMSG: not readable. */
int guard_note_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE], struct guard_note *ret_note);

/* Durably; none: removes the file. Returns 0 or a negative errno, and then what was noted before still is. */
int guard_note_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE], const struct guard_note *note);

#endif /* KEYBAGD_GUARD_NOTE_FILE_H */
