/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same decryption by AF_ALG, the kernel's own way to its ciphers.
 */
#ifndef KEYBAG_BENCH_ALG_H
#define KEYBAG_BENCH_ALG_H

#include <stdbool.h>

/* False where this kernel has no AF_ALG, or keeps gcm(aes) from it. */
bool alg_open(void);
/* One decryption of SECRET_LENGTH bytes with AAD_LENGTH of associated data. */
void alg_decrypt(void);

#endif /* KEYBAG_BENCH_ALG_H */
