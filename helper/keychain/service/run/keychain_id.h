/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which keychain: whose, and its name.
 */
#ifndef KEYCHAIND_KEYCHAIN_ID_H
#define KEYCHAIND_KEYCHAIN_ID_H

#include <stdbool.h>
#include <sys/types.h>

#define KEYCHAIN_NAME_SIZE	65	/* with the NUL */
#define FIRST_KEYCHAIN		"login"	/* always there; the default until another is chosen */

/* A user's, or the machine's. */
struct keychain_id {
	bool system;
	uid_t owner;			/* unless @system */
	char name[KEYCHAIN_NAME_SIZE];
};

/* Letters, digits, '-', '_', 1..64 of them, no dash in front. */
bool keychain_name_valid(const char *name);

#endif
