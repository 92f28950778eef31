/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The question before something is lost for ever.
 */
#ifndef KEYCHAIN_CLI_CONFIRM_H
#define KEYCHAIN_CLI_CONFIRM_H

#include <stdbool.h>

#include "commands.h"
#include "helper/keychain/base/value.h"

/* Whether someone is there to answer: standard input is a terminal. */
bool confirm_at_terminal(void);

/*
 * Says @loss, a sentence with the number of items, and asks for "yes"; without a terminal it says that --yes is needed.
 * Returns 0, or an exit status after a message.
 */
int confirm_loss(const char *loss);

/* The same of a sentence that is made of @format, the number and @what, which are its "%lld" and "%s". */
int confirm_number(const char *format, int64_t count, const char *what);

/*
 * Carries @request, of any operation that counts, out as a dry run. Returns the errSec status, with execute_message(), and
 * the number of items that it is about.
 */
int confirm_count(struct keychain_client *client, const struct value *request, int64_t *ret_count);

#endif
