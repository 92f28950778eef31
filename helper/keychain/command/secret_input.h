/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The secret of an item, typed by a person or sent by a program.
 */
#ifndef KEYCHAIN_CLI_SECRET_INPUT_H
#define KEYCHAIN_CLI_SECRET_INPUT_H

#include <stdbool.h>

#include "helper/common/secret.h"
#include "helper/keychain/base/value.h"

enum secret_input {
	SECRET_INPUT_CHECKED,		/* an empty one is confirmed on a terminal; a program that sends none has failed */
	SECRET_INPUT_MAY_BE_EMPTY,	/* is confirmed on a terminal, too */
	SECRET_INPUT_NEVER_EMPTY,
};

/*
 * Sets the secret in @dictionary: standard input as it is, with @trim without the end of line at its end. On
 * a terminal it is asked for twice. Returns 0 or an exit status.
 */
int secret_input_set(struct value *dictionary, bool trim, enum secret_input allowed);

/*
 * A new passphrase of a file: asked for twice on a terminal, or the first line of standard input. One that is empty, has
 * a NUL or more than PASSPHRASE_MAX_SIZE bytes is refused. Returns 0 or an exit status.
 */
#define PASSPHRASE_MAX_SIZE	1024
int secret_input_passphrase(struct secret *ret_passphrase);

#endif
