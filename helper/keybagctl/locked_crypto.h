/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of libcrypto that holds keys: locked, and wiped when it is released.
 */
#ifndef KEYBAGCTL_LOCKED_CRYPTO_H
#define KEYBAGCTL_LOCKED_CRYPTO_H

/*
 * To be called before anything else of libcrypto. From then on its memory, that of ciphers and key derivations included,
 * comes from locked memory, for as long as the process lives. Returns 0 or -ENOMEM. A process of one thread alone.
 */
int locked_crypto_begin(void);

#endif /* KEYBAGCTL_LOCKED_CRYPTO_H */
