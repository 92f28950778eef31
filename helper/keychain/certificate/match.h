/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The m_ keys of a query that look into a certificate. The class of the item (cert or idnt, else
 * errSecUnimplemented) is the caller's to check.
 *
 *	m_Issuers		array of data: names, with or without the outer SEQUENCE; one of them
 *				is the issuer of the certificate or of a certificate above it
 *	m_EmailAddressIfPresent	string: the certificate has this address, or has none
 *	m_SubjectContains, m_SubjectStartsWith, m_SubjectEndsWith, m_SubjectWholeString
 *				string: part of the label that is inferred from the subject
 *	m_CaseInsensitive	boolean: for the subject; of ASCII letters
 *	m_ValidOnDate		date, its text, or seconds since 1970; null: now
 *	m_Policy		string: any, ssl-server, ssl-client, smime, code-signing, or an
 *				extended key usage in dots
 *	m_TrustedOnly		boolean: a chain to the machine's CA certificates verifies
 */
#ifndef KEYCHAIN_CERTIFICATE_MATCH_H
#define KEYCHAIN_CERTIFICATE_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/keychain/base/value.h"

struct match_context {
	/*
	 * Certificates of the caller with this subject (normal form): an array of data, or NULL.
	 * They are what a chain is continued with. May be NULL: then only the certificate itself is
	 * looked at.
	 */
	struct value *(*find_by_subject)(void *context, const struct value *subject);
	void *context;
	/* File with CA certificates in PEM; NULL: the machine's. */
	const char *roots;
};

/* Whether @key is one of the above. */
bool match_key_known(const char *key);

/* errSecSuccess or errSecParam, the latter for a value of the wrong kind or an unknown policy. */
int match_check(const char *key, const struct value *value);

/*
 * Whether the certificate meets all of the above that @query, a checked dictionary, has; other keys
 * are not looked at. What is no certificate meets nothing. Returns errSecSuccess or errSecAllocate.
 */
int match_certificate(const struct match_context *context, const void *der, size_t length,
		      const struct value *query, bool *ret_matches);

#endif
