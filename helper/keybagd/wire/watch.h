/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_WATCH_H
#define KEYBAGD_WATCH_H

#include "connection.h"

/* After the reply to @operation: tells the present states of its target, and from then on every change. */
void watch_begin(struct connection *connection, const struct operation *operation);

#endif /* KEYBAGD_WATCH_H */
