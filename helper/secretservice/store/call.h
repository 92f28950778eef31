/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that libkeychain has no function for.
 */
#ifndef SECRETSERVICE_CALL_H
#define SECRETSERVICE_CALL_H

#include <stdbool.h>

#include "helper/keychain/base/value.h"
#include "helper/keychain/include/keychain.h"

/*
 * The result of an operation without arguments, to be released with value_free(); NULL: it has none. Returns a status of libkeychain.
 */
int call_plain(struct keychain_client *client, const char *operation, struct value **ret_result);

/*
 * As keychain_remove(), which does not tell a keychain that is not there, errSecItemNotFound here, from a service that does not answer.
 * @name: of characters that a keychain may have.
 */
int call_remove_keychain(struct keychain_client *client, const char *name);

/* The keychains, and the files that were put aside, as keychain-requests(7) tells of them; to be released with value_free(). */
int call_keychains(struct keychain_client *client, struct value **ret_answer);

/* Why the last of these requests failed, as the keychain says it; "": it does not say. */
const char *call_message(void);

#endif /* SECRETSERVICE_CALL_H */
