/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attributes that more than one item has, where one item is meant.
 */
#ifndef KEYCHAIN_CLI_SEVERAL_H
#define KEYCHAIN_CLI_SEVERAL_H

#include "commands.h"
#include "helper/keychain/base/value.h"

/*
 * Asks how many items match the query of @request, a request for one, without their secrets. Where they are several lists
 * them on standard error with the ways on, and returns an exit status. 0: they are one at most, or that cannot be told,
 * and @request will tell why.
 */
int several_refuse(struct keychain_client *client, const struct value *request);

/* The same where the first of them will do: only tells that there are others. */
void several_tell(struct keychain_client *client, const struct value *request);

#endif
