// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetch.h"

#include <openssl/x509.h>

#include "helper/common/registers.h"
#include "private_key.h"
#include "token.h"

CK_RV fetch_key(const struct object *object, EVP_PKEY **ret_key, CK_KEY_TYPE *ret_type)
{
	CRYPTO_ERRORS_FORGOTTEN;
	struct keychain_items *items = NULL;
	CK_RV rv = token_read(object->reference, true, &items);

	if (rv == CKR_OK)
		rv = private_key_load(token_secret(items, 0), ret_key, ret_type);
	/* Wipes what came; libcrypto's numbers are wiped with the key. */
	keychain_items_free(items);
	clear_vector_registers();
	return rv;
}

CK_RV fetch_public_half(const struct object *object, unsigned char **ret_bytes, size_t *ret_length)
{
	CRYPTO_ERRORS_FORGOTTEN;
	EVP_PKEY *key CLEANUP(free_pkey) = NULL;
	unsigned char *bytes = NULL;
	CK_KEY_TYPE type;
	CK_RV rv = fetch_key(object, &key, &type);
	int length;

	if (rv != CKR_OK)
		return rv;
	length = i2d_PUBKEY(key, &bytes);
	clear_vector_registers();
	if (length <= 0)
		return CKR_HOST_MEMORY;
	*ret_bytes = bytes;
	*ret_length = (size_t)length;
	return CKR_OK;
}
