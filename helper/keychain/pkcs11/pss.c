// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pss.h"

#include <limits.h>

#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/params.h>

/* The first element of an AlgorithmIdentifier, an OBJECT IDENTIFIER: its name, and what follows it. */
static const char *algorithm_name(struct der from, int *ret_number, struct der *ret_rest)
{
	struct der algorithm, content, whole;
	uint8_t tag;

	if (!der_enter(&from, DER_SEQUENCE, &algorithm) || from.left || !der_next(&algorithm, &tag, &content, &whole) || tag != DER_OID)
		return NULL;
	*ret_rest = algorithm;
	return crypto_object_name(whole, ret_number);
}

static bool read_mask(struct der from, struct pss *pss)
{
	struct der digest, rest;
	int number;

	if (!algorithm_name(from, &number, &digest) || number != NID_mgf1)
		return false;
	pss->mask_digest = algorithm_name(digest, &number, &rest);
	return pss->mask_digest;
}

/* In the bounds of libcrypto's, which takes an int. */
static bool read_number(struct der from, int *ret_number)
{
	struct der bytes;
	int number = 0;

	if (!der_unsigned(&from, &bytes) || from.left)
		return false;
	for (; bytes.left; bytes.at++, bytes.left--) {
		if (number > INT_MAX >> 8)
			return false;
		number = number << 8 | *bytes.at;
	}
	*ret_number = number;
	return true;
}

bool pss_read(struct der parameters, struct pss *ret_pss)
{
	struct der fields, field, rest;
	int number, trailer = 1;

	*ret_pss = (struct pss){ .restricted = true, .digest = "SHA1", .mask_digest = "SHA1", .least_salt = 20 };
	if (!parameters.left) {
		ret_pss->restricted = false;
		return true;
	}
	if (!der_enter(&parameters, DER_SEQUENCE, &fields) || parameters.left)
		return false;
	if (der_enter(&fields, DER_CONTEXT_0, &field))
		ret_pss->digest = algorithm_name(field, &number, &rest);
	if (der_enter(&fields, DER_CONTEXT_1, &field) && !read_mask(field, ret_pss))
		return false;
	if (der_enter(&fields, DER_CONTEXT_2, &field) && !read_number(field, &ret_pss->least_salt))
		return false;
	if (der_enter(&fields, DER_CONTEXT_3, &field) && !read_number(field, &trailer))
		return false;
	return ret_pss->digest && trailer == 1 && !fields.left;
}

size_t pss_parameters(const struct pss *pss, OSSL_PARAM *parameters)
{
	if (!pss->restricted)
		return 0;
	parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_RSA_DIGEST, (char *)pss->digest, 0);
	parameters[1] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_RSA_MASKGENFUNC, (char *)"MGF1", 0);
	parameters[2] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_RSA_MGF1_DIGEST, (char *)pss->mask_digest, 0);
	parameters[3] = OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_RSA_PSS_SALTLEN, (int *)&pss->least_salt);
	return PSS_PARAMETERS;
}
