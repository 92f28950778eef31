/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys for tests of the SSH agent: made by libcrypto, written as ssh-add sends them.
 */
#ifndef UNIT_SSH_KEYS_H
#define UNIT_SSH_KEYS_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

#include "helper/sshagent/key/private_key.h"

/* Numbers of an RSA key or one of a curve, by libcrypto's names. */
static inline void put_numbers_of(EVP_PKEY *key, const char *const *names, struct buffer *to)
{
	for (; *names; names++) {
		BIGNUM *number = NULL;
		uint8_t bytes[1024];

		if (!EVP_PKEY_get_bn_param(key, *names, &number))
			abort();
		buffer_number(to, (struct bytes){ bytes, (size_t)BN_bn2bin(number, bytes) });
		BN_clear_free(number);
	}
}

static inline void put_record_of_ed25519(EVP_PKEY *key, struct buffer *to)
{
	uint8_t both[64];
	size_t length = 32;

	if (!EVP_PKEY_get_raw_private_key(key, both, &length) || !EVP_PKEY_get_raw_public_key(key, both + 32, &length))
		abort();
	buffer_text(to, "ssh-ed25519");
	buffer_string(to, (struct bytes){ both + 32, 32 });
	buffer_string(to, (struct bytes){ both, 64 });
}

static inline void put_record_of_ecdsa(EVP_PKEY *key, const char *name, const char *curve, struct buffer *to)
{
	static const char *const numbers[] = { OSSL_PKEY_PARAM_PRIV_KEY, NULL };
	uint8_t point[133];
	size_t length;

	if (!EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &length))
		abort();
	buffer_text(to, name);
	buffer_text(to, curve);
	buffer_string(to, (struct bytes){ point, length });
	put_numbers_of(key, numbers, to);
}

static inline void put_record_of_rsa(EVP_PKEY *key, struct buffer *to)
{
	static const char *const numbers[] = { OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
		OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2, NULL };

	buffer_text(to, "ssh-rsa");
	put_numbers_of(key, numbers, to);
}

/* A new Ed25519 key, and its public half. */
struct made_key {
	struct buffer record, public;
	struct private_key key;
};

static inline void make_ed25519(struct made_key *made)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct reader from;

	*made = (struct made_key){ 0 };
	put_record_of_ed25519(key, &made->record);
	from = reader_of(made->record.data, made->record.length);
	private_key_read(&from, &made->key);
	private_key_put_public(&made->key, &made->public);
	EVP_PKEY_free(key);
}

static inline void free_made(struct made_key *made)
{
	buffer_free(&made->record);
	buffer_free(&made->public);
}

struct certificate_wish {
	const char *type;		/* "ssh-ed25519-cert-v01@openssh.com" */
	uint32_t kind;
	const char *principal;		/* NULL: none */
	uint32_t after, before;
	const char *critical;		/* "": none */
};

/* One of @key's public half, signed by @authority. */
static inline void put_certificate(const struct made_key *key, const struct made_key *authority, const struct certificate_wish *wish,
				   struct buffer *to)
{
	struct buffer principals = BUFFER_NONE, signature = BUFFER_NONE;

	if (wish->principal)
		buffer_text(&principals, wish->principal);
	buffer_text(to, wish->type);
	buffer_text(to, "nonce");
	buffer_string(to, key->key.public.point);
	buffer_u32(to, 0);
	buffer_u32(to, 7);
	buffer_u32(to, wish->kind);
	buffer_text(to, "name");
	buffer_string(to, buffer_content(&principals));
	buffer_u32(to, 0);
	buffer_u32(to, wish->after);
	buffer_u32(to, 0);
	buffer_u32(to, wish->before);
	buffer_text(to, wish->critical);
	buffer_text(to, "");
	buffer_text(to, "");
	buffer_string(to, buffer_content(&authority->public));
	if (!private_key_sign(&authority->key, buffer_content(to), 0, &signature))
		abort();
	buffer_string(to, buffer_content(&signature));
	buffer_free(&principals);
	buffer_free(&signature);
}

#endif /* UNIT_SSH_KEYS_H */
