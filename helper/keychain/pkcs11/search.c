// SPDX-License-Identifier: LGPL-2.1-or-later
#include "search.h"

#include <stdlib.h>
#include <string.h>

#include "attribute.h"

/* The part of a reference that tells items of all classes apart; the class is in front of it. */
#define CLASS_CODE	4

#define ID_AT_MOST	4096	/* bytes that a query is narrowed by */

struct search {
	const CK_ATTRIBUTE *template;
	CK_ULONG template_count;
	CK_OBJECT_CLASS class;		/* CK_UNAVAILABLE_INFORMATION: any */
	struct der id;
	struct keychain_items *certificates, *public_keys, *private_keys, *locked;
	CK_OBJECT_HANDLE *found;
	size_t count, capacity;
};

static const CK_ATTRIBUTE *wanted(const struct search *search, CK_ATTRIBUTE_TYPE type)
{
	for (CK_ULONG i = 0; i < search->template_count; i++)
		if (search->template[i].type == type)
			return &search->template[i];
	return NULL;
}

static void read_template(struct search *search)
{
	const CK_ATTRIBUTE *class = wanted(search, CKA_CLASS), *id = wanted(search, CKA_ID);

	search->class = CK_UNAVAILABLE_INFORMATION;
	if (class && class->ulValueLen == sizeof(search->class))
		memcpy(&search->class, class->pValue, sizeof(search->class));
	/* A longer one is no item's, and no query may have it. */
	if (id && id->ulValueLen <= ID_AT_MOST)
		search->id = der_of(id->pValue, id->ulValueLen);
}

static bool wants(const struct search *search, CK_OBJECT_CLASS class)
{
	return search->class == class || search->class == CK_UNAVAILABLE_INFORMATION;
}

static CK_RV append(struct search *search, CK_OBJECT_HANDLE handle)
{
	CK_OBJECT_HANDLE *more;

	if (search->count == search->capacity) {
		more = reallocarray(search->found, search->capacity * 2 + 16, sizeof(*more));
		if (!more)
			return CKR_HOST_MEMORY;
		search->found = more;
		search->capacity = search->capacity * 2 + 16;
	}
	search->found[search->count++] = handle;
	return CKR_OK;
}

/* Takes what @facts own. */
static CK_RV consider(struct search *search, struct facts *facts)
{
	CK_OBJECT_HANDLE handle;
	bool matches = false;
	CK_RV rv = CKR_OK;

	if (wants(search, facts->object.class))
		rv = attribute_match(facts, search->template, search->template_count, &matches);
	if (rv == CKR_OK && matches)
		rv = object_handle(&facts->object, &handle);
	if (rv == CKR_OK && matches)
		rv = append(search, handle);
	facts_release(facts);
	return rv;
}

/* Whether item @index or one after it has the id. */
static bool has_id(const struct keychain_items *items, enum keychain_attribute attribute, struct der id)
{
	for (size_t i = 0; id.left && items && i < keychain_items_count(items); i++)
		if (der_is(token_data(items, i, attribute), id.at, id.left))
			return true;
	return false;
}

/* Without a public item of its own it is a public key as well. */
static CK_RV consider_pair(struct search *search, const struct facts *private)
{
	struct facts facts = *private;
	CK_RV rv = consider(search, &facts);

	if (rv != CKR_OK || has_id(search->public_keys, KEYCHAIN_APPLICATION_LABEL, private->id))
		return rv;
	facts = *private;
	facts.object.class = CKO_PUBLIC_KEY;
	return consider(search, &facts);
}

static CK_RV each_certificate(struct search *search)
{
	CK_RV rv = CKR_OK;
	struct facts facts;

	for (size_t i = 0; rv == CKR_OK && search->certificates && i < keychain_items_count(search->certificates); i++) {
		facts_of_certificate(search->certificates, i, &facts);
		if (facts.certificate.left)
			rv = consider(search, &facts);
	}
	return rv;
}

static CK_RV each_public_key(struct search *search)
{
	CK_RV rv = CKR_OK;
	struct facts facts;

	for (size_t i = 0; rv == CKR_OK && search->public_keys && i < keychain_items_count(search->public_keys); i++) {
		facts_of_key(search->public_keys, i, CKO_PUBLIC_KEY, SOURCE_PUBLIC_KEY, &facts);
		if (facts.type != CK_UNAVAILABLE_INFORMATION)
			rv = consider(search, &facts);
	}
	return rv;
}

