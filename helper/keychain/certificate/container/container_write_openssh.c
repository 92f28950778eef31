// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenSSH's own form of private keys (PROTOCOL.key), which container_openssh.c reads, and of public ones.
 */
#include <stdint.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "helper/common/printable.h"
#include "helper/common/translate.h"
#include "helper/keychain/certificate/container/bcrypt_kdf.h"
#include "helper/keychain/certificate/container/container_write_openssh.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/include/keychain-status.h"

#define MAGIC		"openssh-key-v1"
#define ED25519_SIZE	32
#define SALT_SIZE	16
#define KEY_SIZE	32	/* of AES-256 */
#define BLOCK_SIZE	16	/* of AES, and its first counter */
#define PLAIN_BLOCK	8	/* to which a private part in the clear is padded */
#define MAX_POINT	(1 + 2 * 66)

static const struct curve {
	const char *group, *name, *kind;
	int size;		/* bytes of a coordinate */
} curves[] = {
	{ "prime256v1", "nistp256", "ecdsa-sha2-nistp256", 32 },
	{ "secp384r1", "nistp384", "ecdsa-sha2-nistp384", 48 },
	{ "secp521r1", "nistp521", "ecdsa-sha2-nistp521", 66 },
};

static int failed(struct container *container)
{
	return container_fail(container, errSecInternal, _("The OpenSSH key could not be made."));
}

static int unknown_kind(struct container *container)
{
	return container_fail(container, errSecDecode,
			      _("The key is of a kind that OpenSSH has not: it has Ed25519, RSA, and ECDSA on the curves P-256, "
				"P-384 and P-521."));
}

/* ---- strings and numbers of SSH ---- */

static bool put(BIO *to, const void *bytes, size_t length)
{
	return !length || BIO_write(to, bytes, (int)length) == (int)length;
}

static bool put_number(BIO *to, uint32_t number)
{
	const uint8_t bytes[] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number };

	return put(to, bytes, sizeof(bytes));
}

static bool put_bytes(BIO *to, const void *bytes, size_t length)
{
	return length <= INT32_MAX && put_number(to, (uint32_t)length) && put(to, bytes, length);
}

static bool put_text(BIO *to, const char *text)
{
	return put_bytes(to, text, strlen(text));
}

/* A string within another one. */
static bool put_part(BIO *to, BIO *part)
{
	char *bytes;
	long length = BIO_get_mem_data(part, &bytes);

	return length >= 0 && put_bytes(to, bytes, (size_t)length);
}

/* The number of that name of a key; a zero goes before one that would be negative. */
static bool put_integer(BIO *to, const EVP_PKEY *key, const char *name)
{
	BIGNUM *number CLEANUP(free_number) = NULL;
	size_t size;
	uint8_t *bytes;
	bool done;

	if (!EVP_PKEY_get_bn_param(key, name, &number))
		return false;
	size = (size_t)BN_num_bytes(number) + (BN_num_bits(number) % 8 == 0);
	bytes = OPENSSL_malloc(size);
	done = bytes && BN_bn2binpad(number, bytes, (int)size) == (int)size && put_bytes(to, bytes, size);
	OPENSSL_clear_free(bytes, size);
	return done;
}

/* ---- keys ---- */

static const struct curve *curve_of(const EVP_PKEY *key)
{
	char group[64];

	if (!EVP_PKEY_get_group_name(key, group, sizeof(group), NULL))
		return NULL;
	for (size_t number = 0; number < sizeof(curves) / sizeof(*curves); number++)
		if (!strcmp(curves[number].group, group))
			return &curves[number];
	return NULL;
}

/* Curve and point, uncompressed, whatever form the key has it in. */
static bool put_point(BIO *to, const EVP_PKEY *key, const struct curve *curve)
{
	BIGNUM *x CLEANUP(free_number) = NULL, *y CLEANUP(free_number) = NULL;
	uint8_t point[MAX_POINT] = { POINT_CONVERSION_UNCOMPRESSED };

	return EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) &&
	       EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) &&
	       BN_bn2binpad(x, point + 1, curve->size) == curve->size &&
	       BN_bn2binpad(y, point + 1 + curve->size, curve->size) == curve->size && put_text(to, curve->name) &&
	       put_bytes(to, point, 1 + 2 * (size_t)curve->size);
}

static bool put_ed25519(BIO *to, const EVP_PKEY *key, bool private)
{
	uint8_t bytes[2 * ED25519_SIZE];	/* the seed, and behind it the public half once more */
	size_t length = ED25519_SIZE, seed_length = ED25519_SIZE;
	bool done = EVP_PKEY_get_raw_public_key(key, bytes + ED25519_SIZE, &length) &&
		    put_bytes(to, bytes + ED25519_SIZE, ED25519_SIZE);

	if (done && private)
		done = EVP_PKEY_get_raw_private_key(key, bytes, &seed_length) && put_bytes(to, bytes, sizeof(bytes));
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return done;
}

static bool put_numbers(BIO *to, const EVP_PKEY *key, const char *const *names)
{
	for (; *names; names++)
		if (!put_integer(to, key, *names))
			return false;
	return true;
}

static bool put_rsa(BIO *to, const EVP_PKEY *key, bool private)
{
	static const char *const public_names[] = { OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_N, NULL };
	static const char *const private_names[] = {
		OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
		OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2, NULL,
	};

	return put_numbers(to, key, private ? private_names : public_names);
}

/* The name of the key's kind; NULL: one that OpenSSH has not. */
static const char *kind_of(const EVP_PKEY *key)
{
	const struct curve *curve;
	BIGNUM *third CLEANUP(free_number) = NULL;

	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_ED25519:
		return "ssh-ed25519";
	case EVP_PKEY_RSA:
		return EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_FACTOR3, &third) ? NULL : "ssh-rsa";
	case EVP_PKEY_EC:
		curve = curve_of(key);
		return curve ? curve->kind : NULL;
	default:
		return NULL;
	}
}

