/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exported interface (include/linux/keybag.h), seen from inside.
 */
#ifndef _KEYBAG_API_H
#define _KEYBAG_API_H

#include "bag.h"

/* Says that notifiers are to be told of a change of state. For who makes it, under his locks. */
void keybag_notify_later(struct keybag_bag *bag);

/*
 * Tells them. Call with none of the locks in bag.h, after whatever may have changed the state of
 * bags; on return they know of all changes made before.
 */
void keybag_notify(void);

#endif /* _KEYBAG_API_H */
