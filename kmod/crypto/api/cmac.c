// SPDX-License-Identifier: GPL-2.0-only
/*
 * Over cbc(aes). The kernel's cmac(aes) calls a cipher of one block for each block; cbc(aes) takes
 * a message in one call, and its last block is the MAC. So done it costs a third, and for long
 * messages a tenth.
 */
#include <crypto/algapi.h>
#include <crypto/hash.h>
#include <crypto/skcipher.h>
#include <linux/err.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "../../compat.h"
#include "../cmac.h"
#include "driver.h"
#include "workbench.h"

#define CHECK_LENGTH	1100

/**
 * struct keybag_cmac_key - a key of CMAC
 * @cbc: cbc(aes) under it
 * @complete: K1 of SP 800-38B, for a last block that is complete
 * @padded: K2, for one that is padded
 */
struct keybag_cmac_key {
	struct crypto_skcipher *cbc;
	u8 complete[KEYBAG_BLOCK_SIZE] __aligned(KEYBAG_BLOCK_SIZE);
	u8 padded[KEYBAG_BLOCK_SIZE] __aligned(KEYBAG_BLOCK_SIZE);
};

/* As for GCM, gcm.c. */
static struct crypto_skcipher *held;

static struct keybag_driver driver __ro_after_init;

static struct crypto_skcipher *alloc_cbc(const char *name, u32 type, u32 mask)
{
	struct crypto_skcipher *cbc = crypto_alloc_skcipher(name, type, type | mask);

	if (IS_ERR(cbc))
		return ERR_PTR(keybag_driver_error(PTR_ERR(cbc)));
	if (crypto_skcipher_reqsize(cbc) > KEYBAG_CBC_MAX_REQUEST) {
		crypto_free_skcipher(cbc);
		return ERR_PTR(-ENOPKG);
	}
	return cbc;
}

static struct crypto_skcipher *choose_cbc(void)
{
	struct crypto_skcipher *cbc = alloc_cbc("cbc(aes)", 0, KEYBAG_DRIVER_MASK);

	if (IS_ERR(cbc) || keybag_driver_completes_in_call(crypto_skcipher_tfm(cbc)))
		return cbc;
	crypto_free_skcipher(cbc);
	return alloc_cbc("cbc(aes)", 0, KEYBAG_DRIVER_MASK | CRYPTO_ALG_ASYNC);
}

const char *keybag_cmac_driver(void)
{
	return crypto_tfm_alg_driver_name(crypto_skcipher_tfm(held));
}

/* Encrypts the chunk in place. @chain is the block before it, and then its last one. */
static int encrypt(struct keybag_workbench *bench, const struct keybag_cmac_key *key, u32 length,
		   u8 *chain)
{
	struct skcipher_request *request = (struct skcipher_request *)bench->cbc_space;
	unsigned int size = crypto_skcipher_reqsize(key->cbc);
	int error;

	bench->chunk_sg.length = length;
	skcipher_request_set_tfm(request, key->cbc);
	skcipher_request_set_crypt(request, &bench->chunk_sg, &bench->chunk_sg, length, chain);
	error = crypto_wait_req(crypto_skcipher_encrypt(request), &bench->wait);
	/* A generic driver keeps the last block there: both subkeys follow from that of zeros. */
	if (unlikely(size))
		memzero_explicit(request->__ctx, size);
	if (unlikely(error))
		memzero_explicit(bench->chunk, length);
	return error;
}

/* Pads what is in the chunk and adds the subkey that says whether it had to be; its new length. */
static u32 finish(struct keybag_workbench *bench, const struct keybag_cmac_key *key, u32 length)
{
	u32 whole = round_up(length, KEYBAG_BLOCK_SIZE);
	u8 *last = bench->chunk + whole - KEYBAG_BLOCK_SIZE;

	if (length == whole) {
		crypto_xor(last, key->complete, KEYBAG_BLOCK_SIZE);
	} else {
		bench->chunk[length] = 0x80;
		memset(bench->chunk + length + 1, 0, whole - length - 1);
		crypto_xor(last, key->padded, KEYBAG_BLOCK_SIZE);
	}
	return whole;
}

int keybag_cmac(struct keybag_workbench *bench, const struct keybag_cmac_key *key,
		const u8 *message, u32 length, u8 *mac)
{
	int error;

	memset(mac, 0, KEYBAG_BLOCK_SIZE);
	while (unlikely(length > KEYBAG_CMAC_CHUNK)) {
		memcpy(bench->chunk, message, KEYBAG_CMAC_CHUNK);
		error = encrypt(bench, key, KEYBAG_CMAC_CHUNK, mac);
		if (error)
			return error;
		message += KEYBAG_CMAC_CHUNK;
		length -= KEYBAG_CMAC_CHUNK;
	}
	memcpy(bench->chunk, message, length);
	return encrypt(bench, key, finish(bench, key, length), mac);
}