static bool put_key(BIO *to, const EVP_PKEY *key, bool private)
{
	if (!put_text(to, kind_of(key)))
		return false;
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_ED25519:
		return put_ed25519(to, key, private);
	case EVP_PKEY_RSA:
		return put_rsa(to, key, private);
	default:
		return put_point(to, key, curve_of(key)) && (!private || put_integer(to, key, OSSL_PKEY_PARAM_PRIV_KEY));
	}
}

/* ---- the private part ---- */

static bool put_comment(BIO *to, const struct value *label)
{
	size_t length = 0;
	const void *bytes = value_bytes(label, &length);

	return put_bytes(to, bytes, length);
}

/* Twice the same number, by which a reader sees that it has decrypted; the key; its comment; 1, 2, 3, ... to a whole block. */
static bool put_private(BIO *to, const EVP_PKEY *key, const struct value *label, size_t block)
{
	uint8_t check[4];
	char *bytes;

	if (RAND_bytes(check, sizeof(check)) <= 0 || !put(to, check, sizeof(check)) || !put(to, check, sizeof(check)) ||
	    !put_key(to, key, true) || !put_comment(to, label))
		return false;
	for (uint8_t pad = 1; (size_t)BIO_get_mem_data(to, &bytes) % block; pad++)
		if (!put(to, &pad, 1))
			return false;
	return true;
}

static bool encipher(const struct container_writing *how, const uint8_t salt[SALT_SIZE], BIO *plain, BIO *to)
{
	EVP_CIPHER_CTX *context CLEANUP(free_cipher_context) = EVP_CIPHER_CTX_new();
	uint8_t derived[KEY_SIZE + BLOCK_SIZE] = { 0 };
	char *bytes;
	long length = BIO_get_mem_data(plain, &bytes);
	uint8_t *text = OPENSSL_malloc((size_t)length);
	int used = 0, last = 0;
	bool done = context && text &&
		    bcrypt_kdf(how->passphrase->data, how->passphrase->length, salt, SALT_SIZE, how->rounds, derived,
			       sizeof(derived)) &&
		    EVP_EncryptInit_ex2(context, EVP_aes_256_ctr(), derived, derived + KEY_SIZE, NULL) &&
		    EVP_EncryptUpdate(context, text, &used, (uint8_t *)bytes, (int)length) &&
		    EVP_EncryptFinal_ex(context, text + used, &last) && used + last == (int)length &&
		    put_bytes(to, text, (size_t)length);

	OPENSSL_cleanse(derived, sizeof(derived));
	OPENSSL_free(text);
	return done;
}

static bool put_kdf(BIO *to, const uint8_t salt[SALT_SIZE], uint32_t rounds)
{
	BIO *options CLEANUP(free_bio) = BIO_new(BIO_s_mem());

	return options && put_text(to, "aes256-ctr") && put_text(to, "bcrypt") && put_bytes(options, salt, SALT_SIZE) &&
	       put_number(options, rounds) && put_part(to, options);
}

static bool put_file(BIO *to, const EVP_PKEY *key, const struct value *label, const struct container_writing *how)
{
	BIO *public CLEANUP(free_bio) = BIO_new(BIO_s_mem());
	BIO *private CLEANUP(free_bio) = BIO_new(BIO_s_mem());
	uint8_t salt[SALT_SIZE];

	if (!public || !private || RAND_bytes(salt, sizeof(salt)) <= 0 || !put(to, MAGIC, sizeof(MAGIC)) ||
	    !(how->passphrase ? put_kdf(to, salt, how->rounds) : put_text(to, "none") && put_text(to, "none") && put_text(to, "")) ||
	    !put_number(to, 1) || !put_key(public, key, false) || !put_part(to, public) ||
	    !put_private(private, key, label, how->passphrase ? BLOCK_SIZE : PLAIN_BLOCK))
		return false;
	return how->passphrase ? encipher(how, salt, private, to) : put_part(to, private);
}

int container_write_openssh(struct container *container, BIO *file, EVP_PKEY *key, const struct value *label,
			    const struct container_writing *how)
{
	BIO *whole CLEANUP(free_bio) = BIO_new(BIO_s_mem());
	char *bytes;
	long length;

	if (!kind_of(key))
		return unknown_kind(container);
	if (!whole || !put_file(whole, key, label, how))
		return failed(container);
	length = BIO_get_mem_data(whole, &bytes);
	return PEM_write_bio(file, "OPENSSH PRIVATE KEY", "", (uint8_t *)bytes, length) > 0 ? errSecSuccess
											     : failed(container);
}

int container_write_openssh_public(struct container *container, BIO *file, EVP_PKEY *key, const struct value *label)
{
	BIO *blob CLEANUP(free_bio) = BIO_new(BIO_s_mem());
	const char *comment = value_as_name(label);
	unsigned char *text CLEANUP(free_bytes) = NULL;
	char *bytes;
	long length;

	if (!kind_of(key))
		return unknown_kind(container);
	if (!blob || !put_key(blob, key, false))
		return failed(container);
	length = BIO_get_mem_data(blob, &bytes);
	text = OPENSSL_malloc((size_t)(4 * ((length + 2) / 3) + 1));
	if (!text || EVP_EncodeBlock(text, (uint8_t *)bytes, (int)length) < 0)
		return failed(container);
	if (!comment || !printable_text(comment, strlen(comment)))
		comment = "";
	return BIO_printf(file, "%s %s%s%s\n", kind_of(key), text, *comment ? " " : "", comment) > 0 ? errSecSuccess
												      : failed(container);
}
