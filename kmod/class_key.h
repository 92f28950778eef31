/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A class key in memory: never the key itself, only the ciphers set up from what HKDF makes of it.
 */
#ifndef _KEYBAG_CLASS_KEY_H
#define _KEYBAG_CLASS_KEY_H

#include <crypto/aead.h>
#include <crypto/hash.h>
#include <linux/types.h>
#include "nonce.h"

/**
 * struct keybag_class_key - ciphers of one class key, or of one child key
 * @encrypt: gcm(aes) under K_enc; NULL: the key is not in memory
 * @child: gcm(aes) under K_sub, NULL for a child key
 * @nonce: CMAC under K_nonce
 * @mac: hmac(sha256) under K_mac, NULL for a class key
 *
 * The pointers change only under the bag's rwsem held for writing.
 */
struct keybag_class_key {
	struct crypto_aead *encrypt;
	struct crypto_aead *child;
	struct keybag_nonce_key *nonce;
	struct crypto_shash *mac;
};

/*
 * Sets up the ciphers of a class key of 32 bytes; @hmac, hmac(sha256), serves for the HKDF. May
 * sleep; call before any lock that operations take. Burns the stack it used. On error @key is left
 * empty. Errors: -ENOMEM, -ENOPKG.
 */
int keybag_class_key_init(struct keybag_class_key *key, struct crypto_shash *hmac,
			  const u8 *bytes);

/*
 * The same for a child key, in two steps: it is unwrapped under bag->rwsem held for reading, so
 * that a lock waits until it is on the list of its class, and nothing may be allocated there. Alloc
 * makes empty ciphers and may sleep; call it before any lock. Set derives and sets their keys,
 * without allocating (@key->mac serves for the HKDF before it gets K_mac), and burns the stack it
 * used. On an error of set the caller wipes @key.
 */
int keybag_child_key_alloc(struct keybag_class_key *key);
int keybag_child_key_set(struct keybag_class_key *key, const u8 *bytes);

/* Frees the ciphers, which wipes them, and empties @key. Does nothing for an empty one. */
void keybag_class_key_wipe(struct keybag_class_key *key);

/* The same when nothing may be waited for or freed: overwrites the key material where it is. */
void keybag_class_key_overwrite(struct keybag_class_key *key);

#endif /* _KEYBAG_CLASS_KEY_H */
