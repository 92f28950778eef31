// SPDX-License-Identifier: GPL-2.0-or-later
#include "differs_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "login_password.h"
#include "owner_file.h"
#include "store.h"

#define NOTE_SIZE	(LOGIN_PASSWORD_SETTING_SIZE + 1)

/* What is noted of a login password as it is now: a line. */
static size_t present_note(const uint8_t uuid[KEYBAG_UUID_SIZE], char ret_note[NOTE_SIZE])
{
	char name[OWNER_NAME_SIZE], setting[LOGIN_PASSWORD_SETTING_SIZE] = "";
	uid_t uid;

	if (owner_file_read(uuid, &uid, name) == 0)
		login_password_setting(name, setting);
	return (size_t)snprintf(ret_note, NOTE_SIZE, "%s\n", setting);
}

bool differs_file_holds(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	CLEANUP_FD int fd = store_file(uuid, DIFFERS_SUFFIX, O_RDONLY);
	char noted[NOTE_SIZE], present[NOTE_SIZE];
	ssize_t length;

	if (fd < 0)
		return false;
	length = read_all(fd, noted, sizeof(noted));
	return length == (ssize_t)present_note(uuid, present) &&
	       !memcmp(noted, present, (size_t)length);
}

int differs_file_write(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	char note[NOTE_SIZE];
	size_t length = present_note(uuid, note);
	int result = store_remove(uuid, DIFFERS_SUFFIX);

	return result < 0 ? result : store_write_new(uuid, DIFFERS_SUFFIX, note, length);
}

/* Nothing is lost if it stays: one login more asks for the passcode. */
void differs_file_remove(const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	store_remove(uuid, DIFFERS_SUFFIX);
}