static CK_RV each_private_key(struct search *search)
{
	CK_RV rv = CKR_OK;
	struct facts facts;

	for (size_t i = 0; rv == CKR_OK && search->private_keys && i < keychain_items_count(search->private_keys); i++) {
		facts_of_key(search->private_keys, i, CKO_PRIVATE_KEY, SOURCE_PRIVATE_KEY, &facts);
		if (facts.type != CK_UNAVAILABLE_INFORMATION)
			rv = consider_pair(search, &facts);
	}
	return rv;
}

/* The facts of the certificate of a locked identity. False: it is not there any more. */
static bool certificate_of(const struct search *search, size_t number, struct facts *ret_facts)
{
	const uint8_t *identity = keychain_items_locked_reference(search->locked, number), *other;

	for (size_t i = 0; identity && search->certificates && i < keychain_items_count(search->certificates); i++) {
		other = keychain_items_reference(search->certificates, i);
		if (!other || memcmp(identity + CLASS_CODE, other + CLASS_CODE, KEYCHAIN_REFERENCE_SIZE - CLASS_CODE))
			continue;
		facts_of_certificate(search->certificates, i, ret_facts);
		return true;
	}
	return false;
}

/* A renewed certificate has the same key. */
static bool was_before(const struct search *search, size_t number, struct der id)
{
	struct facts facts;

	for (size_t i = 0; i < number; i++)
		if (certificate_of(search, i, &facts) && der_is(facts.id, id.at, id.left))
			return true;
	return false;
}

static CK_RV each_locked(struct search *search)
{
	struct facts certificate, facts;
	CK_RV rv = CKR_OK;

	for (size_t i = 0; rv == CKR_OK && search->locked && i < keychain_items_locked_count(search->locked); i++) {
		if (!certificate_of(search, i, &certificate) ||
		    has_id(search->private_keys, KEYCHAIN_APPLICATION_LABEL, certificate.id) || was_before(search, i, certificate.id))
			continue;
		facts_of_locked(&certificate, keychain_items_locked_reference(search->locked, i), CKO_PRIVATE_KEY, &facts);
		if (facts.type != CK_UNAVAILABLE_INFORMATION)
			rv = consider_pair(search, &facts);
	}
	return rv;
}

/* Asks the keychain for what the template may match, and no more. */
static CK_RV ask(struct search *search)
{
	bool keys = wants(search, CKO_PRIVATE_KEY) || wants(search, CKO_PUBLIC_KEY);
	CK_RV rv = CKR_OK;

	if (keys)
		rv = token_find(TOKEN_PRIVATE_KEYS, search->id, &search->private_keys);
	if (rv == CKR_OK && wants(search, CKO_PUBLIC_KEY))
		rv = token_find(TOKEN_PUBLIC_KEYS, search->id, &search->public_keys);
	if (rv == CKR_OK && keys && (!search->private_keys || keychain_items_withheld(search->private_keys)))
		rv = token_find(TOKEN_LOCKED_IDENTITIES, search->id, &search->locked);
	if (rv == CKR_OK && (wants(search, CKO_CERTIFICATE) || (search->locked && keychain_items_locked_count(search->locked))))
		rv = token_find(TOKEN_CERTIFICATES, search->id, &search->certificates);
	return rv;
}

CK_RV search_run(const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE **ret_found, size_t *ret_count)
{
	struct search search = { .template = template, .template_count = count };
	CK_RV rv;

	read_template(&search);
	search.found = calloc(1, sizeof(*search.found));
	search.capacity = 1;
	rv = search.found ? ask(&search) : CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = each_certificate(&search);
	if (rv == CKR_OK)
		rv = each_public_key(&search);
	if (rv == CKR_OK)
		rv = each_private_key(&search);
	if (rv == CKR_OK)
		rv = each_locked(&search);
	keychain_items_free(search.certificates);
	keychain_items_free(search.public_keys);
	keychain_items_free(search.private_keys);
	keychain_items_free(search.locked);
	if (rv != CKR_OK) {
		free(search.found);
		return rv;
	}
	*ret_found = search.found;
	*ret_count = search.count;
	return CKR_OK;
}
