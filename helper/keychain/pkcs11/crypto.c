// SPDX-License-Identifier: LGPL-2.1-or-later
#include "crypto.h"

static OSSL_LIB_CTX *context;

OSSL_LIB_CTX *crypto_context(void)
{
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
