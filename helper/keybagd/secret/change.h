/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A change of protectors: prepared by the kernel, made durable, committed; or given up, and then nothing
 * has changed, neither in the kernel nor on disk. Worker threads.
 */
#ifndef KEYBAGD_CHANGE_H
#define KEYBAGD_CHANGE_H

#include "keybagd/bag/operation.h"

/*
 * Carries out @change with the authority of the operation, after authenticate_prepare(). The caller fills in
 * action, target, protector and secret. Returns 0 or a negative errno that is in the result.
 */
int change_apply(struct operation *operation, struct keybag_change *change);

#endif /* KEYBAGD_CHANGE_H */
