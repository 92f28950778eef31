// SPDX-License-Identifier: GPL-2.0-or-later
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/sha.h>

#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/public_key.h"

int public_key_curve(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object;
	const void *parameter;
	int kind;

	X509_ALGOR_get0(&object, &kind, &parameter, algorithm);
	if (OBJ_obj2nid(object) != NID_X9_62_id_ecPublicKey || kind != V_ASN1_OBJECT)
		return NID_undef;
	return OBJ_obj2nid(parameter);
}

/* The point without compression, to be freed; NULL where there is none. */
static unsigned char *uncompressed(int curve, const unsigned char *bits, int length,
				   size_t *ret_length)
{
	EC_GROUP *group CLEANUP(free_ec_group) = NULL;
	EC_POINT *point CLEANUP(free_ec_point) = NULL;
	unsigned char *bytes = NULL;

	group = curve != NID_undef ? EC_GROUP_new_by_curve_name(curve) : NULL;
	point = group ? EC_POINT_new(group) : NULL;
	if (!point || !EC_POINT_oct2point(group, point, bits, (size_t)length, NULL))
		return NULL;
	*ret_length = EC_POINT_point2buf(group, point, POINT_CONVERSION_UNCOMPRESSED, &bytes, NULL);
	return *ret_length ? bytes : NULL;
}

bool public_key_bits_hash(const X509_ALGOR *algorithm, const unsigned char *bits, int length,
			  unsigned char hash[PUBLIC_KEY_HASH_SIZE])
{
	unsigned char *point CLEANUP(free_bytes) = NULL;
	size_t point_length;

	if (length && bits[0] != POINT_CONVERSION_UNCOMPRESSED)
		point = uncompressed(public_key_curve(algorithm), bits, length, &point_length);
	if (point)
		return SHA1(point, point_length, hash);
	return SHA1(bits, (size_t)length, hash);
}

bool public_key_hash(const X509_PUBKEY *key, unsigned char hash[PUBLIC_KEY_HASH_SIZE])
{
	const unsigned char *bits;
	X509_ALGOR *algorithm;
	int length;

	return X509_PUBKEY_get0_param(NULL, &bits, &length, &algorithm, key) &&
	       public_key_bits_hash(algorithm, bits, length, hash);
}
