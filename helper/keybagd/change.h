/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A change of protectors: prepared by the kernel, made durable, committed; or given up, and then nothing
 * has changed, neither in the kernel nor on disk. Worker threads.
 */
#ifndef KEYBAGD_CHANGE_H
#define KEYBAGD_CHANGE_H

#include "operation.h"

/*
 * Carries out @change with the authority of the operation, after proof_prepare(). The caller fills in
 * action, target, protector and secret. Returns 0 or a negative errno that is in the outcome.
 */
int change_apply(struct operation *operation, struct keybag_change *change);

/*
 * At start, of a loaded keybag: a change that a daemon which is no more had prepared is committed if its
 * form is on disk, and dropped otherwise. Then the disk has the form that is in effect.
 */
void change_settle(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *label);

#endif /* KEYBAGD_CHANGE_H */
