/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Preparing a change of protectors.
 */
#ifndef _KEYBAG_CHANGE_H
#define _KEYBAG_CHANGE_H

#include "uapi/keybag.h"

/* KEYBAG_IOC_CHANGE. */
int keybag_change(struct keybag_change *args);

#endif /* _KEYBAG_CHANGE_H */
