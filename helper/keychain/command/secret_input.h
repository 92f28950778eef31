/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The secret of an item, from whoever types it or from a program.
 */
#ifndef KEYCHAIN_CLI_SECRET_INPUT_H
#define KEYCHAIN_CLI_SECRET_INPUT_H

#include <stdbool.h>

#include "helper/keychain/base/value.h"

/*
 * Sets the secret in @dictionary: standard input as it is, with @trim without the end of line at its end. On
 * a terminal it is asked for twice, and an empty one has to be confirmed. Returns 0 or an exit status.
 */
int secret_input_set(struct value *dictionary, bool trim);

#endif
