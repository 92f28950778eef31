// SPDX-License-Identifier: LGPL-2.1-or-later
#include "facts.h"

#include <string.h>

#include "fetch.h"
#include "helper/keychain/certificate/key_type.h"

static struct der text(const struct keychain_items *items, size_t index, enum keychain_attribute attribute)
{
	size_t length = 0;
	const char *bytes = keychain_items_text(items, index, attribute, &length);

	return der_of(bytes, length);
}

static void set_reference(struct object *object, const uint8_t *reference)
{
	if (reference)
		memcpy(object->reference, reference, sizeof(object->reference));
}

void facts_of_certificate(const struct keychain_items *items, size_t index, struct facts *ret_facts)
{
	struct certificate_parts parts;

	*ret_facts = (struct facts){
		.object = { .class = CKO_CERTIFICATE, .source = SOURCE_CERTIFICATE },
		.label = text(items, index, KEYCHAIN_LABEL),
		.id = token_data(items, index, KEYCHAIN_PUBLIC_KEY_HASH),
		.certificate = token_secret(items, index),
		.type = CK_UNAVAILABLE_INFORMATION,
	};
	set_reference(&ret_facts->object, keychain_items_reference(items, index));
	if (certificate_parts_read(ret_facts->certificate, &parts))
		ret_facts->half = parts.info;
}

static CK_KEY_TYPE type_by_item(int64_t type)
{
	switch (type) {
	case KEY_TYPE_RSA:
		return CKK_RSA;
	case KEY_TYPE_EC:
		return CKK_EC;
	case KEY_TYPE_ED25519:
	case KEY_TYPE_ED448:
		return CKK_EC_EDWARDS;
	default:
		return CK_UNAVAILABLE_INFORMATION;
	}
}

void facts_of_key(const struct keychain_items *items, size_t index, CK_OBJECT_CLASS class, enum object_source source, struct facts *ret_facts)
{
	*ret_facts = (struct facts){
		.object = { .class = class, .source = source },
		.label = text(items, index, KEYCHAIN_LABEL),
		.id = token_data(items, index, KEYCHAIN_APPLICATION_LABEL),
		.type = type_by_item(keychain_items_number(items, index, KEYCHAIN_TYPE)),
		.bits = (CK_ULONG)keychain_items_number(items, index, KEYCHAIN_KEY_SIZE),
		.signs = keychain_items_boolean(items, index, KEYCHAIN_CAN_SIGN),
		.decrypts = keychain_items_boolean(items, index, KEYCHAIN_CAN_DECRYPT),
	};
	set_reference(&ret_facts->object, keychain_items_reference(items, index));
	if (source == SOURCE_PRIVATE_KEY && ret_facts->id.left == OBJECT_HASH_SIZE)
		memcpy(ret_facts->object.key_hash, ret_facts->id.at, OBJECT_HASH_SIZE);
	if (source == SOURCE_PUBLIC_KEY)
		ret_facts->half = token_secret(items, index);
}

void facts_of_locked(const struct facts *certificate, const uint8_t reference[KEYCHAIN_REFERENCE_SIZE], CK_OBJECT_CLASS class,
		     struct facts *ret_facts)
{
	struct public_half half;

	*ret_facts = (struct facts){
		.object = { .class = class, .source = SOURCE_IDENTITY },
		.locked = true,
		.label = certificate->label,
		.id = certificate->id,
		.certificate = certificate->certificate,
		.half = certificate->half,
		.type = CK_UNAVAILABLE_INFORMATION,
	};
	set_reference(&ret_facts->object, reference);
	if (!public_half_read(ret_facts->half, &half))
		return;
	ret_facts->type = half.type;
	ret_facts->signs = true;
	ret_facts->decrypts = half.type == CKK_RSA;
}

/* The certificate of a key: of an identity, whose references differ in the class alone, or by the hash of the public key. */
static CK_RV read_certificate_of(const struct object *object, struct keychain_items **ret_items)
{
	static const uint8_t unknown[OBJECT_HASH_SIZE];
	uint8_t reference[KEYCHAIN_REFERENCE_SIZE];

	if (object->source == SOURCE_IDENTITY) {
		memcpy(reference, object->reference, sizeof(reference));
		memcpy(reference, "cert", 4);
		return token_read(reference, true, ret_items);
	}
	if (!memcmp(object->key_hash, unknown, sizeof(unknown)))
		return CKR_OBJECT_HANDLE_INVALID;
	return token_find_one(TOKEN_CERTIFICATES, der_of(object->key_hash, sizeof(object->key_hash)), ret_items);
}

