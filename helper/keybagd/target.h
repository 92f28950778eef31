/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_TARGET_H
#define KEYBAGD_TARGET_H

#include "common/message.h"
#include "operation.h"

/*
 * Whose keybag a request is about, and whether the peer may name it: the one it names, or else the
 * peer's own. Returns 0, with operation->bag where there is one, or a negative errno that is in the
 * outcome.
 */
int target_read(struct operation *operation, struct message *message);

#endif /* KEYBAGD_TARGET_H */
