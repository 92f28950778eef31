/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KEYBAG_STATUS_H
#define _KEYBAG_STATUS_H

#include "uapi/keybag.h"

/* KEYBAG_IOC_STATUS with a UUID. That of a bound descriptor is keybag_bag_status() in bag.h. */
int keybag_control_status(struct keybag_status *args);

#endif /* _KEYBAG_STATUS_H */
