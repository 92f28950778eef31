// SPDX-License-Identifier: GPL-2.0-or-later
#include "public_key.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/ssh_key.h"
#include "pattern.h"

#define COORDINATE_MAX	66	/* bytes, of nistp521 */
#define UNCOMPRESSED	4

static void read_point(struct reader *from, struct public_key *key)
{
	if (!bytes_are(reader_string(from), key->type->curve))
		reader_fail(from);
	key->point = reader_string(from);
	if (!key->point.length || *key->point.data != UNCOMPRESSED || key->point.length > 1 + 2 * COORDINATE_MAX)
		reader_fail(from);
}

void public_key_read_fields(struct reader *from, struct public_key *key)
{
	switch (key->type->family) {
	case KEY_ED25519:
		key->point = reader_string(from);
		if (key->point.length != SSH_ED25519_SIZE)
			reader_fail(from);
		break;
	case KEY_ECDSA:
		read_point(from, key);
		break;
	case KEY_RSA:
		key->e = reader_number(from, KEY_NUMBER_MAX);
		key->n = reader_number(from, KEY_NUMBER_MAX);
		break;
	}
}

static uint64_t read_u64(struct reader *from)
{
	uint64_t high = reader_u32(from);

	return high << 32 | reader_u32(from);
}

/* Reads on behind the key's own fields; @begin: of all. */
static void read_certificate(struct reader *from, const uint8_t *begin, struct public_key *key)
{
	read_u64(from);
	key->kind = reader_u32(from);
	reader_string(from);
	key->principals = reader_string(from);
	key->valid_after = read_u64(from);
	key->valid_before = read_u64(from);
	key->critical = reader_string(from);
	reader_string(from);
	reader_string(from);
	key->authority = reader_string(from);
	key->signed_part = (struct bytes){ begin, (size_t)(from->at - begin) };
	key->signature = reader_string(from);
}

bool public_key_read(struct bytes blob, struct public_key *ret_key)
{
	struct reader from = reader_of_bytes(blob);
	struct bytes name = reader_string(&from);

	*ret_key = (struct public_key){ .type = key_type_find(name), .blob = blob };
	if (!ret_key->type)
		return false;
	if (ret_key->type->certificate)
		reader_string(&from);
	public_key_read_fields(&from, ret_key);
	if (ret_key->type->fido)
		ret_key->application = reader_text(&from);
	if (ret_key->type->certificate)
		read_certificate(&from, blob.data, ret_key);
	return reader_done(&from);
}

void public_key_put_plain(const struct public_key *key, struct buffer *to)
{
	buffer_text(to, key->type->plain);
	switch (key->type->family) {
	case KEY_ECDSA:
		buffer_text(to, key->type->curve);
		/* fall through */
	case KEY_ED25519:
		buffer_string(to, key->point);
		break;
	case KEY_RSA:
		buffer_number(to, key->e);
		buffer_number(to, key->n);
		break;
	}
	if (key->type->fido)
		buffer_string(to, key->application);
}

static EVP_PKEY *make_rsa(const struct public_key *key)
{
	BIGNUM *n CLEANUP(free_number) = BN_bin2bn(key->n.data, (int)key->n.length, NULL);
	BIGNUM *e CLEANUP(free_number) = BN_bin2bn(key->e.data, (int)key->e.length, NULL);

	return n && e ? ssh_key_rsa(&(struct ssh_rsa){ .n = n, .e = e }) : NULL;
}

EVP_PKEY *public_key_make(const struct public_key *key)
{
	switch (key->type->family) {
	case KEY_ED25519:
		return ssh_key_ed25519(key->point.data, NULL);
	case KEY_ECDSA:
		return ssh_key_ecdsa(key->type->group, key->point.data, key->point.length, NULL);
	default:
		return make_rsa(key);
	}
}

static bool verify(EVP_PKEY *key, const char *digest, struct bytes data, struct bytes signature)
{
	EVP_MD_CTX *context CLEANUP(free_digest_context) = EVP_MD_CTX_new();

	return context && EVP_DigestVerifyInit_ex(context, NULL, digest, NULL, NULL, key, NULL) > 0 &&
	       EVP_DigestVerify(context, signature.data, signature.length, data.data, data.length) > 0;
}

/* SSH leaves the zeros in front out. */
static bool verify_rsa(EVP_PKEY *key, struct bytes name, struct bytes data, struct bytes signature)
{
	const char *digest = bytes_are(name, "rsa-sha2-512") ? "SHA512" : bytes_are(name, "rsa-sha2-256") ? "SHA256" : NULL;
	uint8_t padded[KEY_NUMBER_MAX] = { 0 };
	size_t size = (size_t)EVP_PKEY_get_size(key);

	if (!digest || size > sizeof(padded) || signature.length > size || !signature.length)
		return false;
	memcpy(padded + size - signature.length, signature.data, signature.length);
	return verify(key, digest, data, (struct bytes){ padded, size });
}

