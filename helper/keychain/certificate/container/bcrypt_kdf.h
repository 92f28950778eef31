/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenBSD's bcrypt_pbkdf: OpenSSH derives the keys of its files by it, and no library of Debian's has it.
 */
#ifndef KEYCHAIN_BCRYPT_KDF_H
#define KEYCHAIN_BCRYPT_KDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BCRYPT_KDF_MAX_KEY	1024
#define BCRYPT_KDF_MAX_SALT	1024

/*
 * Fills @key. Lengths and @rounds are 1 or more, the key's and the salt's lengths at most those above. A round takes
 * about three milliseconds for every 32 bytes of the key. Returns false for anything else. The function leaves nothing
 * of the passphrase in memory.
 */
bool bcrypt_kdf(const void *passphrase, size_t passphrase_length, const uint8_t *salt,
		size_t salt_length, uint32_t rounds, uint8_t *key, size_t key_length);

#endif
