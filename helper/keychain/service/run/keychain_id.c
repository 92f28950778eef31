// SPDX-License-Identifier: GPL-2.0-or-later
#include "keychain_id.h"

#include <string.h>

bool keychain_name_valid(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	size_t length = strlen(name);

	return length && length < KEYCHAIN_NAME_SIZE && *name != '-' &&
	       strspn(name, allowed) == length;
}
