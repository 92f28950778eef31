// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as what the PKCS#11 module finds in an item: a certificate, a public key, a private key.
 */
#include "helper/keychain/pkcs11/private_key.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct der part, struct der whole)
{
	return !part.left || (part.at >= whole.at && part.left <= whole.left && part.at + part.left <= whole.at + whole.left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct der bytes = der_of(data, size);
	struct certificate_parts parts;
	struct public_half half;
	EVP_PKEY *key = NULL;
	CK_KEY_TYPE type;
	CK_RV rv;

	if (certificate_parts_read(bytes, &parts))
		must(is_inside(parts.info, bytes) && is_inside(parts.serial, bytes) && is_inside(parts.subject, bytes));
	if (public_half_read(bytes, &half))
		must(half.type == CKK_RSA ? half.modulus.left && half.exponent.left : is_inside(half.point, bytes) && half.curve.left);
	rv = private_key_load(bytes, &key, &type);
	must(rv == CKR_OK ? key && (type == CKK_RSA || type == CKK_EC || type == CKK_EC_EDWARDS) : !key);
	EVP_PKEY_free(key);
	return 0;
}
