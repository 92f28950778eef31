/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Manifest.db of a backup: which files it has. By SQLite, out of memory.
 */
#ifndef IOS_DATABASE_H
#define IOS_DATABASE_H

#include <stddef.h>
#include <stdint.h>

#define IOS_DATABASE_MAX_SIZE	(1U << 30)
#define IOS_RECORD_MAX_SIZE	(1U << 20)	/* of what is said of one file */

/*
 * The row of the file with that name in the backup: a copy, to be freed, of its bytes. @bytes may be changed. Returns 0; -ENOENT
 * (there is none), -EBADMSG (damaged, or no such database), -ENOMEM.
 */
int ios_database_find(uint8_t *bytes, size_t length, const char *file, uint8_t **ret_record, size_t *ret_length);

#endif
