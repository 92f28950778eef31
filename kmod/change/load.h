/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KEYBAG_LOAD_H
#define _KEYBAG_LOAD_H

#include "../bag/bag.h"
#include "../uapi/keybag.h"

/*
 * KEYBAG_IOC_LOAD. On success there is a reference to the bag in *@ret: where the caller does not
 * get to know, give it to keybag_load_take_back(), else to keybag_bag_put().
 */
int keybag_load(struct keybag_load *args, struct keybag_bag **ret);
void keybag_load_take_back(struct keybag_bag *bag);

/* READ_FORM and, @pending, READ_PENDING. */
int keybag_read_form(struct keybag_read *args, bool pending);

#endif /* _KEYBAG_LOAD_H */
