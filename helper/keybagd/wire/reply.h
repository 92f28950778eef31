/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_REPLY_H
#define KEYBAGD_REPLY_H

#include "keybagd/bag/operation.h"

/*
 * ended() of requests: sends what came out of it to whoever asked, if they are still there; or closes the connection,
 * if it was @dropped.
 */
void reply_end(struct operation *operation, bool dropped);

#endif /* KEYBAGD_REPLY_H */