struct keybag_cmac_key *keybag_cmac_key_alloc(void)
{
	struct keybag_cmac_key *key = kzalloc(sizeof(*key), GFP_KERNEL_ACCOUNT);
	struct crypto_skcipher *cbc;

	if (!key)
		return ERR_PTR(-ENOMEM);
	cbc = alloc_cbc(driver.name, driver.type, KEYBAG_DRIVER_MASK);
	if (IS_ERR(cbc)) {
		kfree(key);
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

int keybag_cmac_key_set(struct keybag_cmac_key *key, struct keybag_workbench *bench,
			const u8 *bytes)
{
	u8 *zero = key->padded;
	int error;

	error = crypto_skcipher_setkey(key->cbc, bytes, KEYBAG_KEY_SIZE);
	if (error)
		return error;
	memset(zero, 0, KEYBAG_BLOCK_SIZE);
	memset(bench->chunk, 0, KEYBAG_BLOCK_SIZE);
	error = encrypt(bench, key, KEYBAG_BLOCK_SIZE, zero);
	if (!error) {
		multiply(key->complete, bench->chunk);
		multiply(key->padded, key->complete);
	}
	/* From that block both subkeys follow. */
	memzero_explicit(bench->chunk, KEYBAG_BLOCK_SIZE);
	return error;
}

void keybag_cmac_key_free(struct keybag_cmac_key *key)
{
	if (!key)
		return;
	crypto_free_skcipher(key->cbc);
	kfree_sensitive(key);
}

void keybag_cmac_key_overwrite(struct keybag_cmac_key *key)
{
	static const u8 zeros[KEYBAG_KEY_SIZE] __aligned(KEYBAG_BLOCK_SIZE);

	if (!key)
		return;
	crypto_skcipher_setkey(key->cbc, zeros, sizeof(zeros));
	memzero_explicit(key->complete, sizeof(key->complete));
	memzero_explicit(key->padded, sizeof(key->padded));
}

/* One length of the message, both ways. */
static int compare(struct keybag_workbench *bench, const struct keybag_cmac_key *key,
		   struct crypto_shash *cmac, const u8 *message, u32 length)
{
	u8 expected[KEYBAG_CMAC_SIZE] __aligned(KEYBAG_BLOCK_SIZE);
	u8 mac[KEYBAG_CMAC_SIZE] __aligned(KEYBAG_BLOCK_SIZE);
	int error = crypto_shash_tfm_digest(cmac, message, length, expected);

	if (!error)
		error = keybag_cmac(bench, key, message, length, mac);
	if (!error && memcmp(mac, expected, sizeof(mac)))
		error = -EBADMSG;
	return error;
}

/* Complete and padded last blocks; less than a chunk, a full one, more than one. */
static int compare_all(struct keybag_workbench *bench, struct keybag_cmac_key *key,
		       struct crypto_shash *cmac, const u8 *message)
{
	static const u32 lengths[] = { 1, 15, 16, 17, 112, 511, 512, 513, 1024, CHECK_LENGTH };
	unsigned int i;
	int error;

	error = crypto_shash_setkey(cmac, message, KEYBAG_KEY_SIZE);
	if (!error)
		error = keybag_cmac_key_set(key, bench, message);
	for (i = 0; i < ARRAY_SIZE(lengths) && !error; i++)
		error = compare(bench, key, cmac, message, lengths[i]);
	return error;
}

static int compare_with(struct keybag_cmac_key *key, struct crypto_shash *cmac)
{
	struct keybag_workbench *bench = kmalloc(sizeof(*bench), GFP_KERNEL);
	u8 *message = kmalloc(CHECK_LENGTH, GFP_KERNEL);
	int error = -ENOMEM;

	if (bench && message) {
		keybag_workbench_init(bench);
		get_random_bytes(message, CHECK_LENGTH);
		error = compare_all(bench, key, cmac, message);
	}
	kfree(message);
	kfree(bench);
	return error;
}

static int check(void)
{
	struct crypto_shash *cmac = crypto_alloc_shash("cmac(aes)", 0, KEYBAG_DRIVER_MASK);
	struct keybag_cmac_key *key;
	int error;

	if (IS_ERR(cmac))
		return keybag_driver_error(PTR_ERR(cmac));
	key = keybag_cmac_key_alloc();
	if (IS_ERR(key)) {
		error = PTR_ERR(key);
	} else {
		error = compare_with(key, cmac);
		keybag_cmac_key_free(key);
	}
	crypto_free_shash(cmac);
	return error;
}

int keybag_cmac_init(void)
{
	int error;

	held = choose_cbc();
	if (IS_ERR(held))
		return PTR_ERR(held);
	keybag_driver_of_keys(&driver, crypto_skcipher_tfm(held));
	error = check();
	if (error)
		crypto_free_skcipher(held);
	return error;
}

void keybag_cmac_exit(void)
{
	crypto_free_skcipher(held);
}
