// SPDX-License-Identifier: GPL-2.0-or-later
#include "keychain_account.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "common/protocol.h"

/*
 * From the file itself: a name service that does not answer must not hold up the daemon, and none
 * but the machine's own administrator says who keychaind is.
 */
static bool keychain_account_find(uid_t *ret_uid)
{
	/* A line of any length that an account may have: one that does not fit would hide those behind it. */
	static char buffer[256 * 1024];
	struct passwd entry, *found;
	FILE *file = fopen("/etc/passwd", "re");

	if (!file)
		return false;
	do {
		if (fgetpwent_r(file, &entry, buffer, sizeof(buffer), &found))
			found = NULL;
	} while (found && strcmp(found->pw_name, KEYCHAIN_ACCOUNT));
	fclose(file);
	if (!found || !found->pw_uid)
		return false;
	*ret_uid = found->pw_uid;
	return true;
}

bool keychain_account_is(uid_t uid)
{
	uid_t keychain;

	return uid == 0 || (keychain_account_find(&keychain) && uid == keychain);
}
