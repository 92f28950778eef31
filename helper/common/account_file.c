// SPDX-License-Identifier: LGPL-2.1-or-later
#include "account_file.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

/* A line of any length that an account may have: one that does not fit would hide those behind it. */
#define LINE_SIZE	(256 * 1024)

static int find_in(const char *path, const char *name, char *line, uid_t *ret_uid)
{
	struct passwd entry, *found = NULL;
	FILE *file = fopen(path, "re");
	int result = -EPERM;

	if (!file)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -errno : -EPERM;
	while (!fgetpwent_r(file, &entry, line, LINE_SIZE, &found) && found) {
		if (strcmp(found->pw_name, name))
			continue;
		*ret_uid = found->pw_uid;
		result = found->pw_uid ? 0 : -EPERM;
		break;
	}
	fclose(file);
	return result;
}

int account_file_find(const char *name, uid_t *ret_uid)
{
	CLEANUP_FREE char *line = malloc(LINE_SIZE);
	int result = line ? find_in(ACCOUNT_FILE, name, line, ret_uid) : -ENOMEM;

	return result == -EPERM ? find_in(ACCOUNT_FILE_OF_IMAGE, name, line, ret_uid) : result;
}
