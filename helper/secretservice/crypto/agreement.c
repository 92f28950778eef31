// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * By BIGNUMs, not by an EVP_PKEY: libcrypto's providers may refuse the group (FIPS does), and take only private keys of
 * their own making. The exponentiation is the one that takes the same time for each private key.
 */
#include "agreement.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#define PRIVATE_SIZE	32	/* more than twice the strength of the group */

static void free_number(BIGNUM **number)
{
	BN_free(*number);
}

struct exchange {
	BN_CTX *context;
	BIGNUM *prime, *private_key, *peer, *shared, *own;
};

static void release(struct exchange *exchange)
{
	BN_CTX_free(exchange->context);
	BN_free(exchange->prime);
	BN_clear_free(exchange->private_key);
	BN_free(exchange->peer);
	BN_clear_free(exchange->shared);
	BN_free(exchange->own);
}

static int prepare(struct exchange *exchange)
{
	*exchange = (struct exchange){
		.context = BN_CTX_secure_new(),
		.prime = BN_get_rfc2409_prime_1024(NULL),
		.private_key = BN_secure_new(),
		.peer = BN_new(),
		.shared = BN_secure_new(),
		.own = BN_new(),
	};
	if (exchange->context && exchange->prime && exchange->private_key && exchange->peer && exchange->shared && exchange->own)
		return 0;
	return -ENOMEM;
}

/* Greater than 1 and less than p - 1: the others leave no choice of what is shared. */
static int read_peer(struct exchange *exchange, const uint8_t *bytes, size_t length)
{
	CLEANUP(free_number) BIGNUM *most = BN_dup(exchange->prime);

	while (length && !*bytes) {
		bytes++;
		length--;
	}
	if (!length || length > AGREEMENT_SIZE)
		return -EINVAL;
	if (!most || !BN_bin2bn(bytes, (int)length, exchange->peer) || !BN_sub_word(most, 1))
		return -ENOMEM;
	return BN_cmp(exchange->peer, BN_value_one()) > 0 && BN_cmp(exchange->peer, most) < 0 ? 0 : -EINVAL;
}

/* Our public key. */
static int raise_own(struct exchange *exchange)
{
	CLEANUP(free_number) BIGNUM *generator = BN_new();

	BN_set_flags(exchange->private_key, BN_FLG_CONSTTIME);
	if (!generator || !BN_set_word(generator, 2))
		return -ENOMEM;
	return BN_mod_exp(exchange->own, generator, exchange->private_key, exchange->prime, exchange->context) ? 0 : -EIO;
}

static int raise_both(struct exchange *exchange)
{
	int result = raise_own(exchange);

	if (!result && !BN_mod_exp(exchange->shared, exchange->peer, exchange->private_key, exchange->prime, exchange->context))
		result = -EIO;
	return result;
}

/* The highest bit is set, so that it has the length that it should have. */
static int choose_private(struct exchange *exchange)
{
	return BN_priv_rand(exchange->private_key, 8 * PRIVATE_SIZE, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) ? 0 : -EIO;
}

/* HKDF-SHA-256 without salt and info. */
static int derive(const struct secret *shared, struct secret *key)
{
	EVP_KDF *algorithm = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *context = algorithm ? EVP_KDF_CTX_new(algorithm) : NULL;
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, shared->data, shared->length),
		OSSL_PARAM_construct_end(),
	};
	int result = context && EVP_KDF_derive(context, key->data, SESSION_KEY_SIZE, parameters) > 0 ? 0 : -EIO;

	EVP_KDF_CTX_free(context);
	EVP_KDF_free(algorithm);
	key->length = result ? 0 : SESSION_KEY_SIZE;
	return result;
}

static int finish(struct exchange *exchange, uint8_t ret_public[AGREEMENT_SIZE], struct secret *ret_key)
{
	CLEANUP_SECRET struct secret shared = SECRET_NONE;
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	int result = raise_both(exchange);

	if (!result && (secret_new(&shared, AGREEMENT_SIZE) < 0 || secret_new(&key, SESSION_KEY_SIZE) < 0))
		result = -ENOMEM;
	if (result)
		return result;
	if (BN_bn2binpad(exchange->shared, shared.data, AGREEMENT_SIZE) < 0 ||
	    BN_bn2binpad(exchange->own, ret_public, AGREEMENT_SIZE) < 0)
		return -EIO;
	shared.length = AGREEMENT_SIZE;
	result = derive(&shared, &key);
	if (!result)
		*ret_key = secret_take(&key);
	return result;
}

int agreement_with(const uint8_t *private_key, size_t private_length, const void *peer_public, size_t length,
		   uint8_t ret_public[AGREEMENT_SIZE], struct secret *ret_key)
{
	struct exchange exchange;
	int result = prepare(&exchange);

	if (!result && !BN_bin2bn(private_key, (int)private_length, exchange.private_key))
		result = -ENOMEM;
	if (!result)
		result = read_peer(&exchange, peer_public, length);
	if (!result)
		result = finish(&exchange, ret_public, ret_key);
	release(&exchange);
	return result;
}

int agreement_answer(const void *peer_public, size_t length, uint8_t ret_public[AGREEMENT_SIZE],
		     struct secret *ret_key)
{
	struct exchange exchange;
	int result = prepare(&exchange);

	if (!result)
		result = choose_private(&exchange);
	if (!result)
		result = read_peer(&exchange, peer_public, length);
	if (!result)
		result = finish(&exchange, ret_public, ret_key);
	release(&exchange);
	return result;
}

int agreement_offer(struct secret *ret_private, uint8_t ret_public[AGREEMENT_SIZE])
{
	CLEANUP_SECRET struct secret private_key = SECRET_NONE;
	struct exchange exchange;
	int result = prepare(&exchange);

	if (!result)
		result = choose_private(&exchange);
	if (!result)
		result = raise_own(&exchange);
	if (!result && secret_new(&private_key, PRIVATE_SIZE) < 0)
		result = -ENOMEM;
	if (!result && (BN_bn2binpad(exchange.own, ret_public, AGREEMENT_SIZE) < 0 ||
			BN_bn2binpad(exchange.private_key, private_key.data, PRIVATE_SIZE) < 0))
		result = -EIO;
	release(&exchange);
	private_key.length = PRIVATE_SIZE;
	if (!result)
		*ret_private = secret_take(&private_key);
	return result;
}
