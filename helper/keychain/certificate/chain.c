// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/certificate/chain.h"

#include "helper/keychain/certificate/certificate_parse.h"

static bool has(STACK_OF(X509) *chain, const X509 *certificate)
{
	for (int number = 0; number < sk_X509_num(chain); number++)
		if (!X509_cmp(sk_X509_value(chain, number), certificate))
			return true;
	return false;
}

/* Puts the issuers of @certificate that are not there yet at the end. */
static void add_issuers(chain_find find, void *context, STACK_OF(X509) *chain, const X509 *certificate)
{
	struct value *issuer = certificate_name(X509_get_issuer_name(certificate));
	struct value *found = issuer ? find(context, issuer) : NULL;

	for (size_t number = 0; number < value_count(found) && sk_X509_num(chain) < CHAIN_MAX;
	     number++) {
		size_t length;
		const void *der = value_bytes(value_at(found, number), &length);
		X509 *parsed = certificate_parse(der, length);

		if (parsed && (has(chain, parsed) || !sk_X509_push(chain, parsed)))
			X509_free(parsed);
	}
	value_free(found);
	value_free(issuer);
}

STACK_OF(X509) *chain_above(chain_find find, void *context, X509 *certificate)
{
	STACK_OF(X509) *chain = sk_X509_new_null();

	if (!chain || !find)
		return chain;
	add_issuers(find, context, chain, certificate);
	for (int number = 0; number < sk_X509_num(chain); number++)
		add_issuers(find, context, chain, sk_X509_value(chain, number));
	return chain;
}
