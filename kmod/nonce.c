// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/algapi.h>
#include <linux/err.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "compat.h"
#include "nonce.h"

#define CHECK_LENGTH	1100

void keybag_nonce_work_init(struct keybag_nonce_work *work)
{
	work->request = (struct skcipher_request *)work->request_space;
	crypto_init_wait(&work->wait);
	sg_init_one(&work->sg, work->chunk, sizeof(work->chunk));
	/* As for the AEAD, work.c. */
	skcipher_request_set_callback(work->request,
				      CRYPTO_TFM_REQ_MAY_BACKLOG, crypto_req_done, &work->wait);
}

/* Encrypts the chunk in place. @chain is the block before it, and then its last one. */
static int encrypt(struct keybag_nonce_work *work, const struct keybag_nonce_key *key, u32 length,
		   u8 *chain)
{
	int error;

	work->sg.length = length;
	skcipher_request_set_tfm(work->request, key->cbc);
	skcipher_request_set_crypt(work->request, &work->sg, &work->sg, length, chain);
	error = crypto_wait_req(crypto_skcipher_encrypt(work->request), &work->wait);
	if (unlikely(error))
		memzero_explicit(work->chunk, length);
	return error;
}

/* Pads what is in the chunk and adds the subkey that says whether it had to be; its new length. */
static u32 finish(struct keybag_nonce_work *work, const struct keybag_nonce_key *key, u32 length)
{
	u32 whole = round_up(length, AES_BLOCK_SIZE);
	u8 *last = work->chunk + whole - AES_BLOCK_SIZE;

	if (length == whole) {
		crypto_xor(last, key->complete, AES_BLOCK_SIZE);
	} else {
		work->chunk[length] = 0x80;
		memset(work->chunk + length + 1, 0, whole - length - 1);
		crypto_xor(last, key->padded, AES_BLOCK_SIZE);
	}
	return whole;
}

int keybag_nonce_mac(struct keybag_nonce_work *work, const struct keybag_nonce_key *key,
		     const u8 *message, u32 length, u8 *mac)
{
	int error;

	memset(mac, 0, AES_BLOCK_SIZE);
	while (unlikely(length > KEYBAG_NONCE_CHUNK)) {
		memcpy(work->chunk, message, KEYBAG_NONCE_CHUNK);
		error = encrypt(work, key, KEYBAG_NONCE_CHUNK, mac);
		if (error)
			return error;
		message += KEYBAG_NONCE_CHUNK;
		length -= KEYBAG_NONCE_CHUNK;
	}
	memcpy(work->chunk, message, length);
	return encrypt(work, key, finish(work, key, length), mac);
}

struct keybag_nonce_key *keybag_nonce_key_alloc(void)
{
	struct keybag_nonce_key *key = kzalloc(sizeof(*key), GFP_KERNEL_ACCOUNT);
	struct crypto_skcipher *cbc;

	if (!key)
		return ERR_PTR(-ENOMEM);
	key->setup = kmalloc(sizeof(*key->setup), GFP_KERNEL);
	if (!key->setup) {
		keybag_nonce_key_free(key);
		return ERR_PTR(-ENOMEM);
	}
	keybag_nonce_work_init(key->setup);
	cbc = keybag_cipher_cbc();
	if (IS_ERR(cbc)) {
		keybag_nonce_key_free(key);
		return ERR_CAST(cbc);
	}
	key->cbc = cbc;
	return key;
}

/* Multiplies by x in the field of SP 800-38B. */
static void multiply(u8 *out, const u8 *in)
{
	u64 high = get_unaligned_be64(in);
	u64 low = get_unaligned_be64(in + sizeof(u64));
	u64 carry = high >> 63;

	put_unaligned_be64(high << 1 | low >> 63, out);
	put_unaligned_be64(low << 1 ^ (carry ? 0x87 : 0), out + sizeof(u64));
}

int keybag_nonce_key_set(struct keybag_nonce_key *key, const u8 *bytes)
{
	struct keybag_nonce_work *work = key->setup;
	u8 *zero = key->padded;
	int error;

	error = crypto_skcipher_setkey(key->cbc, bytes, KEYBAG_KEY_SIZE);
	if (!error) {
		memset(work->chunk, 0, AES_BLOCK_SIZE);
		error = encrypt(work, key, AES_BLOCK_SIZE, zero);
	}
	if (!error) {
		multiply(key->complete, work->chunk);
		multiply(key->padded, key->complete);
	}
	key->setup = NULL;
	kfree_sensitive(work);
	return error;
}

void keybag_nonce_key_free(struct keybag_nonce_key *key)
{
	if (!key)
		return;
	crypto_free_skcipher(key->cbc);
	kfree_sensitive(key->setup);
	kfree_sensitive(key);
}

void keybag_nonce_key_overwrite(struct keybag_nonce_key *key)
{
	static const u8 zeros[KEYBAG_KEY_SIZE] __aligned(16);

	if (!key)
		return;
	crypto_skcipher_setkey(key->cbc, zeros, sizeof(zeros));
	memzero_explicit(key->complete, sizeof(key->complete));
	memzero_explicit(key->padded, sizeof(key->padded));
}

/* One length of the message, both ways. */
static int compare(struct keybag_nonce_work *work, const struct keybag_nonce_key *key,
		   struct crypto_shash *cmac, const u8 *message, u32 length)
{
	u8 expected[AES_BLOCK_SIZE] __aligned(AES_BLOCK_SIZE);
	u8 mac[AES_BLOCK_SIZE] __aligned(AES_BLOCK_SIZE);
	int error = crypto_shash_tfm_digest(cmac, message, length, expected);

	if (!error)
		error = keybag_nonce_mac(work, key, message, length, mac);
	if (!error && memcmp(mac, expected, sizeof(mac)))
		error = -EBADMSG;
	return error;
}

/* Complete and padded last blocks; less than a chunk, a full one, more than one. */
static int compare_all(struct keybag_nonce_work *work, struct keybag_nonce_key *key,
		       struct crypto_shash *cmac, const u8 *message)
{
	static const u32 lengths[] = { 1, 15, 16, 17, 112, 511, 512, 513, 1024, CHECK_LENGTH };
	unsigned int i;
	int error;

	error = crypto_shash_setkey(cmac, message, KEYBAG_KEY_SIZE);
	if (!error)
		error = keybag_nonce_key_set(key, message);
	for (i = 0; i < ARRAY_SIZE(lengths) && !error; i++)
		error = compare(work, key, cmac, message, lengths[i]);
	return error;
}

static int compare_with(struct keybag_nonce_key *key, struct crypto_shash *cmac)
{
	struct keybag_nonce_work *work = kmalloc(sizeof(*work), GFP_KERNEL);
	u8 *message = kmalloc(CHECK_LENGTH, GFP_KERNEL);
	int error = -ENOMEM;

	if (work && message) {
		keybag_nonce_work_init(work);
		get_random_bytes(message, CHECK_LENGTH);
		error = compare_all(work, key, cmac, message);
	}
	kfree(message);
	kfree(work);
	return error;
}

int keybag_nonce_check(void)
{
	struct crypto_shash *cmac = keybag_cipher_cmac();
	struct keybag_nonce_key *key;
	int error;

	if (IS_ERR(cmac))
		return PTR_ERR(cmac);
	key = keybag_nonce_key_alloc();
	if (IS_ERR(key)) {
		error = PTR_ERR(key);
	} else {
		error = compare_with(key, cmac);
		keybag_nonce_key_free(key);
	}
	crypto_free_shash(cmac);
	return error;
}
