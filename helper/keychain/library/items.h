/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBKEYCHAIN_ITEMS_H
#define LIBKEYCHAIN_ITEMS_H

#include "helper/keychain/base/value.h"
#include "helper/keychain/include/keychain.h"

struct keychain_items {
	struct value *answer;		/* owns all below */
	const struct value *found;	/* array, or the one item there is */
	size_t withheld, unreadable;
	const struct value *locked;	/* array: what is told of these; NULL: nothing */
	const char *alone;		/* which of an item it is where that is bytes, not a dictionary */
};

/*
 * Takes @answer. @alone: "v_PersistentRef" where only the reference was asked for, NULL else. NULL
 * without memory.
 */
struct keychain_items *items_new(struct value *answer, const char *alone);

#endif
