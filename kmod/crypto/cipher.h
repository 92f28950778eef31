/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ciphers of format version 1. What uses them sees flat buffers, and keys of which it knows the
 * address alone: gcm.h, cmac.h, hmac.h, hkdf.h. This room alone knows what stands behind those.
 */
#ifndef _KEYBAG_CIPHER_H
#define _KEYBAG_CIPHER_H

/*
 * Chooses what stands behind each cipher, and holds it, so that later keys load no module. Errors:
 * -ENOPKG, -ENOMEM, -EBADMSG (a cipher computes something else than it should).
 */
int keybag_cipher_init(void);
void keybag_cipher_exit(void);

#endif /* _KEYBAG_CIPHER_H */
