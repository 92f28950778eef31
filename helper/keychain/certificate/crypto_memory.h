/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of libcrypto: everything it frees is wiped first.
 */
#ifndef KEYCHAIN_CRYPTO_MEMORY_H
#define KEYCHAIN_CRYPTO_MEMORY_H

/*
 * To be called before anything else of libcrypto, at the start of a program that gives it secrets.
 * Returns 0, or -EALREADY where libcrypto has allocated before.
 */
int crypto_memory_wipe(void);

#endif
