/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which account a keybag was made for. The kernel knows the owner's uid and nothing else, and uids are
 * used again: a keybag is loaded only while its uid still has the name that is noted here.
 */
#ifndef KEYBAGD_OWNER_FILE_H
#define KEYBAGD_OWNER_FILE_H

#include "libkeybag/keybag.h"
#include <sys/types.h>

#define OWNER_SUFFIX		".owner"
#define OWNER_NEW_SUFFIX	".owner.new"
#define OWNER_NAME_SIZE		256

/* Reads uid and name. -ENOENT: nothing noted. -EBADMSG: not readable. */
int owner_file_read(const uint8_t uuid[KEYBAG_UUID_SIZE], uid_t *ret_uid,
		    char ret_name[OWNER_NAME_SIZE]);

/* Notes them, durably. */
int owner_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE], uid_t uid, const char *name);

/* Removes the note, durably; 0 where there is none. */
int owner_file_remove(const uint8_t uuid[KEYBAG_UUID_SIZE]);

#endif /* KEYBAGD_OWNER_FILE_H */
