/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * X25519 (RFC 7748).
 */
#ifndef _KEYBAG_X25519_H
#define _KEYBAG_X25519_H

#include <linux/types.h>

/* Makes one, 32 bytes each; burns the stack. False where that cannot be. */
bool keybag_x25519_make(u8 *secret, u8 *public_half);

/*
 * Writes the 32 bytes that the owners of both pairs can compute to @shared. False where
 * @public_half is a point of low order, with which everybody can: @shared is zero then. Neither
 * sleeps nor allocates; leaves traces on the stack: burn.h.
 */
bool keybag_x25519_agree(u8 *shared, const u8 *secret, const u8 *public_half);

#endif /* _KEYBAG_X25519_H */
