// SPDX-License-Identifier: GPL-2.0-or-later
#include "password_mismatch_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "store.h"

#define NOTE_SIZE	(LOGIN_SETTING_SIZE + 1)

/* A line. */
static size_t make_note(const char *setting, char ret_note[NOTE_SIZE])
{
	return (size_t)snprintf(ret_note, NOTE_SIZE, "%s\n", setting);
}

bool password_mismatch_file_holds(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *setting)
{
	CLEANUP_FD int fd = store_file(uuid, PASSWORD_MISMATCH_SUFFIX, O_RDONLY);
	char noted[NOTE_SIZE], wanted[NOTE_SIZE];
	ssize_t length;

	if (fd < 0)
		return false;
	length = read_all(fd, noted, sizeof(noted));
	return length == (ssize_t)make_note(setting, wanted) &&
	       !memcmp(noted, wanted, (size_t)length);
}

bool password_mismatch_file_exists(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	CLEANUP_FD int fd = store_file(uuid, PASSWORD_MISMATCH_SUFFIX, O_PATH);

	return fd >= 0;
}

int password_mismatch_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *setting)
{
	char note[NOTE_SIZE];
	size_t length = make_note(setting, note);
	int result = store_remove(uuid, PASSWORD_MISMATCH_SUFFIX);

	return result < 0 ? result : store_write_new(uuid, PASSWORD_MISMATCH_SUFFIX, note, length);
}

/* Nothing is lost if it stays: one login more asks for the passcode. */
void password_mismatch_file_remove(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	store_remove(uuid, PASSWORD_MISMATCH_SUFFIX);
}
