/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries out what policy/ decides. Main thread only.
 */
#ifndef KEYBAGD_CARRY_OUT_H
#define KEYBAGD_CARRY_OUT_H

#include "keybagd/policy/auto_lock.h"

/* @lock locks the keybags of a user that are unlocked, for that reason; @why goes to the journal. */
void carry_out_open(void (*lock)(uid_t uid, uint32_t reason, const char *why));

void carry_out(struct auto_lock decision);

#endif /* KEYBAGD_CARRY_OUT_H */
