/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KEYBAG_LOAD_H
#define _KEYBAG_LOAD_H

#include "../uapi/keybag.h"

/* KEYBAG_IOC_LOAD; READ_FORM and, @pending, READ_PENDING. */
int keybag_load(struct keybag_load *args);
int keybag_read_form(struct keybag_read *args, bool pending);

#endif /* _KEYBAG_LOAD_H */
