/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests to the ciphers of the crypto API, prepared once, because allocating them costs as much
 * as decrypting, and because a stay allocates nothing.
 */
#ifndef _KEYBAG_API_WORKBENCH_H
#define _KEYBAG_API_WORKBENCH_H

#include <crypto/aead.h>
#include <crypto/skcipher.h>
#include <linux/scatterlist.h>
#include "../sizes.h"

/* Largest request context of gcm(aes) there is room for. */
#define KEYBAG_GCM_MAX_REQUEST	1024
/* The same of cbc(aes). */
#define KEYBAG_CBC_MAX_REQUEST	512
/* Bytes of a message that CMAC does at a time; a multiple of the block size. */
#define KEYBAG_CMAC_CHUNK	512

/**
 * struct keybag_workbench - where one computation at a time is made
 * @wait: completion of a request, which in task context is done when the call returns
 * @gcm_sg: the one entry of a request to gcm(aes)
 * @gcm_page: address of the page it names
 * @chunk_sg: of @chunk
 * @chunk: part of a message of CMAC, encrypted in place
 * @cbc_space: request to cbc(aes)
 * @gcm_space: request to gcm(aes)
 */
struct keybag_workbench {
	struct crypto_wait wait;
	struct scatterlist gcm_sg;
	const u8 *gcm_page;
	struct scatterlist chunk_sg;
	u8 chunk[KEYBAG_CMAC_CHUNK] __aligned(KEYBAG_BLOCK_SIZE);
	u8 cbc_space[sizeof(struct skcipher_request) + KEYBAG_CBC_MAX_REQUEST]
		__aligned(CRYPTO_MINALIGN);
	u8 gcm_space[sizeof(struct aead_request) + KEYBAG_GCM_MAX_REQUEST]
		__aligned(CRYPTO_MINALIGN);
};

/* Prepares memory for use. What is computed there leaves no secret in it. */
void keybag_workbench_init(struct keybag_workbench *bench);

#endif /* _KEYBAG_API_WORKBENCH_H */
