/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of a backup file, one after the other, whatever lies between them. Memory is bounded.
 */
#ifndef KEYCHAIN_CLI_BACKUP_READER_H
#define KEYCHAIN_CLI_BACKUP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/keychain/base/backup_frame.h"

struct backup_reader {
	int fd;
	uint8_t *bytes;		/* BACKUP_READER_SIZE of them */
	size_t start, end;	/* of what was read and not taken */
	bool at_end;		/* of the file */
	uint64_t gaps;		/* places that are no frames */
	uint8_t form[BACKUP_MAX_FORM];
	size_t form_length;
};

#define BACKUP_READER_SIZE	(BACKUP_FRAME_SIZE + BACKUP_MAX_CONTENT)

/*
 * Reads the head of an open file, which stays the caller's. Returns 0, -EBADMSG: it is no backup, or its head is damaged;
 * -EPROTONOSUPPORT: of a newer version; or another negative errno. backup_reader_end() in any case.
 */
int backup_reader_begin(struct backup_reader *reader, int fd);
void backup_reader_end(struct backup_reader *reader);

/*
 * The next whole frame, its BACKUP_FRAME_SIZE bytes with it, until the next call. Returns 1, 0 at the end, or a negative
 * errno. What cannot be read before it counts as one gap.
 */
int backup_reader_next(struct backup_reader *reader, const uint8_t **ret_bytes, size_t *ret_length);

#endif
