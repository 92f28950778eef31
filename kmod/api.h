/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The exported interface (include/linux/keybag.h), seen from inside.
 */
#ifndef _KEYBAG_API_H
#define _KEYBAG_API_H

#include "bag.h"

/*
 * Tells notifiers of the changes of state of @bag they were not told of yet. Call after each
 * change, with a reference to the bag and none of the locks in bag.h.
 */
void keybag_notify(struct keybag_bag *bag);

#endif /* _KEYBAG_API_H */
