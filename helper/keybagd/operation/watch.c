// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Watching: the present states, then every change. It is the connection that keeps on, see wire/watch.h.
 */
#include "handlers.h"

const struct handler handle_watch = {
	.name = "watch",
	.properties = TAKES_TARGET | WATCHES,
};
