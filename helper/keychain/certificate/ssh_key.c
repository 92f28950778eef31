// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/certificate/ssh_key.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "helper/keychain/certificate/crypto_free.h"

DEFINE_CLEANUP(OSSL_PARAM, free_parameters, OSSL_PARAM_free)
DEFINE_CLEANUP(OSSL_PARAM_BLD, free_builder, OSSL_PARAM_BLD_free)

static EVP_PKEY *make(const char *algorithm, OSSL_PARAM_BLD *builder, bool private)
{
	EVP_PKEY_CTX *context CLEANUP(free_pkey_context) = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
	OSSL_PARAM *parameters CLEANUP(free_parameters) = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY *key = NULL;

	if (!context || !parameters || EVP_PKEY_fromdata_init(context) <= 0 ||
	    EVP_PKEY_fromdata(context, &key, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
		return NULL;
	return key;
}

/* Whether each undoes the other, modulo @modulus. */
static bool is_inverse(const BIGNUM *one, const BIGNUM *other, const BIGNUM *modulus)
{
	BN_CTX *context CLEANUP(free_number_context) = BN_CTX_secure_new();
	BIGNUM *made CLEANUP(free_number) = BN_new();

	return context && made && !BN_is_zero(modulus) && BN_mod_mul(made, one, other, modulus, context) &&
	       BN_is_one(made);
}

/* @private modulo @prime - 1, where that undoes @public. */
static BIGNUM *exponent(const BIGNUM *private, const BIGNUM *public, const BIGNUM *prime)
{
	BN_CTX *context CLEANUP(free_number_context) = BN_CTX_secure_new();
	BIGNUM *less CLEANUP(free_number) = BN_dup(prime);
	BIGNUM *made = BN_new();

	if (context && less && made && BN_is_odd(prime) && BN_sub_word(less, 1) && !BN_is_zero(less)) {
		BN_set_flags(less, BN_FLG_CONSTTIME);
		if (BN_mod(made, private, less, context) && is_inverse(made, public, less))
			return made;
	}
	BN_clear_free(made);
	return NULL;
}

static bool is_product(const BIGNUM *product, const BIGNUM *one, const BIGNUM *other)
{
	BN_CTX *context CLEANUP(free_number_context) = BN_CTX_secure_new();
	BIGNUM *made CLEANUP(free_number) = BN_new();

	return context && made && BN_mul(made, one, other, context) && !BN_cmp(made, product);
}

static bool push_private(OSSL_PARAM_BLD *builder, const struct ssh_rsa *numbers, const BIGNUM *dp, const BIGNUM *dq)
{
	return OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_D, numbers->d) &&
	       OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR1, numbers->p) &&
	       OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR2, numbers->q) &&
	       OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT1, dp) &&
	       OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT2, dq) &&
	       OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, numbers->inverse);
}

EVP_PKEY *ssh_key_rsa(const struct ssh_rsa *numbers)
{
	BIGNUM *dp CLEANUP(free_number) = NULL, *dq CLEANUP(free_number) = NULL;
	OSSL_PARAM_BLD *builder CLEANUP(free_builder) = OSSL_PARAM_BLD_new();

	if (!builder || !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, numbers->n) ||
	    !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, numbers->e))
		return NULL;
	if (!numbers->d)
		return make("RSA", builder, false);
	if (!is_product(numbers->n, numbers->p, numbers->q) || !is_inverse(numbers->inverse, numbers->q, numbers->p) ||
	    !(dp = exponent(numbers->d, numbers->e, numbers->p)) || !(dq = exponent(numbers->d, numbers->e, numbers->q)) ||
	    !push_private(builder, numbers, dp, dq))
		return NULL;
	return make("RSA", builder, true);
}

EVP_PKEY *ssh_key_ecdsa(const char *group, const uint8_t *point, size_t length, const BIGNUM *private)
{
	OSSL_PARAM_BLD *builder CLEANUP(free_builder) = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context CLEANUP(free_pkey_context) = NULL;
	EVP_PKEY *key;

	if (!builder || !OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, length) ||
	    (private && !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, private)))
		return NULL;
	key = make("EC", builder, private);
	context = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
	/* Also whether the halves belong together. */
	if (context && (private ? EVP_PKEY_check(context) : EVP_PKEY_public_check(context)) > 0)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

EVP_PKEY *ssh_key_ed25519(const uint8_t public[SSH_ED25519_SIZE], const uint8_t *private)
{
	uint8_t derived[SSH_ED25519_SIZE];
	size_t length = sizeof(derived);
	EVP_PKEY *key;

	if (!private)
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, SSH_ED25519_SIZE);
	if (memcmp(private + SSH_ED25519_SIZE, public, SSH_ED25519_SIZE))
		return NULL;
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private, SSH_ED25519_SIZE);
	if (key && EVP_PKEY_get_raw_public_key(key, derived, &length) && length == sizeof(derived) &&
	    !memcmp(derived, public, sizeof(derived)))
		return key;
	EVP_PKEY_free(key);
	return NULL;
}
