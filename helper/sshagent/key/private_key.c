// SPDX-License-Identifier: GPL-2.0-or-later
#include "private_key.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/ssh_key.h"

#define SIGNATURE_MAX	KEY_NUMBER_MAX
/* OpenSSH itself takes no shorter ones. */
#define RSA_BITS_MIN	1024

/* A certificate is read with its own fields; others come before the private ones, of RSA the other way round. */
static void read_public(struct reader *from, struct private_key *key)
{
	struct public_key *public = &key->public;

	if (public->type->certificate) {
		const struct key_type *type = public->type;

		if (!public_key_read(reader_string(from), public) || public->type != type)
			reader_fail(from);
	} else if (public->type->family == KEY_RSA) {
		public->n = reader_number(from, KEY_NUMBER_MAX);
		public->e = reader_number(from, KEY_NUMBER_MAX);
	} else if (public->type->family == KEY_ECDSA) {
		public_key_read_fields(from, public);
	}
}

static void read_ed25519_public(struct reader *from, struct private_key *key)
{
	struct bytes point = reader_string(from);

	if (point.length != SSH_ED25519_SIZE || (key->public.type->certificate && !bytes_equal(point, key->public.point)))
		reader_fail(from);
	key->public.point = point;
}

static void read_fido(struct reader *from, struct private_key *key)
{
	struct bytes application = reader_text(from);

	if (key->public.type->certificate && !bytes_equal(application, key->public.application))
		reader_fail(from);
	key->public.application = application;
	key->flags = reader_u8(from);
	key->handle = reader_string(from);
	/* Reserved. */
	reader_string(from);
}

static void read_private(struct reader *from, struct private_key *key)
{
	switch (key->public.type->family) {
	case KEY_ED25519:
		key->ed25519 = reader_string(from);
		if (key->ed25519.length != 2 * SSH_ED25519_SIZE)
			reader_fail(from);
		break;
	case KEY_ECDSA:
		key->d = reader_number(from, KEY_NUMBER_MAX);
		break;
	case KEY_RSA:
		key->d = reader_number(from, KEY_NUMBER_MAX);
		key->inverse = reader_number(from, KEY_NUMBER_MAX);
		key->p = reader_number(from, KEY_NUMBER_MAX);
		key->q = reader_number(from, KEY_NUMBER_MAX);
		break;
	}
}

void private_key_read(struct reader *from, struct private_key *ret_key)
{
	const uint8_t *begin = from->at;

	*ret_key = (struct private_key){ .public.type = key_type_find(reader_string(from)) };
	if (!ret_key->public.type) {
		reader_fail(from);
		return;
	}
	read_public(from, ret_key);
	if (!from->failed && ret_key->public.type->family == KEY_ED25519)
		read_ed25519_public(from, ret_key);
	if (!from->failed && ret_key->public.type->fido)
		read_fido(from, ret_key);
	else if (!from->failed)
		read_private(from, ret_key);
	ret_key->record = (struct bytes){ begin, from->failed ? 0 : (size_t)(from->at - begin) };
}

static BIGNUM *number_of(struct bytes bytes)
{
	BIGNUM *number = BN_bin2bn(bytes.data, (int)bytes.length, NULL);

	if (number)
		BN_set_flags(number, BN_FLG_CONSTTIME);
	return number;
}

static EVP_PKEY *make_rsa(const struct private_key *key)
{
	BIGNUM *n CLEANUP(free_number) = number_of(key->public.n), *e CLEANUP(free_number) = number_of(key->public.e);
	BIGNUM *d CLEANUP(free_number) = number_of(key->d), *inverse CLEANUP(free_number) = number_of(key->inverse);
	BIGNUM *p CLEANUP(free_number) = number_of(key->p), *q CLEANUP(free_number) = number_of(key->q);

	if (!n || !e || !d || !inverse || !p || !q || BN_num_bits(n) < RSA_BITS_MIN)
		return NULL;
	return ssh_key_rsa(&(struct ssh_rsa){ .n = n, .e = e, .d = d, .inverse = inverse, .p = p, .q = q });
}

static EVP_PKEY *make(const struct private_key *key)
{
	BIGNUM *d CLEANUP(free_number) = NULL;

	switch (key->public.type->family) {
	case KEY_ED25519:
		return ssh_key_ed25519(key->public.point.data, key->ed25519.data);
	case KEY_ECDSA:
		d = number_of(key->d);
		return d ? ssh_key_ecdsa(key->public.type->group, key->public.point.data, key->public.point.length, d) : NULL;
	default:
		return make_rsa(key);
	}
}

bool private_key_check(const struct private_key *key)
{
	EVP_PKEY *made CLEANUP(free_pkey) = key->public.type->fido ? public_key_make(&key->public) : make(key);

	return made;
}

void private_key_put_public(const struct private_key *key, struct buffer *to)
{
	if (key->public.type->certificate)
		buffer_bytes(to, key->public.blob);
	else
		public_key_put_plain(&key->public, to);
}

static bool put_numbers(const uint8_t *form, size_t length, struct buffer *to)
{
	ECDSA_SIG *pair CLEANUP(free_ecdsa) = d2i_ECDSA_SIG(NULL, &form, (long)length);
	uint8_t bytes[2][KEY_NUMBER_MAX];
	size_t begun;
	int lengths[2];

	if (!pair || BN_num_bytes(ECDSA_SIG_get0_r(pair)) > KEY_NUMBER_MAX || BN_num_bytes(ECDSA_SIG_get0_s(pair)) > KEY_NUMBER_MAX)
		return false;
	lengths[0] = BN_bn2bin(ECDSA_SIG_get0_r(pair), bytes[0]);
	lengths[1] = BN_bn2bin(ECDSA_SIG_get0_s(pair), bytes[1]);
	begun = buffer_begin(to);
	for (int at = 0; at < 2; at++)
		buffer_number(to, (struct bytes){ bytes[at], (size_t)lengths[at] });
	buffer_end(to, begun);
	return true;
}

/* @name of the signature, @digest NULL: as the key itself says. */
static bool sign(const struct private_key *key, const char *name, const char *digest, struct bytes data, struct buffer *to)
{
	EVP_PKEY *made CLEANUP(free_pkey) = make(key);
	EVP_MD_CTX *context CLEANUP(free_digest_context) = EVP_MD_CTX_new();
	uint8_t signature[SIGNATURE_MAX];
	size_t length = sizeof(signature);

	if (!made || !context || EVP_DigestSignInit_ex(context, NULL, digest, NULL, NULL, made, NULL) <= 0 ||
	    EVP_DigestSign(context, signature, &length, data.data, data.length) <= 0)
		return false;
	buffer_text(to, name);
	if (key->public.type->family == KEY_ECDSA)
		return put_numbers(signature, length, to) && !to->failed;
	buffer_string(to, (struct bytes){ signature, length });
	return !to->failed;
}

bool private_key_sign(const struct private_key *key, struct bytes data, uint32_t flags, struct buffer *to)
{
	const struct key_type *type = key->public.type;

	if (type->fido)
		return false;
	if (type->family != KEY_RSA)
		return sign(key, type->plain, type->digest, data, to);
	if (flags & SIGN_RSA_SHA2_512)
		return sign(key, "rsa-sha2-512", "SHA512", data, to);
	if (flags & SIGN_RSA_SHA2_256)
		return sign(key, "rsa-sha2-256", "SHA256", data, to);
	/* ssh-rsa, SHA-1: broken, and refused by servers. */
	return false;
}
