/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A change of protectors that the daemon before this one did not get to finish.
 */
#ifndef KEYBAGD_SETTLE_H
#define KEYBAGD_SETTLE_H

#include "libkeybag/keybag.h"

/*
 * At start, of a loaded keybag: a change that a daemon which is no more had prepared is committed if its
 * form is on disk, and dropped otherwise. Then the disk has the form that is in effect.
 */
void settle_change(const uint8_t uuid[KEYBAG_UUID_SIZE], const char *label);

#endif /* KEYBAGD_SETTLE_H */
