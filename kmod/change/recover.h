/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bringing a bag over from another device, or from this one with another device key.
 */
#ifndef _KEYBAG_RECOVER_H
#define _KEYBAG_RECOVER_H

#include "../uapi/keybag.h"

/* KEYBAG_IOC_RECOVER: prepares a form; it takes effect by LOAD. */
int keybag_recover(struct keybag_recover *args);

#endif /* _KEYBAG_RECOVER_H */
