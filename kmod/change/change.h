/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A change of protectors is prepared here, saved by the caller, and committed or aborted by
 * transaction.h.
 */
#ifndef _KEYBAG_CHANGE_H
#define _KEYBAG_CHANGE_H

#include "../uapi/keybag.h"

/* KEYBAG_IOC_CHANGE. */
int keybag_change(struct keybag_change *args);

#endif /* _KEYBAG_CHANGE_H */
