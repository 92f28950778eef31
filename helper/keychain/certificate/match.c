// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/certificate/match.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/err.h>

#include "helper/keychain/base/json_date.h"
#include "helper/keychain/certificate/certificate_parse.h"
#include "helper/keychain/certificate/chain.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/name.h"
#include "helper/keychain/certificate/name_text.h"
#include "helper/keychain/certificate/policy.h"
#include "helper/keychain/certificate/trust.h"
#include "helper/keychain/include/keychain-status.h"

enum place {
	PLACE_ANYWHERE,
	PLACE_START,
	PLACE_END,
	PLACE_WHOLE,
};

static const struct {
	const char *key;
	enum value_kind kind;
	enum place place;	/* of the subject keys */
} keys[] = {
	{ "m_Issuers", VALUE_ARRAY, 0 },
	{ "m_EmailAddressIfPresent", VALUE_STRING, 0 },
	{ "m_ValidOnDate", VALUE_DATE, 0 },
	{ "m_Policy", VALUE_STRING, 0 },
	{ "m_TrustedOnly", VALUE_BOOLEAN, 0 },
	{ "m_CaseInsensitive", VALUE_BOOLEAN, 0 },
	/* Keys of subjects. */
	{ "m_SubjectContains", VALUE_STRING, PLACE_ANYWHERE },
	{ "m_SubjectStartsWith", VALUE_STRING, PLACE_START },
	{ "m_SubjectEndsWith", VALUE_STRING, PLACE_END },
	{ "m_SubjectWholeString", VALUE_STRING, PLACE_WHOLE },
};
#define KEYS (sizeof(keys) / sizeof(*keys))
#define FIRST_SUBJECT 6

bool match_key_known(const char *key)
{
	for (size_t number = 0; number < KEYS; number++)
		if (!strcmp(keys[number].key, key))
			return true;
	return false;
}

int match_check(const char *key, const struct value *value)
{
	int64_t milliseconds;

	if (!strcmp(key, "m_ValidOnDate"))
		return value_is(value, VALUE_NULL) || json_date_of(value, &milliseconds)
			       ? errSecSuccess : errSecParam;
	for (size_t number = 0; number < KEYS; number++)
		if (!strcmp(keys[number].key, key) && !value_is(value, keys[number].kind))
			return errSecParam;
	for (size_t number = 0; value_is(value, VALUE_ARRAY) && number < value_count(value);
	     number++)
		if (!value_is(value_at(value, number), VALUE_DATA))
			return errSecParam;
	if (!strcmp(key, "m_Policy") && (!value_as_name(value) ||
					 !policy_known(value_as_name(value))))
		return errSecParam;
	return errSecSuccess;
}

/* A name may have a NUL inside, and letters are those of ASCII whatever the locale. */
static char lower(char character)
{
	return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
}

static bool same_bytes(const char *a, const char *b, size_t length, bool fold)
{
	for (size_t i = 0; fold && i < length; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return fold || !memcmp(a, b, length);
}

static bool text_matches(const char *text, size_t length, const char *part, size_t part_length,
			 enum place place, bool fold)
{
	size_t last = length - part_length;
	size_t first = place == PLACE_END ? last : 0;

	if (part_length > length || (place == PLACE_WHOLE && last))
		return false;
	if (place == PLACE_START)
		last = 0;
	for (size_t at = first; at <= last; at++)
		if (same_bytes(text + at, part, part_length, fold))
			return true;
	return false;
}

static bool subject_matches(const X509 *certificate, const struct value *query)
{
	bool fold = value_as_boolean(value_get(query, "m_CaseInsensitive"));
	struct value *summary = NULL;
	bool matches = true, asked = false;

	for (size_t number = FIRST_SUBJECT; matches && number < KEYS; number++) {
		const struct value *wanted = value_get(query, keys[number].key);
		size_t length, part_length;
		const char *text, *part = value_bytes(wanted, &part_length);

		if (!wanted)
			continue;
		if (!asked)
			summary = subject_summary(certificate);
		asked = true;
		text = value_bytes(summary, &length);
		matches = text &&
			  text_matches(text, length, part, part_length, keys[number].place, fold);
	}
	value_free(summary);
	return matches;
}

struct address {
	const char *text;
	size_t length;
	bool any;		/* there was one */
};

static bool is_address(void *context, const char *text, size_t length)
{
	struct address *wanted = context;

	wanted->any = true;
	return length == wanted->length && same_bytes(text, wanted->text, length, true);
}

static bool email_matches(const X509 *certificate, const struct value *wanted)
{
	struct address address = { 0 };

	if (!wanted)
		return true;
	address.text = value_bytes(wanted, &address.length);
	return subject_any_email(certificate, is_address, &address) || !address.any;
}

/* The time that validity is asked for; now without one. */
static time_t asked_time(const struct value *query)
{
	int64_t milliseconds;

	return json_date_of(value_get(query, "m_ValidOnDate"), &milliseconds)
		       ? (time_t)(milliseconds / 1000) : time(NULL);
}

static bool valid(const X509 *certificate, const struct value *query)
{
	time_t when = asked_time(query);

	if (!value_get(query, "m_ValidOnDate"))
		return true;
	/* The functions answer 0 for a time that cannot be read, and never for equal ones. */
	return X509_cmp_time(X509_get0_notBefore(certificate), &when) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(certificate), &when) > 0;
}

