/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames of a backup file (docs/backup-format.md): what is around each of its parts, so that one that is damaged loses
 * itself alone. They are told apart by this; that they are genuine is shown by what is sealed in them.
 */
#ifndef KEYCHAIN_BACKUP_FRAME_H
#define KEYCHAIN_BACKUP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BACKUP_MAGIC		"KEYCHBK\1"
#define BACKUP_MAGIC_SIZE	8
#define BACKUP_VERSION		1
#define BACKUP_HEAD_SIZE	16		/* magic, version, length of the form that follows */
#define BACKUP_MAX_FORM		2048

#define BACKUP_FRAME_SIZE	24		/* before the content of a frame */
#define BACKUP_MAX_CONTENT	(1280U << 10)	/* a secret of 1 MiB, with as many attributes as an item may have */

enum backup_frame_kind {
	BACKUP_FRAME_KEYS	= 1,	/* index 0: wrapped keys, under which all else is sealed */
	BACKUP_FRAME_ITEM	= 2,	/* from index 1 on */
	BACKUP_FRAME_END	= 3,	/* the last one: how many there are */
};

struct backup_frame {
	uint32_t kind;
	uint32_t length;	/* of the content */
	uint64_t index;
};

/* The head of a file with a form of that length. */
void backup_head_write(uint8_t bytes[BACKUP_HEAD_SIZE], size_t form_length);

/* Its length of the form: 0 and *ret_form_length; -EPROTONOSUPPORT: a newer version; -EBADMSG: it is none. */
int backup_head_read(const uint8_t bytes[BACKUP_HEAD_SIZE], size_t *ret_form_length);

void backup_frame_write(uint8_t bytes[BACKUP_FRAME_SIZE], const struct backup_frame *frame);

/* Whether a frame begins with these bytes. Bounded and total. */
bool backup_frame_read(const uint8_t bytes[BACKUP_FRAME_SIZE], struct backup_frame *ret_frame);

#endif
