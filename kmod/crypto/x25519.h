/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Key pairs of X25519.
 */
#ifndef _KEYBAG_X25519_H
#define _KEYBAG_X25519_H

#include <linux/types.h>

/* Makes one, 32 bytes each; burns the stack. False where that cannot be. */
bool keybag_x25519_make(u8 *secret, u8 *public_half);

#endif /* _KEYBAG_X25519_H */
