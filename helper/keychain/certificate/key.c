// SPDX-License-Identifier: GPL-2.0-or-later
#include <openssl/err.h>

#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/key.h"
#include "helper/keychain/certificate/key_parse.h"
#include "helper/keychain/certificate/public_key.h"
#include "helper/keychain/include/keychain-status.h"

/* The uses of keys of a type, as letters for the attributes below. */
static const struct {
	int type;
	const char *private_uses, *public_uses;
} uses[] = {
	{ KEY_TYPE_RSA, "dsu", "evw" },
	{ KEY_TYPE_EC, "rs", "v" },
	{ KEY_TYPE_ED25519, "s", "v" },
	{ KEY_TYPE_X25519, "r", "" },
	{ KEY_TYPE_ED448, "s", "v" },
	{ KEY_TYPE_X448, "r", "" },
};

static const struct {
	char use;
	const char *attribute;
} use_attributes[] = {
	{ 'e', "encr" }, { 'd', "decr" }, { 'r', "drve" }, { 's', "sign" },
	{ 'v', "vrfy" }, { 'w', "wrap" }, { 'u', "unwp" },
};

static bool has_use(int type, enum key_class class, char use)
{
	for (size_t number = 0; number < sizeof(uses) / sizeof(*uses); number++) {
		const char *of = class == KEY_PRIVATE ? uses[number].private_uses
						      : uses[number].public_uses;

		if (uses[number].type == type)
			for (; *of; of++)
				if (*of == use)
					return true;
	}
	return false;
}

static int set_attributes(struct value *attributes, enum key_class class, int type, int bits,
			  const unsigned char hash[PUBLIC_KEY_HASH_SIZE])
{
	if (value_set(attributes, "kcls", value_integer(class)) ||
	    value_set(attributes, "type", value_integer(type)) ||
	    value_set(attributes, "bsiz", value_integer(bits)) ||
	    value_set(attributes, "esiz", value_integer(bits)) ||
	    value_set(attributes, "klbl", value_data(hash, PUBLIC_KEY_HASH_SIZE)) ||
	    value_set(attributes, "priv", value_boolean(class == KEY_PRIVATE)))
		return errSecAllocate;
	for (size_t number = 0; number < sizeof(use_attributes) / sizeof(*use_attributes);
	     number++) {
		if (value_set(attributes, use_attributes[number].attribute,
			      value_boolean(has_use(type, class, use_attributes[number].use))))
			return errSecAllocate;
	}
	return errSecSuccess;
}

/* The key itself, which libcrypto has checked, and its public half. */
static EVP_PKEY *load(const void *der, size_t length, enum key_class *ret_class,
		      X509_PUBKEY **ret_public)
{
	PKCS8_PRIV_KEY_INFO *private CLEANUP(free_pkcs8) =
		key_parse_private(der, length);
	EVP_PKEY *key;

	*ret_class = private ? KEY_PRIVATE : KEY_PUBLIC;
	if (!private) {
		*ret_public = key_parse_public(der, length);
		return *ret_public ? X509_PUBKEY_get(*ret_public) : NULL;
	}
	key = EVP_PKCS82PKEY(private);
	if (key && !X509_PUBKEY_set(ret_public, key)) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

int key_attributes(const void *der, size_t length, struct value *attributes)
{
	X509_PUBKEY *public CLEANUP(free_public_key) = NULL;
	EVP_PKEY *key CLEANUP(free_pkey) = NULL;
	unsigned char hash[PUBLIC_KEY_HASH_SIZE];
	enum key_class class;
	X509_ALGOR *algorithm;
	int type;

	key = load(der, length, &class, &public);
	ERR_clear_error();
	if (!key || !X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, public))
		return errSecDecode;
	type = key_type_of(algorithm);
	if (!type || EVP_PKEY_get_bits(key) <= 0)
		return errSecDecode;
	if (!public_key_hash(public, hash))
		return errSecAllocate;
	return set_attributes(attributes, class, type, EVP_PKEY_get_bits(key), hash);
}
