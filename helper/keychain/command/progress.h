/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line that shows a request that takes long: on a terminal, on standard error, and never beside JSON.
 */
#ifndef KEYCHAIN_CLI_PROGRESS_H
#define KEYCHAIN_CLI_PROGRESS_H

#include <stdbool.h>

#include "commands.h"

struct progress;

/* Whether progress is shown at all. */
bool progress_wanted(bool json);

/*
 * From the second second on shows for how long the requests of @client have run, and how many items
 * have come in. NULL: nothing is shown.
 */
struct progress *progress_start(struct keychain_client *client, bool json);

/* Takes the line away. NULL is allowed. */
void progress_end(struct progress *progress);

#endif
