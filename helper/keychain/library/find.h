/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The request of keychain_find() and keychain_iterate().
 */
#ifndef LIBKEYCHAIN_FIND_H
#define LIBKEYCHAIN_FIND_H

#include "helper/keychain/base/value.h"
#include "helper/keychain/include/keychain.h"

/* Makes it; the caller frees *@ret_request. Returns a status, and notes the error. */
int find_request(struct keychain_client *client, const struct keychain_query *query, unsigned int flags, size_t limit,
		 struct value **ret_request);

/* Names the key of an item that, with these flags, is no dictionary; NULL: each is one. */
const char *find_alone(unsigned int flags);

#endif
