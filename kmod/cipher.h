/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ciphers of format version 1, from the kernel's crypto API.
 */
#ifndef _KEYBAG_CIPHER_H
#define _KEYBAG_CIPHER_H

#include <crypto/aead.h>
#include <crypto/hash.h>
#include <crypto/skcipher.h>

#define KEYBAG_KEY_SIZE		32	/* of every symmetric key of the hierarchy */
#define KEYBAG_GCM_NONCE	12
#define KEYBAG_GCM_TAG		16
#define KEYBAG_CMAC_SIZE	16
#define KEYBAG_HMAC_SIZE	32

/* Largest request context of gcm(aes) this module provides for. */
#define KEYBAG_AEAD_MAX_REQUEST	1024
/* The same of cbc(aes). */
#define KEYBAG_CBC_MAX_REQUEST	512

/*
 * Finds and holds one of each cipher, so that later ones load no module. Errors: -ENOPKG, -ENOMEM.
 */
int keybag_cipher_init(void);
void keybag_cipher_exit(void);

/* New ciphers without a key; ERR_PTR(-ENOMEM) or ERR_PTR(-ENOPKG). May sleep. */
struct crypto_aead *keybag_cipher_aead(void);	/* gcm(aes), tag of 16 bytes */
struct crypto_skcipher *keybag_cipher_cbc(void);	/* cbc(aes) */
struct crypto_shash *keybag_cipher_cmac(void);	/* cmac(aes) */
struct crypto_shash *keybag_cipher_hmac(void);	/* hmac(sha256) */

/* For a panic: overwrite the key where it is. NULL is allowed. */
void keybag_cipher_overwrite_aead(struct crypto_aead *aead);
void keybag_cipher_overwrite_shash(struct crypto_shash *shash);

/* Names of the drivers in use. */
const char *keybag_cipher_aead_driver(void);
const char *keybag_cipher_cmac_driver(void);

#endif /* _KEYBAG_CIPHER_H */
