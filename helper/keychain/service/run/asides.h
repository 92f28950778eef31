/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Databases that were put aside (store/aside.h): whose they are, and what is in them.
 */
#ifndef KEYCHAIND_ASIDES_H
#define KEYCHAIND_ASIDES_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/keychain/base/value.h"
#include "keychain_id.h"

/* Name of the account of a keychain's owner; "" where it has none, or for the machine's. */
#define ACCOUNT_NAME_SIZE	256
void asides_account(const struct keychain_id *of, char ret_name[ACCOUNT_NAME_SIZE]);

/*
 * Those of an owner: array of { keychain, file, reason: "damaged" or "other-keybag", bytes, items }; items
 * where they can be counted. The uid may have been somebody else's: without @every, only what was damaged
 * of the present keybag's, and what is noted to be of the account of that name, or of @account, which the files of the
 * present keybag were made for: an account may have got another name since. NULL without memory.
 */
struct value *asides_list(const struct keychain_id *of, const char *account, bool every);

#endif
