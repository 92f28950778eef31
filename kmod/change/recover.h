/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bringing a bag over from another device, or from this one with another device key.
 */
#ifndef _KEYBAG_RECOVER_H
#define _KEYBAG_RECOVER_H

#include "../bag/rollback.h"
#include "../uapi/keybag.h"

/* The form that a recovery returned. */
struct keybag_recovered {
	struct keybag_rollback *rollback;
	u8 identity[KEYBAG_FORM_IDENTITY];
};

/*
 * KEYBAG_IOC_RECOVER: prepares a form; it takes effect by LOAD, which accepts it, in place of one
 * that an earlier recovery returned, once the caller has it all: keybag_recover_delivered().
 */
int keybag_recover(struct keybag_recover *args, struct keybag_recovered *ret);
void keybag_recover_delivered(const struct keybag_recovered *recovered);

#endif /* _KEYBAG_RECOVER_H */
