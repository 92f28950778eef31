// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crypto.h"

#include <openssl/objects.h>

static OSSL_LIB_CTX *context;

OSSL_LIB_CTX *crypto_context(void)
{
	CRYPTO_ERRORS_FORGOTTEN;

	if (!context)
		context = OSSL_LIB_CTX_new();
	return context;
}

void crypto_close(void)
{
	OSSL_LIB_CTX_free(context);
	context = NULL;
}

void crypto_abandon(void)
{
	context = NULL;
}

const char *crypto_object_name(struct der identifier, int *ret_number)
{
	const unsigned char *at = identifier.at;
	ASN1_OBJECT *object = d2i_ASN1_OBJECT(NULL, &at, (long)identifier.left);

	*ret_number = object && at == identifier.at + identifier.left ? OBJ_obj2nid(object) : NID_undef;
	ASN1_OBJECT_free(object);
	return *ret_number == NID_undef ? NULL : OBJ_nid2sn(*ret_number);
}