static bool verify_ecdsa(EVP_PKEY *key, const char *digest, struct bytes data, struct bytes signature)
{
	struct reader from = reader_of_bytes(signature);
	struct bytes r = reader_number(&from, COORDINATE_MAX), s = reader_number(&from, COORDINATE_MAX);
	ECDSA_SIG *pair CLEANUP(free_ecdsa) = ECDSA_SIG_new();
	BIGNUM *first = BN_bin2bn(r.data, (int)r.length, NULL), *second = BN_bin2bn(s.data, (int)s.length, NULL);
	unsigned char *form CLEANUP(free_bytes) = NULL;
	int length;

	if (!reader_done(&from) || !pair || !first || !second || !ECDSA_SIG_set0(pair, first, second)) {
		BN_free(first);
		BN_free(second);
		return false;
	}
	length = i2d_ECDSA_SIG(pair, &form);
	return length > 0 && verify(key, digest, data, (struct bytes){ form, (size_t)length });
}

bool public_key_verify(const struct public_key *key, struct bytes data, struct bytes signature)
{
	EVP_PKEY *made CLEANUP(free_pkey) = key->type->fido ? NULL : public_key_make(key);
	struct reader from = reader_of_bytes(signature);
	struct bytes name = reader_string(&from), value = reader_string(&from);

	if (!made || !reader_done(&from))
		return false;
	if (key->type->family == KEY_RSA)
		return verify_rsa(made, name, data, value);
	if (!bytes_are(name, key->type->plain))
		return false;
	if (key->type->family == KEY_ECDSA)
		return verify_ecdsa(made, key->type->digest, data, value);
	return verify(made, NULL, data, value);
}

/* The device signs hashes of both, and its flags and counter, which stand behind the signature. */
static bool put_assertion(const struct public_key *key, struct bytes data, struct bytes end, struct buffer *to)
{
	uint8_t digests[2][32];

	if (!EVP_Q_digest(NULL, "SHA256", NULL, key->application.data, key->application.length, digests[0], NULL) ||
	    !EVP_Q_digest(NULL, "SHA256", NULL, data.data, data.length, digests[1], NULL))
		return false;
	buffer_bytes(to, (struct bytes){ digests[0], sizeof(digests[0]) });
	buffer_bytes(to, end);
	buffer_bytes(to, (struct bytes){ digests[1], sizeof(digests[1]) });
	return !to->failed;
}

bool public_key_verify_fido(const struct public_key *key, struct bytes data, struct bytes signature)
{
	EVP_PKEY *made CLEANUP(free_pkey) = key->type->fido ? public_key_make(key) : NULL;
	CLEANUP_BUFFER struct buffer assertion = BUFFER_NONE;
	struct reader from = reader_of_bytes(signature);
	struct bytes name = reader_string(&from), value = reader_string(&from), end = { from.at, from.left };

	reader_u8(&from);
	reader_u32(&from);
	if (!made || !reader_done(&from) || !bytes_are(name, key->type->plain) || !put_assertion(key, data, end, &assertion))
		return false;
	if (key->type->family == KEY_ECDSA)
		return verify_ecdsa(made, key->type->digest, buffer_content(&assertion), value);
	return verify(made, NULL, buffer_content(&assertion), value);
}

static bool is_signed(const struct public_key *key)
{
	struct public_key authority;

	return public_key_read(key->authority, &authority) && !authority.type->certificate &&
	       public_key_verify(&authority, key->signed_part, key->signature);
}

/* A pattern of the authority's; without any it stands for no host, as OpenSSH has it. */
static bool names_host(struct bytes principals, struct bytes host)
{
	struct reader from = reader_of_bytes(principals);

	while (!reader_ended(&from)) {
		struct bytes name = reader_text(&from);

		if (name.length && pattern_matches(name, host))
			return true;
	}
	return false;
}

bool public_key_certifies_host(const struct public_key *key, struct bytes host, uint64_t now)
{
	return key->type->certificate && key->kind == CERTIFICATE_HOST && !key->critical.length && key->valid_after <= now &&
	       now < key->valid_before && names_host(key->principals, host) && is_signed(key);
}

bool public_key_expired(struct bytes blob, uint64_t now)
{
	struct public_key key;

	return public_key_read(blob, &key) && key.type->certificate && key.valid_before <= now;
}

bool public_key_fingerprint(struct bytes blob, char ret_fingerprint[KEY_FINGERPRINT_SIZE])
{
	uint8_t digest[32];
	unsigned char text[4 * ((sizeof(digest) + 2) / 3) + 1];

	if (!EVP_Q_digest(NULL, "SHA256", NULL, blob.data, blob.length, digest, NULL))
		return false;
	EVP_EncodeBlock(text, digest, sizeof(digest));
	text[strcspn((const char *)text, "=")] = 0;
	snprintf(ret_fingerprint, KEY_FINGERPRINT_SIZE, "SHA256:%s", (const char *)text);
	return true;
}

bool public_key_shown_fingerprint(struct bytes blob, char ret_fingerprint[KEY_FINGERPRINT_SIZE])
{
	CLEANUP_BUFFER struct buffer plain = BUFFER_NONE;
	struct public_key key;

	if (!public_key_read(blob, &key) || !key.type->certificate)
		return public_key_fingerprint(blob, ret_fingerprint);
	public_key_put_plain(&key, &plain);
	return !plain.failed && public_key_fingerprint(buffer_content(&plain), ret_fingerprint);
}
