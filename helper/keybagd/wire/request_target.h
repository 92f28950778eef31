/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_REQUEST_TARGET_H
#define KEYBAGD_REQUEST_TARGET_H

#include "common/message.h"
#include "keybagd/bag/operation.h"

/*
 * Finds whose keybag a request is about, and whether the peer may name it: the one it names, or else the
 * peer's own. Returns 0, with operation->bag where there is one, or a negative errno that is in the
 * result.
 */
int request_target_read(struct operation *operation, struct message *message);

#endif /* KEYBAGD_REQUEST_TARGET_H */