/* While the key is locked its certificate tells what it is. */
static CK_RV read_private(const struct object *object, struct facts *ret_facts)
{
	struct keychain_items *items = NULL;
	struct facts certificate;
	CK_RV rv = token_read(object->reference, false, &items);

	if (rv == CKR_OK)
		facts_of_key(items, 0, object->class, object->source, ret_facts);
	if (rv != CKR_USER_NOT_LOGGED_IN) {
		ret_facts->items = items;
		return rv;
	}
	rv = read_certificate_of(object, &items);
	if (rv != CKR_OK)
		return rv == CKR_OBJECT_HANDLE_INVALID && object->source == SOURCE_PRIVATE_KEY ? CKR_USER_NOT_LOGGED_IN : rv;
	facts_of_certificate(items, 0, &certificate);
	facts_of_locked(&certificate, object->reference, object->class, ret_facts);
	ret_facts->items = items;
	return CKR_OK;
}

/* A certificate, or a public key that is an item. */
static CK_RV read_public(const struct object *object, struct facts *ret_facts)
{
	struct keychain_items *items = NULL;
	CK_RV rv = token_read(object->reference, true, &items);

	if (rv == CKR_OK && object->source == SOURCE_CERTIFICATE)
		facts_of_certificate(items, 0, ret_facts);
	else if (rv == CKR_OK)
		facts_of_key(items, 0, object->class, object->source, ret_facts);
	ret_facts->items = items;
	return rv;
}

CK_RV facts_read(const struct object *object, struct facts *ret_facts)
{
	const struct object asked = *object;
	bool private = asked.source == SOURCE_PRIVATE_KEY || asked.source == SOURCE_IDENTITY;
	CK_RV rv;

	*ret_facts = FACTS_NONE;
	rv = private ? read_private(&asked, ret_facts) : read_public(&asked, ret_facts);
	ret_facts->object = asked;
	return rv;
}

void facts_release(struct facts *facts)
{
	keychain_items_free(facts->items);
	keychain_items_free(facts->beside);
	OPENSSL_free(facts->derived);
	*facts = FACTS_NONE;
}

/* An error is told each time; that there is none is no error. */
static CK_RV keep_failure(struct facts *facts, CK_RV rv)
{
	if (rv != CKR_OK && rv != CKR_OBJECT_HANDLE_INVALID)
		facts->failed = rv;
	return rv;
}

/* CKR_OBJECT_HANDLE_INVALID: there is none. */
static CK_RV find_beside(struct facts *facts, enum token_items kind)
{
	struct facts found;
	CK_RV rv;

	if (!facts->id.left || facts->beside)
		return CKR_OBJECT_HANDLE_INVALID;
	rv = token_find_one(kind, facts->id, &facts->beside);
	if (rv != CKR_OK)
		return keep_failure(facts, rv == CKR_USER_NOT_LOGGED_IN ? CKR_OBJECT_HANDLE_INVALID : rv);
	if (kind == TOKEN_CERTIFICATES)
		facts_of_certificate(facts->beside, 0, &found);
	else
		facts_of_key(facts->beside, 0, CKO_PUBLIC_KEY, SOURCE_PUBLIC_KEY, &found);
	facts->certificate = found.certificate;
	facts->half = found.half;
	return CKR_OK;
}

CK_RV facts_find_certificate(struct facts *facts)
{
	CK_RV rv;

	if (facts->certificate.left || facts->uncertified)
		return CKR_OK;
	if (facts->failed != CKR_OK)
		return facts->failed;
	rv = find_beside(facts, TOKEN_CERTIFICATES);
	facts->uncertified = rv == CKR_OBJECT_HANDLE_INVALID;
	return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_OK : rv;
}

CK_RV facts_find_half(struct facts *facts)
{
	size_t length = 0;
	CK_RV rv;

	if (facts->half.left)
		return CKR_OK;
	rv = facts_find_certificate(facts);
	if (rv != CKR_OK || facts->half.left)
		return rv;
	if (facts->failed != CKR_OK)
		return facts->failed;
	rv = find_beside(facts, TOKEN_PUBLIC_KEYS);
	if (rv != CKR_OBJECT_HANDLE_INVALID || facts->object.source == SOURCE_PUBLIC_KEY)
		return rv;
	rv = keep_failure(facts, fetch_public_half(&facts->object, &facts->derived, &length));
	if (rv == CKR_OK)
		facts->half = der_of(facts->derived, length);
	return rv;
}
