// SPDX-License-Identifier: LGPL-2.1-or-later
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "helper/common/registers.h"
#include "helper/common/utf8.h"
#include "names.h"

static struct keychain_query *query_new(void)
{
	struct keychain_query *query = calloc(1, sizeof(*query));

	if (!query)
		return NULL;
	query->dictionary = value_dictionary();
	if (!query->dictionary) {
		free(query);
		return NULL;
	}
	return query;
}

/* A query that there was no memory for is NULL; the request that it is given to says so. */
static void set(struct keychain_query *query, const char *key, struct value *value)
{
	if (value_set(query ? query->dictionary : NULL, key, value) < 0 && query)
		query->failed = true;
}

static void misuse(struct keychain_query *query, const char *text)
{
	if (query && !query->misuse)
		query->misuse = text;
}

static bool takes(struct keychain_query *query, enum keychain_attribute attribute,
		  enum attribute_type type, const char *text)
{
	if (attribute_type(attribute) == type)
		return true;
	misuse(query, text);
	return false;
}

struct keychain_query *keychain_query_new(enum keychain_class item_class)
{
	struct keychain_query *query = query_new();
	const char *name = keychain_class_name(item_class);

	if (query && name)
		set(query, "class", value_string(name));
	else if (query)
		misuse(query, "keychain_query_new: no class of items");
	return query;
}

struct keychain_query *
keychain_query_new_reference(const uint8_t reference[KEYCHAIN_REFERENCE_SIZE])
{
	struct keychain_query *query = query_new();

	if (reference)
		set(query, "v_PersistentRef", value_data(reference, KEYCHAIN_REFERENCE_SIZE));
	else
		misuse(query, "keychain_query_new_reference: no reference");
	return query;
}

struct keychain_query *keychain_query_new_changes(void)
{
	return query_new();
}

void keychain_query_free(struct keychain_query *query)
{
	if (!query)
		return;
	value_free(query->dictionary);
	free(query);
}

static void set_text(struct keychain_query *query, const char *key, const char *text)
{
	if (text && utf8_valid(text, strlen(text)))
		set(query, key, value_string(text));
	else
		misuse(query, "text that is not UTF-8");
}

void keychain_query_set_text(struct keychain_query *query, enum keychain_attribute attribute,
			     const char *text)
{
	if (takes(query, attribute, ATTRIBUTE_TEXT,
		  "keychain_query_set_text: no attribute of text"))
		set_text(query, keychain_attribute_name(attribute), text);
}

void keychain_query_set_data(struct keychain_query *query, enum keychain_attribute attribute,
			     const void *data, size_t length)
{
	if (!data && length)
		misuse(query, "keychain_query_set_data: no data");
	else if (takes(query, attribute, ATTRIBUTE_DATA,
		       "keychain_query_set_data: no attribute of data"))
		set(query, keychain_attribute_name(attribute), value_data(data, length));
}

void keychain_query_set_number(struct keychain_query *query, enum keychain_attribute attribute,
			       int64_t number)
{
	if (takes(query, attribute, ATTRIBUTE_NUMBER,
		  "keychain_query_set_number: no attribute that is a number"))
		set(query, keychain_attribute_name(attribute), value_integer(number));
}

void keychain_query_set_boolean(struct keychain_query *query, enum keychain_attribute attribute,
				bool boolean)
{
	if (takes(query, attribute, ATTRIBUTE_BOOLEAN,
		  "keychain_query_set_boolean: no boolean attribute"))
		set(query, keychain_attribute_name(attribute), value_boolean(boolean));
}

/* Pairs that are not there yet are made. */
static struct value *own_of(struct keychain_query *query)
{
	if (query && !value_get(query->dictionary, "attr"))
		set(query, "attr", value_dictionary());
	return query ? value_get(query->dictionary, "attr") : NULL;
}

void keychain_query_set_own(struct keychain_query *query, const char *name, const char *value)
{
	if (!name || strlen(name) > KEYCHAIN_MAX_OWN_NAME || !utf8_valid(name, strlen(name)))
		misuse(query, "keychain_query_set_own: no name of at most 255 bytes in UTF-8");
	else if (!value || !utf8_valid(value, strlen(value)))
		misuse(query, "keychain_query_set_own: text that is not UTF-8");
	else if (value_set(own_of(query), name, value_string(value)) < 0 && query)
		query->failed = true;
}

void keychain_query_set_no_own(struct keychain_query *query)
{
	set(query, "attr", value_dictionary());
}

void keychain_query_match_own_exactly(struct keychain_query *query)
{
	set(query, "m_ExactAttributes", value_boolean(true));
}

void keychain_query_set_accessible(struct keychain_query *query,
				   enum keychain_accessible accessible)
{
	const char *name = keychain_accessible_name(accessible);

	if (name)
		set(query, "pdmn", value_string(name));
	else
		misuse(query, "keychain_query_set_accessible: no protection class");
}

void keychain_query_set_seal_while_locked(struct keychain_query *query, bool seal)
{
	if (query)
		query->seal_while_locked = seal;
}

void keychain_query_set_any_synchronizable(struct keychain_query *query)
{
	set(query, "sync", value_string("syna"));
}

void keychain_query_set_secret(struct keychain_query *query, const void *secret, size_t length)
{
	if (length > KEYCHAIN_MAX_SECRET || (!secret && length)) {
		misuse(query, secret ? "keychain_query_set_secret: more than 1 MiB"
				     : "keychain_query_set_secret: no secret");
		return;
	}
	set(query, "v_Data", value_data(secret, length));
	clear_vector_registers();
}

void keychain_query_match_host(struct keychain_query *query, const char *host)
{
	set_text(query, "m_HostOrSubdomainOfHost", host);
}

void keychain_query_set_raw(struct keychain_query *query, const char *key, const char *text)
{
	if (key && *key && strlen(key) <= VALUE_MAX_KEY && utf8_valid(key, strlen(key)))
		set_text(query, key, text);
	else
		misuse(query, "keychain_query_set_raw: no key");
}

int query_check(struct keychain_client *client, const struct keychain_query *query)
{
	if (!query || query->failed)
		return client_fail(client, errSecAllocate, "out of memory");
	if (query->misuse)
		return client_fail(client, errSecParam, "%s", query->misuse);
	return 0;
}
