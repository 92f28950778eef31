// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "helper/keychain/certificate/policy.h"

#define MAX_IDENTIFIER 128

static const struct {
	const char *name;
	const char *usage;	/* NULL: none is asked for */
	int purpose;		/* of libcrypto, 0: usage alone */
} policies[] = {
	{ "any", NULL, 0 },
	{ "ssl-server", "1.3.6.1.5.5.7.3.1", X509_PURPOSE_SSL_SERVER },
	{ "ssl-client", "1.3.6.1.5.5.7.3.2", X509_PURPOSE_SSL_CLIENT },
	{ "code-signing", "1.3.6.1.5.5.7.3.3", 0 },
	{ "smime", "1.3.6.1.5.5.7.3.4", X509_PURPOSE_SMIME_SIGN },
};

static ASN1_OBJECT *identifier(const char *dots)
{
	ASN1_OBJECT *object;

	if (strlen(dots) > MAX_IDENTIFIER || strspn(dots, "0123456789.") != strlen(dots) ||
	    strstr(dots, ".."))
		return NULL;
	object = OBJ_txt2obj(dots, 1);
	ERR_clear_error();
	return object;
}

bool policy_known(const char *policy)
{
	ASN1_OBJECT *object;

	for (size_t number = 0; number < sizeof(policies) / sizeof(*policies); number++)
		if (!strcmp(policies[number].name, policy))
			return true;
	object = identifier(policy);
	ASN1_OBJECT_free(object);
	return object != NULL;
}

static bool usage_allowed(X509 *certificate, const char *dots)
{
	EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
	ASN1_OBJECT *wanted = identifier(dots);
	bool allowed = !usages && X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1) < 0;

	for (int number = 0; wanted && !allowed && number < sk_ASN1_OBJECT_num(usages); number++) {
		const ASN1_OBJECT *usage = sk_ASN1_OBJECT_value(usages, number);

		allowed = !OBJ_cmp(usage, wanted) || OBJ_obj2nid(usage) == NID_anyExtendedKeyUsage;
	}
	ASN1_OBJECT_free(wanted);
	EXTENDED_KEY_USAGE_free(usages);
	ERR_clear_error();
	return allowed;
}

bool policy_allows(X509 *certificate, const char *policy)
{
	for (size_t number = 0; number < sizeof(policies) / sizeof(*policies); number++) {
		if (strcmp(policies[number].name, policy))
			continue;
		if (policies[number].usage && !usage_allowed(certificate, policies[number].usage))
			return false;
		return !policies[number].purpose ||
		       X509_check_purpose(certificate, policies[number].purpose, 0) == 1;
	}
	return usage_allowed(certificate, policy);
}
