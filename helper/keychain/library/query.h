/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBKEYCHAIN_QUERY_H
#define LIBKEYCHAIN_QUERY_H

#include "helper/keychain/base/value.h"
#include "helper/keychain/include/keychain.h"

struct keychain_query {
	struct value *dictionary;
	bool seal_while_locked;
	bool failed;			/* without memory */
	const char *misuse; /* static: the first setter that was given what it does not take */
};

/* Whether @query can be sent; else the error is noted, and its status returned. */
int query_check(struct keychain_client *client, const struct keychain_query *query);

#endif
