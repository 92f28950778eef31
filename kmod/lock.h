/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking class keys away. See also bag.h.
 */
#ifndef _KEYBAG_LOCK_H
#define _KEYBAG_LOCK_H

#include "bag.h"

/* KEYBAG_IOC_LOCK. */
int keybag_lock(struct keybag_lock *args);

#endif /* _KEYBAG_LOCK_H */