/*
 * Whether the certificate's issuer is one of the names in normal form; NULL does not occur in them.
 */
static bool issued_by(const X509 *certificate, const struct value *names)
{
	struct value *issuer = certificate_name(X509_get_issuer_name(certificate));
	bool found = false;

	for (size_t number = 0; issuer && !found && number < value_count(names); number++)
		found = value_equal(value_at(names, number), issuer);
	value_free(issuer);
	return found;
}

static struct value *normalised(const struct value *names)
{
	struct value *result = value_array();

	for (size_t number = 0; result && number < value_count(names); number++) {
		size_t length;
		const void *bytes = value_bytes(value_at(names, number), &length);

		if (value_append(result, name_normalise(bytes, length))) {
			value_free(result);
			return NULL;
		}
	}
	return result;
}

static bool issuers_match(const X509 *certificate, STACK_OF(X509) *chain, const struct value *names)
{
	bool found = issued_by(certificate, names);

	for (int number = 0; !found && number < sk_X509_num(chain); number++)
		found = issued_by(sk_X509_value(chain, number), names);
	return found;
}

/* Matches that look above the certificate. */
static int chain_matches(const struct match_context *context, X509 *certificate,
			 const struct value *query, bool *ret_matches)
{
	const struct value *issuers = value_get(query, "m_Issuers");
	bool trusted_only = value_as_boolean(value_get(query, "m_TrustedOnly"));
	struct value *names = NULL;
	STACK_OF(X509) *chain;

	if (!issuers && !trusted_only)
		return errSecSuccess;
	chain = chain_above(context->find_by_subject, context->context, certificate);
	if (issuers)
		names = normalised(issuers);
	if (!chain || (issuers && !names)) {
		sk_X509_pop_free(chain, X509_free);
		value_free(names);
		return errSecAllocate;
	}
	if (issuers)
		*ret_matches = issuers_match(certificate, chain, names);
	if (trusted_only && *ret_matches)
		*ret_matches = trust_verify(certificate, chain,
					    context->roots ? context->roots : TRUST_ROOTS,
					    asked_time(query));
	sk_X509_pop_free(chain, X509_free);
	value_free(names);
	return errSecSuccess;
}

int match_certificate(const struct match_context *context, const void *der, size_t length,
		      const struct value *query, bool *ret_matches)
{
	X509 *certificate CLEANUP(free_x509) = certificate_parse(der, length);
	const struct value *policy = value_get(query, "m_Policy");

	*ret_matches = certificate && subject_matches(certificate, query) &&
		       email_matches(certificate, value_get(query, "m_EmailAddressIfPresent")) &&
		       valid(certificate, query) &&
		       (!policy || policy_allows(certificate, value_as_string(policy)));
	ERR_clear_error();
	return *ret_matches ? chain_matches(context, certificate, query, ret_matches)
			    : errSecSuccess;
}
