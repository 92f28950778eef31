/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UNLOCK with a secret that was derived: the kernel decides, and its decision is made durable. Worker threads.
 */
#ifndef KEYBAGD_UNLOCK_COMMAND_H
#define KEYBAGD_UNLOCK_COMMAND_H

#include "keybagd/bag/operation.h"

/* Whether the keybag, by the state in the result, is as open as the operation could make it: nothing has to be tried. */
bool unlock_command_is_done(const struct operation *operation);

/* Tries operation->key, after authenticate_prepare(). Returns 0 or a negative errno that is in the result. */
int unlock_command(struct operation *operation);

#endif /* KEYBAGD_UNLOCK_COMMAND_H */
