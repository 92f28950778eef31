/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBKEYCHAIN_ITEMS_H
#define LIBKEYCHAIN_ITEMS_H

#include "helper/keychain/common/value.h"
#include "keychain.h"

struct keychain_items {
	struct value *answer;		/* owns all below */
	const struct value *found;	/* array, or the one item there is */
	size_t withheld;
};

/* Takes @answer. NULL without memory. */
struct keychain_items *items_new(struct value *answer);

#endif
