// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/argument.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "common/account_error.h"

bool argument_number(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *ret_number)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || number < minimum || number > maximum)
		return false;
	*ret_number = number;
	return true;
}

int argument_user(const char *text, uid_t *ret_uid)
{
	const struct passwd *account;
	uint64_t uid;

	if (*text == '+') {
		text++;
	} else {
		errno = 0;
		account = getpwnam(text);
		if (account) {
			*ret_uid = account->pw_uid;
			return 0;
		}
		/* A name may be all digits: which account is meant only the directory knows. */
		if (account_error(errno) != -ENOENT)
			return -EIO;
	}
	if (!*text || text[strspn(text, "0123456789")])
		return -ENOENT;
	if (!argument_number(text, 0, ARGUMENT_MAX_UID, &uid))
		return -ERANGE;
	*ret_uid = (uid_t)uid;
	return 0;
}
