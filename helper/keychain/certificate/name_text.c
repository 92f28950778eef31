// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <openssl/objects.h>

#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/name_text.h"

/* The last attribute of the kind, the most specific one, as UTF-8. */
static struct value *attribute(const X509_NAME *name, int kind)
{
	unsigned char *text CLEANUP(free_bytes) = NULL;
	int at = -1, last = -1, length;

	while ((at = X509_NAME_get_index_by_NID(name, kind, at)) >= 0)
		last = at;
	if (last < 0)
		return NULL;
	/* Fails on text that is not what its type says. */
	length = ASN1_STRING_to_UTF8(&text,
				     X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
	return length > 0 ? value_string_of((const char *)text, (size_t)length) : NULL;
}

static bool printable(const ASN1_STRING *string)
{
	const unsigned char *text = ASN1_STRING_get0_data(string);
	int length = ASN1_STRING_length(string);

	for (int at = 0; at < length; at++) {
		if (text[at] <= ' ' || text[at] > '~')
			return false;
	}
	return length > 0;
}

/* Visits the alternative names of a kind; ASN1_STRING of e-mail addresses and DNS names is IA5. */
static bool any_alternative(const X509 *certificate, int kind,
			    bool (*visit)(void *context, const char *text, size_t length),
			    void *context)
{
	GENERAL_NAMES *names CLEANUP(free_general_names) =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

	for (int number = 0; number < sk_GENERAL_NAME_num(names); number++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, number);

		if (name->type == kind && printable(name->d.ia5) &&
		    visit(context, (const char *)ASN1_STRING_get0_data(name->d.ia5),
			  (size_t)ASN1_STRING_length(name->d.ia5)))
			return true;
	}
	return false;
}

/* Not X509_get1_email(), which sorts what it has found anew for each address. */
bool subject_any_email(const X509 *certificate,
		       bool (*visit)(void *context, const char *text, size_t length), void *context)
{
	const X509_NAME *subject = X509_get_subject_name(certificate);
	int at = -1;

	while ((at = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, at)) >= 0) {
		const ASN1_STRING *text = X509_NAME_ENTRY_get_data(
			X509_NAME_get_entry(subject, at));

		if (printable(text) && visit(context, (const char *)ASN1_STRING_get0_data(text),
					     (size_t)ASN1_STRING_length(text)))
			return true;
	}
	return any_alternative(certificate, GEN_EMAIL, visit, context);
}

static bool take(void *context, const char *text, size_t length)
{
	*(struct value **)context = value_string_of(text, length);
	return true;
}

struct value *subject_summary(const X509 *certificate)
{
	static const int kinds[] = { NID_commonName, NID_organizationalUnitName,
				     NID_organizationName };
	const X509_NAME *subject = X509_get_subject_name(certificate);
	struct value *summary = NULL;

	for (size_t number = 0; !summary && number < sizeof(kinds) / sizeof(*kinds); number++)
		summary = attribute(subject, kinds[number]);
	if (!summary)
		subject_any_email(certificate, take, &summary);
	if (!summary)
		any_alternative(certificate, GEN_DNS, take, &summary);
	return summary;
}
