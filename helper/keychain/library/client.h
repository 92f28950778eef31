/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to keychaind (docs/keychain-protocol.md).
 */
#ifndef LIBKEYCHAIN_CLIENT_H
#define LIBKEYCHAIN_CLIENT_H

#include "exchange.h"
#include "helper/keychain/base/value.h"
#include "helper/keychain/include/keychain.h"

/* The name that keychain_client_choose() was given, if any, is that of a system keychain. */
void client_mean_system(struct keychain_client *client);

/*
 * Adds the keychain the client was told to use, unless the request names one. Returns 0 or -ENOMEM.
 */
int client_add_target(const struct keychain_client *client, struct value *request);

/*
 * client_exchange(), and the message noted for the caller. Takes @request (NULL: no memory).
 * Returns the status; with success *@ret_answer (NULL: not wanted) gets the answer.
 */
int client_execute(struct keychain_client *client, struct value *request,
		   struct value **ret_answer);

/*
 * The same by client_exchange_page(), of a request that client_add_target() was called for, so that all pages are of
 * one keychain. Does not take @request.
 */
int client_execute_page(struct keychain_client *client, const struct value *request, struct value **ret_answer);

/* Ends the two: takes @answer (NULL: no memory) and notes its message. Returns as they do. */
int client_finish(struct keychain_client *client, struct value *answer, struct value **ret_answer);

/* Another descriptor of the same process, to be closed by client_forget_behalf(), in *@ret_copy. Returns 0 or a negative errno. */
int client_copy_behalf(const struct owned_descriptor *behalf, struct owned_descriptor *ret_copy);
void client_forget_behalf(struct owned_descriptor *behalf);

/* Notes an error of this library and returns @status. */
__attribute__((format(printf, 3, 4))) int client_fail(struct keychain_client *client, int status,
						      const char *format, ...);

#endif
