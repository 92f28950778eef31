// SPDX-License-Identifier: GPL-2.0-only
#include <linux/crypto.h>
#include <linux/err.h>
#include "cipher.h"

/*
 * Instructions of the processor, yes; a separate engine that sees keys by DMA, no. ASYNC is not
 * masked: the AES-NI driver carries that flag and completes at once in task context, without it GCM
 * costs three times as much.
 */
#define CIPHER_MASK	(CRYPTO_ALG_KERN_DRIVER_ONLY | CRYPTO_ALG_ALLOCATES_MEMORY)

static const u8 zeros[KEYBAG_KEY_SIZE] __aligned(16);

/* Held from init to exit: pins the drivers, and names them. */
static struct crypto_aead *held_aead;
static struct crypto_skcipher *held_cbc;
static struct crypto_shash *held_cmac;
static struct crypto_shash *held_hmac;

static int cipher_error(long error)
{
	return error == -ENOENT ? -ENOPKG : (int)error;
}

struct crypto_aead *keybag_cipher_aead(void)
{
	struct crypto_aead *aead = crypto_alloc_aead("gcm(aes)", 0, CIPHER_MASK);
	int err;

	if (IS_ERR(aead))
		return ERR_PTR(cipher_error(PTR_ERR(aead)));
	err = crypto_aead_setauthsize(aead, KEYBAG_GCM_TAG);
	if (!err && crypto_aead_reqsize(aead) > KEYBAG_AEAD_MAX_REQUEST)
		err = -ENOPKG;
	if (err) {
		crypto_free_aead(aead);
		return ERR_PTR(err);
	}
	return aead;
}

struct crypto_skcipher *keybag_cipher_cbc(void)
{
	struct crypto_skcipher *cbc = crypto_alloc_skcipher("cbc(aes)", 0, CIPHER_MASK);

	if (IS_ERR(cbc))
		return ERR_PTR(cipher_error(PTR_ERR(cbc)));
	if (crypto_skcipher_reqsize(cbc) > KEYBAG_CBC_MAX_REQUEST) {
		crypto_free_skcipher(cbc);
		return ERR_PTR(-ENOPKG);
	}
	return cbc;
}

static struct crypto_shash *cipher_shash(const char *name)
{
	struct crypto_shash *hash = crypto_alloc_shash(name, 0, CIPHER_MASK);

	if (IS_ERR(hash))
		return ERR_PTR(cipher_error(PTR_ERR(hash)));
	return hash;
}

struct crypto_shash *keybag_cipher_cmac(void)
{
	return cipher_shash("cmac(aes)");
}

struct crypto_shash *keybag_cipher_hmac(void)
{
	return cipher_shash("hmac(sha256)");
}

void keybag_cipher_overwrite_aead(struct crypto_aead *aead)
{
	if (aead)
		crypto_aead_setkey(aead, zeros, sizeof(zeros));
}

void keybag_cipher_overwrite_shash(struct crypto_shash *shash)
{
	if (shash)
		crypto_shash_setkey(shash, zeros, sizeof(zeros));
}

const char *keybag_cipher_aead_driver(void)
{
	return crypto_tfm_alg_driver_name(crypto_aead_tfm(held_aead));
}

const char *keybag_cipher_cmac_driver(void)
{
	return crypto_tfm_alg_driver_name(crypto_shash_tfm(held_cmac));
}

int keybag_cipher_init(void)
{
	int err;

	held_aead = keybag_cipher_aead();
	if (IS_ERR(held_aead))
		return PTR_ERR(held_aead);
	held_cbc = keybag_cipher_cbc();
	if (IS_ERR(held_cbc)) {
		err = PTR_ERR(held_cbc);
		goto err_cbc;
	}
	held_cmac = keybag_cipher_cmac();
	if (IS_ERR(held_cmac)) {
		err = PTR_ERR(held_cmac);
		goto err_cmac;
	}
	held_hmac = keybag_cipher_hmac();
	if (IS_ERR(held_hmac)) {
		err = PTR_ERR(held_hmac);
		goto err_hmac;
	}
	return 0;

err_hmac:
	crypto_free_shash(held_cmac);
err_cmac:
	crypto_free_skcipher(held_cbc);
err_cbc:
	crypto_free_aead(held_aead);
	return err;
}

void keybag_cipher_exit(void)
{
	crypto_free_shash(held_hmac);
	crypto_free_shash(held_cmac);
	crypto_free_skcipher(held_cbc);
	crypto_free_aead(held_aead);
}
