/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Working memory of crypt_r(3). libxcrypt maps what yescrypt needs, 16 MiB, and unmaps it as it was left. Its first block comes
 * from the password at 1/64 of the cost of the hash, so that whoever finds it could search for the password as cheaply.
 */
#ifndef KEYBAGD_HASH_MEMORY_H
#define KEYBAGD_HASH_MEMORY_H

/* From here on whatever this thread unmaps is wiped before; and no more. */
void hash_memory_begin(void);
void hash_memory_end(void);

#endif /* KEYBAGD_HASH_MEMORY_H */
