/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CMAC-AES-256 (NIST SP 800-38B), from which the nonces of blobs are made, over cbc(aes).
 *
 * The kernel's cmac(aes) calls a cipher of one block for each block; cbc(aes) takes a message in
 * one call, and its last block is the MAC. So done it costs a third, and for long messages a tenth.
 */
#ifndef _KEYBAG_NONCE_H
#define _KEYBAG_NONCE_H

#include <crypto/aes.h>
#include <crypto/skcipher.h>
#include <linux/scatterlist.h>
#include "cipher.h"

/* Of a message, done at a time; a multiple of the block size. */
#define KEYBAG_NONCE_CHUNK	512

/**
 * struct keybag_nonce_key - K_nonce
 * @cbc: cbc(aes) under it
 * @complete: K1 of SP 800-38B, for a last block that is complete
 * @padded: K2, for one that is padded
 * @setup: for setting the key, NULL after that
 */
struct keybag_nonce_key {
	struct crypto_skcipher *cbc;
	u8 complete[AES_BLOCK_SIZE] __aligned(AES_BLOCK_SIZE);
	u8 padded[AES_BLOCK_SIZE] __aligned(AES_BLOCK_SIZE);
	struct keybag_nonce_work *setup;
};

/**
 * struct keybag_nonce_work - where a MAC is computed, one at a time
 * @wait: completion of @request
 * @sg: of @chunk
 * @chunk: part of the message, encrypted in place
 * @request: in @request_space
 */
struct keybag_nonce_work {
	struct crypto_wait wait;
	struct scatterlist sg;
	struct skcipher_request *request;
	u8 chunk[KEYBAG_NONCE_CHUNK] __aligned(AES_BLOCK_SIZE);
	u8 request_space[sizeof(struct skcipher_request) + KEYBAG_CBC_MAX_REQUEST]
		__aligned(CRYPTO_MINALIGN);
};

/* An empty key, or ERR_PTR(-ENOMEM), ERR_PTR(-ENOPKG). May sleep. */
struct keybag_nonce_key *keybag_nonce_key_alloc(void);

/* Sets the key of 32 bytes, once. Allocates nothing. */
int keybag_nonce_key_set(struct keybag_nonce_key *key, const u8 *bytes);

/* Wipes it. NULL is allowed. */
void keybag_nonce_key_free(struct keybag_nonce_key *key);

/* For a panic: overwrites the key where it is. NULL is allowed. */
void keybag_nonce_key_overwrite(struct keybag_nonce_key *key);

/* Prepares memory for use. */
void keybag_nonce_work_init(struct keybag_nonce_work *work);

/* The CMAC, AES_BLOCK_SIZE bytes, of @message, which is not empty. @work keeps nothing of it. */
int keybag_nonce_mac(struct keybag_nonce_work *work, const struct keybag_nonce_key *key,
		     const u8 *message, u32 length, u8 *mac);

/* Compares with the kernel's cmac(aes), at load. 0, -EBADMSG when they differ, or another errno. */
int keybag_nonce_check(void);

#endif /* _KEYBAG_NONCE_H */
