// SPDX-License-Identifier: GPL-2.0-or-later
#include "key_form.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "helper/common/cleanup.h"

#define POINT		0x04	/* not compressed */
#define MAX_ENCODED	512

DEFINE_CLEANUP(EVP_PKEY, free_key, EVP_PKEY_free)
DEFINE_CLEANUP(PKCS8_PRIV_KEY_INFO, free_info, PKCS8_PRIV_KEY_INFO_free)

static const struct curve {
	size_t size;			/* of a coordinate */
	uint8_t oid[10], oid_length;	/* with tag and length */
} curves[] = {
	{ 32, { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 }, 10 },
	{ 48, { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22 }, 7 },
	{ 66, { 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23 }, 7 },
};

static const uint8_t ec_public_key[] = { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };

/* DER written from its end to its beginning, so that lengths are known. Everything here is shorter than MAX_ENCODED. */
struct encoder {
	uint8_t bytes[MAX_ENCODED];
	size_t at;
};

static void put(struct encoder *encoder, const void *bytes, size_t length)
{
	encoder->at -= length;
	memcpy(encoder->bytes + encoder->at, bytes, length);
}

/* Tag and length in front of all from @end backwards. */
static void put_head(struct encoder *encoder, uint8_t tag, size_t end)
{
	size_t length = end - encoder->at;
	const uint8_t head[] = { tag, length > 255 ? 0x82 : 0x81, (uint8_t)(length >> 8), (uint8_t)length };

	if (length > 255)
		put(encoder, head + 2, 2);
	else
		put(encoder, head + 3, 1);
	if (length > 127)
		put(encoder, head + 1, 1);
	put(encoder, head, 1);
}

static void put_bits(struct encoder *encoder, const uint8_t *bytes, size_t length)
{
	size_t end = encoder->at;

	put(encoder, bytes, length);
	put(encoder, "", 1);
	put_head(encoder, 0x03, end);
}

/* ECPrivateKey of RFC 5915. */
static void encode_private(struct encoder *encoder, const struct curve *curve, const uint8_t *key)
{
	size_t point = 1 + 2 * curve->size, end;

	put_bits(encoder, key, point);
	put_head(encoder, 0xa1, MAX_ENCODED);
	end = encoder->at;
	put(encoder, curve->oid, curve->oid_length);
	put_head(encoder, 0xa0, end);
	end = encoder->at;
	put(encoder, key + point, curve->size);
	put_head(encoder, 0x04, end);
	put(encoder, "\2\1\1", 3);
	put_head(encoder, 0x30, MAX_ENCODED);
}

/* SubjectPublicKeyInfo of RFC 5480. */
static void encode_public(struct encoder *encoder, const struct curve *curve, const uint8_t *key)
{
	size_t end;

	put_bits(encoder, key, 1 + 2 * curve->size);
	end = encoder->at;
	put(encoder, curve->oid, curve->oid_length);
	put(encoder, ec_public_key, sizeof(ec_public_key));
	put_head(encoder, 0x30, end);
	put_head(encoder, 0x30, MAX_ENCODED);
}

/* As PKCS#8. NULL: no key that libcrypto knows. */
static struct value *private_form(const uint8_t *bytes, size_t length)
{
	CLEANUP(free_key) EVP_PKEY *key = length > LONG_MAX ? NULL : d2i_AutoPrivateKey(NULL, &bytes, (long)length);
	CLEANUP(free_info) PKCS8_PRIV_KEY_INFO *info = key ? EVP_PKEY2PKCS8(key) : NULL;
	unsigned char *encoded = NULL;
	int size = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &encoded) : -1;
	struct value *form = size > 0 ? value_data(encoded, (size_t)size) : NULL;

	if (size > 0)
		OPENSSL_clear_free(encoded, (size_t)size);
	return form;
}

static const struct curve *find_curve(const uint8_t *bytes, size_t length, bool is_private)
{
	for (size_t i = 0; length && *bytes == POINT && i < sizeof(curves) / sizeof(curves[0]); i++)
		if (length == 1 + (is_private ? 3 : 2) * curves[i].size)
			return &curves[i];
	return NULL;
}

struct value *ios_key_form(const struct value *data, bool is_private)
{
	struct encoder encoder = { .at = MAX_ENCODED };
	size_t length;
	const uint8_t *bytes = value_bytes(data, &length);
	const struct curve *curve = find_curve(bytes, length, is_private);
	struct value *form = NULL;

	if (curve && is_private)
		encode_private(&encoder, curve, bytes);
	else if (curve)
		encode_public(&encoder, curve, bytes);
	if (is_private)
		form = curve ? private_form(encoder.bytes + encoder.at, MAX_ENCODED - encoder.at) : private_form(bytes, length);
	else if (curve)
		form = value_data(encoder.bytes + encoder.at, MAX_ENCODED - encoder.at);
	OPENSSL_cleanse(&encoder, sizeof(encoder));
	return form ? form : value_copy(data);
}
