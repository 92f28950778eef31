// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/aead.h>
#include <linux/err.h>
#include <linux/string.h>
#include "../gcm.h"
#include "driver.h"
#include "workbench.h"

/* Held from init to exit: pins the driver, and names it. */
static struct crypto_aead *held;

static struct keybag_driver driver __ro_after_init;

static bool setkey_allocates __ro_after_init;

/* A key is the API's own object: one around it would cost each operation a load. */
static struct crypto_aead *aead_of(const struct keybag_gcm_key *key)
{
	return (struct crypto_aead *)key;
}

static struct crypto_aead *alloc_aead(const char *name, u32 type, u32 mask)
{
	struct crypto_aead *aead = crypto_alloc_aead(name, type, type | mask);
	int err;

	if (IS_ERR(aead))
		return ERR_PTR(keybag_driver_error(PTR_ERR(aead)));
	err = crypto_aead_setauthsize(aead, KEYBAG_GCM_TAG);
	if (!err && crypto_aead_reqsize(aead) > KEYBAG_GCM_MAX_REQUEST)
		err = -ENOPKG;
	if (err) {
		crypto_free_aead(aead);
		return ERR_PTR(err);
	}
	return aead;
}

static struct crypto_aead *choose_aead(void)
{
	struct crypto_aead *aead = alloc_aead("gcm(aes)", 0, KEYBAG_DRIVER_MASK);

	if (IS_ERR(aead) || keybag_driver_completes_in_call(crypto_aead_tfm(aead)))
		return aead;
	crypto_free_aead(aead);
	return alloc_aead("gcm(aes)", 0, KEYBAG_DRIVER_MASK | CRYPTO_ALG_ASYNC);
}

int keybag_gcm_init(void)
{
	held = choose_aead();
	if (IS_ERR(held))
		return PTR_ERR(held);
	keybag_driver_of_keys(&driver, crypto_aead_tfm(held));
	/* The name of the template gcm over any CTR and GHASH. */
	setkey_allocates = strstarts(keybag_gcm_driver(), "gcm_base(");
	return 0;
}

void keybag_gcm_exit(void)
{
	crypto_free_aead(held);
}

const char *keybag_gcm_driver(void)
{
	return crypto_tfm_alg_driver_name(crypto_aead_tfm(held));
}

bool keybag_gcm_setkey_allocates(void)
{
	return setkey_allocates;
}

struct keybag_gcm_key *keybag_gcm_key_alloc(void)
{
	return (struct keybag_gcm_key *)alloc_aead(driver.name, driver.type, KEYBAG_DRIVER_MASK);
}

int keybag_gcm_key_set(struct keybag_gcm_key *key, const u8 *bytes)
{
	return crypto_aead_setkey(aead_of(key), bytes, KEYBAG_KEY_SIZE);
}

void keybag_gcm_key_free(struct keybag_gcm_key *key)
{
	/* Freeing an AEAD wipes its context; NULL is none to it. */
	crypto_free_aead(aead_of(key));
}

void keybag_gcm_key_overwrite(struct keybag_gcm_key *key)
{
	static const u8 zeros[KEYBAG_KEY_SIZE] __aligned(KEYBAG_BLOCK_SIZE);

	if (key)
		crypto_aead_setkey(aead_of(key), zeros, sizeof(zeros));
}

/* The one entry [AAD | content | tag]; two entries, or a second one as destination, cost more. */
static __always_inline struct aead_request *prepare(struct keybag_workbench *bench,
						    struct crypto_aead *aead, u8 *message,
						    u32 aad_length, u32 length, u32 crypt_length,
						    u8 *nonce)
{
	struct aead_request *request = (struct aead_request *)bench->gcm_space;
	const u8 *page = PTR_ALIGN_DOWN(message, PAGE_SIZE);

	/* To find the page is half of what the entry costs, and it is the last one mostly. */
	if (unlikely(page != bench->gcm_page)) {
		sg_set_page(&bench->gcm_sg, virt_to_page(page), 0, 0);
		bench->gcm_page = page;
	}
	bench->gcm_sg.offset = offset_in_page(message);
	bench->gcm_sg.length = aad_length + length + KEYBAG_GCM_TAG;
	aead_request_set_tfm(request, aead);
	aead_request_set_ad(request, aad_length);
	aead_request_set_crypt(request, &bench->gcm_sg, &bench->gcm_sg, crypt_length, nonce);
	return request;
}

/*
 * A context that holds no more than a request to another driver has no state. That of the generic
 * GCM has the result of GHASH, from which its key can be computed.
 */
static __always_inline int finish(struct keybag_workbench *bench, struct aead_request *request,
				  struct crypto_aead *aead, int error)
{
	unsigned int size = crypto_aead_reqsize(aead);

	error = crypto_wait_req(error, &bench->wait);
	if (unlikely(size > 2 * sizeof(struct aead_request)))
		memzero_explicit(request->__ctx, size);
	return error;
}

int keybag_gcm_encrypt(struct keybag_workbench *bench, const struct keybag_gcm_key *key,
		       u8 *message, u32 aad_length, u32 length, u8 *nonce)
{
	struct crypto_aead *aead = aead_of(key);
	struct aead_request *request = prepare(bench, aead, message, aad_length, length, length,
					       nonce);

	return finish(bench, request, aead, crypto_aead_encrypt(request));
}

int keybag_gcm_decrypt(struct keybag_workbench *bench, const struct keybag_gcm_key *key,
		       u8 *message, u32 aad_length, u32 length, u8 *nonce)
{
	struct crypto_aead *aead = aead_of(key);
	struct aead_request *request = prepare(bench, aead, message, aad_length, length,
					       length + KEYBAG_GCM_TAG, nonce);

	return finish(bench, request, aead, crypto_aead_decrypt(request));
}
