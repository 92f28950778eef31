/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KEYBAG_CREATE_H
#define _KEYBAG_CREATE_H

#include "../uapi/keybag.h"

/* KEYBAG_IOC_CREATE: prepares a bag; it takes effect by LOAD. */
int keybag_create(struct keybag_create *args);

#endif /* _KEYBAG_CREATE_H */
