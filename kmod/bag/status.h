/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KEYBAG_STATUS_H
#define _KEYBAG_STATUS_H

#include "bag.h"

/* Fills all but rights, classes and domain. Waits for no control command. 0 or -EKEYREVOKED. */
int keybag_bag_status(struct keybag_bag *bag, struct keybag_status *status);

/* KEYBAG_IOC_STATUS with a UUID. That of a bound descriptor is the above. */
int keybag_control_status(struct keybag_status *args);

#endif /* _KEYBAG_STATUS_H */
