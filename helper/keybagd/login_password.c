// SPDX-License-Identifier: GPL-2.0-or-later
#include "login_password.h"

#include <shadow.h>
#include <stdio.h>
#include <string.h>

void login_password_setting(const char *name, char ret_setting[LOGIN_PASSWORD_SETTING_SIZE])
{
	char buffered[BUFSIZ], line[1024];
	struct spwd entry, *found = NULL;
	const char *hash;
	size_t length;
	FILE *file;

	ret_setting[0] = 0;
	file = fopen("/etc/shadow", "re");
	if (!file)
		return;
	/* The hashes of all: in memory that is wiped. */
	setvbuf(file, buffered, _IOFBF, sizeof(buffered));
	while (fgetspent_r(file, &entry, line, sizeof(line), &found) == 0 && found)
		if (!strcmp(found->sp_namp, name))
			break;
	hash = found ? strrchr(found->sp_pwdp, '$') : NULL;
	length = hash ? (size_t)(hash - found->sp_pwdp) : 0;
	if (length < LOGIN_PASSWORD_SETTING_SIZE) {
		for (size_t i = 0; i < length; i++)
			ret_setting[i] = found->sp_pwdp[i];
		ret_setting[length] = 0;
	}
	fclose(file);
	explicit_bzero(buffered, sizeof(buffered));
	explicit_bzero(line, sizeof(line));
}
