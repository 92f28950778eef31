// SPDX-License-Identifier: LGPL-2.1-or-later
#include "search.h"

#include <stdlib.h>
#include <string.h>

#include "attribute.h"
#include "der_index.h"

/* The part of a reference that tells items of all classes apart; the class is in front of it. */
#define CLASS_CODE	4

#define ID_AT_MOST	4096	/* bytes that a query is narrowed by */

struct search {
	const CK_ATTRIBUTE *template;
	CK_ULONG template_count;
	CK_OBJECT_CLASS class;		/* CK_UNAVAILABLE_INFORMATION: any */
	struct der id;
	struct keychain_items *certificates, *public_keys, *private_keys, *locked;
	/* Keys of both kinds and certificates of locked keys by their ids, certificates by their references. */
	struct der_index public_ids, private_ids, locked_ids, references;
	CK_OBJECT_HANDLE *found;
	size_t count, capacity;
};

static size_t count_of(const struct keychain_items *items)
{
	return items ? keychain_items_count(items) : 0;
}

static size_t locked_count(const struct search *search)
{
	return search->locked ? keychain_items_locked_count(search->locked) : 0;
}

/* The part of a reference that is the same for a certificate and its identity. */
static struct der tail(const uint8_t *reference)
{
	return reference ? der_of(reference + CLASS_CODE, KEYCHAIN_REFERENCE_SIZE - CLASS_CODE) : DER_NONE;
}

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

static bool has(const struct der_index *index, struct der id)
{
	return id.left && der_index_find(index, id) != DER_INDEX_ABSENT;
}

/* Without a public item of its own it is a public key as well. */
static CK_RV consider_pair(struct search *search, const struct facts *private)
{
	struct facts facts = *private;
	CK_RV rv = consider(search, &facts);

	if (rv != CKR_OK || has(&search->public_ids, private->id))
		return rv;
	facts = *private;
	facts.object.class = CKO_PUBLIC_KEY;
	return consider(search, &facts);
}

static CK_RV each_certificate(struct search *search)
{
	CK_RV rv = CKR_OK;
	struct facts facts;

	for (size_t i = 0; rv == CKR_OK && i < count_of(search->certificates); i++) {
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

	for (size_t i = 0; rv == CKR_OK && i < count_of(search->public_keys); i++) {
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

	for (size_t i = 0; rv == CKR_OK && i < count_of(search->private_keys); i++) {
		facts_of_key(search->private_keys, i, CKO_PRIVATE_KEY, SOURCE_PRIVATE_KEY, &facts);
		if (facts.type != CK_UNAVAILABLE_INFORMATION)
			rv = consider_pair(search, &facts);
	}
	return rv;
}

/* The facts of the certificate of a locked identity. False: it is not there any more. */
static bool certificate_of(const struct search *search, size_t number, struct facts *ret_facts)
{
	struct der identity = tail(keychain_items_locked_reference(search->locked, number));
	size_t certificate = der_index_find(&search->references, identity);

	if (certificate == DER_INDEX_ABSENT)
		return false;
	facts_of_certificate(search->certificates, certificate, ret_facts);
	return true;
}

/* A key that is not locked after all, or was told of before: a renewed certificate has the same key. */
static bool is_known(const struct search *search, size_t number, struct der id)
{
	return has(&search->private_ids, id) || (id.left && der_index_find(&search->locked_ids, id) != number);
}

static CK_RV each_locked(struct search *search)
{
	struct facts certificate, facts;
	CK_RV rv = CKR_OK;

	for (size_t i = 0; rv == CKR_OK && i < locked_count(search); i++) {
		if (!certificate_of(search, i, &certificate) || is_known(search, i, certificate.id))
			continue;
		facts_of_locked(&certificate, keychain_items_locked_reference(search->locked, i), CKO_PRIVATE_KEY, &facts);
		if (facts.type != CK_UNAVAILABLE_INFORMATION)
			rv = consider_pair(search, &facts);
	}
	return rv;
}

static struct der key_id(const void *items, size_t number)
{
	return token_data(items, number, KEYCHAIN_APPLICATION_LABEL);
}

static struct der certificate_reference(const void *items, size_t number)
{
	return tail(keychain_items_reference(items, number));
}

static struct der locked_id(const void *search, size_t number)
{
	struct facts certificate;

	return certificate_of(search, number, &certificate) ? certificate.id : DER_NONE;
}

/* Sorts what was found, so that nothing below goes over all for each one. */
static CK_RV sort(struct search *search)
{
	bool made = der_index_make(&search->public_ids, count_of(search->public_keys), key_id, search->public_keys) &&
		    der_index_make(&search->private_ids, count_of(search->private_keys), key_id, search->private_keys) &&
		    der_index_make(&search->references, count_of(search->certificates), certificate_reference, search->certificates) &&
		    der_index_make(&search->locked_ids, locked_count(search), locked_id, search);

	return made ? CKR_OK : CKR_HOST_MEMORY;
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
	if (rv == CKR_OK && (wants(search, CKO_CERTIFICATE) || locked_count(search)))
		rv = token_find(TOKEN_CERTIFICATES, search->id, &search->certificates);
	return rv;
}

/* Frees answers and indexes; not the handles that were found. */
static void release(struct search *search)
{
	der_index_free(&search->public_ids);
	der_index_free(&search->private_ids);
	der_index_free(&search->locked_ids);
	der_index_free(&search->references);
	keychain_items_free(search->certificates);
	keychain_items_free(search->public_keys);
	keychain_items_free(search->private_keys);
	keychain_items_free(search->locked);
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
		rv = sort(&search);
	if (rv == CKR_OK)
		rv = each_certificate(&search);
	if (rv == CKR_OK)
		rv = each_public_key(&search);
	if (rv == CKR_OK)
		rv = each_private_key(&search);
	if (rv == CKR_OK)
		rv = each_locked(&search);
	release(&search);
	if (rv != CKR_OK) {
		free(search.found);
		return rv;
	}
	*ret_found = search.found;
	*ret_count = search.count;
	return CKR_OK;
}
