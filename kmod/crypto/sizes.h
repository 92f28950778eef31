/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes of keys, and of what ciphers take and give, in bytes.
 */
#ifndef _KEYBAG_SIZES_H
#define _KEYBAG_SIZES_H

#define KEYBAG_KEY_SIZE		32	/* of every symmetric key of the hierarchy */
#define KEYBAG_BLOCK_SIZE	16	/* of AES */
#define KEYBAG_GCM_NONCE	12
#define KEYBAG_GCM_TAG		16
#define KEYBAG_CMAC_SIZE	16
#define KEYBAG_HMAC_SIZE	32

#endif /* _KEYBAG_SIZES_H */
