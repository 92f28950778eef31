// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/query.h"
#include "helper/keychain/items/access_control.h"
#include "helper/keychain/items/query_attribute.h"

#include <endian.h>
#include <string.h>
#include <strings.h>

#include "helper/keychain/certificate/match.h"
#include "helper/keychain/store/own.h"

struct decoder {
	struct query *query;
	struct outcome *outcome;
	struct access_control control;
	bool return_given;	/* any r_ key */
};

static int wrong_type(struct decoder *decoder, const char *key, const char *wanted)
{
	return outcome_fail(decoder->outcome, errSecParam, "\"%s\" has to be %s", key, wanted);
}

static int unknown_key(struct decoder *decoder, const char *key)
{
	return outcome_fail(decoder->outcome, errSecParam, "unknown key \"%.40s\"", key);
}

/* ---- class, persistent reference, value ---- */

static int decode_class(struct decoder *decoder, const struct value *source)
{
	const struct value *value = value_get(source, "class");
	const char *name = value_as_name(value);

	if (!value)
		return 0;
	if (!value_is(value, VALUE_STRING))
		return wrong_type(decoder, "class", "genp, inet, cert, keys or idnt");
	if (!name || !item_class_by_name(name, &decoder->query->item_class))
		return outcome_fail(decoder->outcome, errSecNoSuchClass,
				    "there is no class \"%.40s\": "
				    "genp, inet, cert, keys, idnt",
				    value_as_string(value));
	decoder->query->has_class = true;
	return 0;
}

static int decode_reference(struct decoder *decoder, const struct value *value)
{
	struct query *query = decoder->query;
	enum item_class class;
	const uint8_t *bytes;
	char name[5] = { 0 };
	uint64_t row;
	size_t length;

	if (query->use == QUERY_ADD)
		return outcome_fail(decoder->outcome, errSecParam,
				    "\"v_PersistentRef\" cannot be given "
				    "with add: the reference is made then");
	bytes = value_bytes(value, &length);
	if (!value_is(value, VALUE_DATA) ||
	    (length != REFERENCE_SIZE && length != REFERENCE_LEGACY_SIZE))
		return wrong_type(decoder, "v_PersistentRef",
				  "a persistent reference, data of 20 bytes");
	memcpy(name, bytes, 4);
	if (strlen(name) != 4 || !item_class_by_name(name, &class))
		return wrong_type(decoder, "v_PersistentRef",
				  "a persistent reference: its first four "
				  "bytes name no class");
	if (query->has_class && query->item_class != class)
		return outcome_fail(decoder->outcome, errSecParam,
				    "the persistent reference is of class "
				    "%s, the query of class %s",
				    name, item_class_name(query->item_class));
	query->item_class = class;
	query->has_class = true;
	query->reference.given = true;
	query->reference.legacy = length == REFERENCE_LEGACY_SIZE;
	if (query->reference.legacy) {
		memcpy(&row, bytes + 4, sizeof(row));
		query->reference.row = (int64_t)be64toh(row);
	} else {
		memcpy(query->reference.uuid, bytes + 4, ROW_UUID_SIZE);
	}
	return 0;
}

static int decode_value(struct decoder *decoder, const char *key, const struct value *value)
{
	size_t length;

	if (!strcmp(key, "v_PersistentRef"))
		return 0;	/* before the others */
	if (!strcmp(key, "v_Ref"))
		return outcome_fail(decoder->outcome, errSecParam, "\"v_Ref\" names an object of a "
				    "program's own memory: give \"v_Data\"");
	if (strcmp(key, "v_Data"))
		return unknown_key(decoder, key);
	if (!value_is(value, VALUE_DATA))
		return wrong_type(decoder, key, "data");
	value_bytes(value, &length);
	decoder->query->data = value;
	return 0;
}

/* The certificate of an identity that is added; in other queries it is no predicate, like the value. */
static int decode_certificate(struct decoder *decoder, const struct value *value)
{
	if (!decoder->query->has_class || decoder->query->item_class != ITEM_IDENTITY ||
	    decoder->query->use == QUERY_CHANGE)
		return unknown_key(decoder, "certdata");
	if (!value_is(value, VALUE_DATA))
		return wrong_type(decoder, "certdata", "data");
	decoder->query->certificate = value;
	return 0;
}

/* ---- match, return, use ---- */

static int decode_limit(struct decoder *decoder, const struct value *value)
{
	const char *text = value_as_name(value);
	struct query *query = decoder->query;
	bool number = value_is(value, VALUE_INTEGER) || value_is(value, VALUE_REAL);

	if (text && !strcmp(text, "m_LimitOne")) {
		query->limit = LIMIT_ONE;
	} else if (text && !strcmp(text, "m_LimitAll")) {
		query->limit = LIMIT_ALL;
	} else if (number && attribute_number(value, &query->limit_number) &&
		   query->limit_number > 0) {
		query->limit = query->limit_number == 1 ? LIMIT_ONE : LIMIT_NUMBER;
	} else {
		return wrong_type(decoder, "m_Limit",
				  "m_LimitOne, m_LimitAll or a number from 1 on");
	}
	return 0;
}

static int decode_match(struct decoder *decoder, const char *key, const struct value *value)
{
	struct query *query = decoder->query;

	if (query->use == QUERY_ADD)
		return outcome_fail(decoder->outcome, errSecParam,
				    "m_ keys cannot be given with add");
	/* Not how many, but which. */
	if (!strcmp(key, "m_ExactAttributes")) {
		query->exact = value_as_boolean(value);
		return value_is(value, VALUE_BOOLEAN) ? 0 : wrong_type(decoder, key, "true or false");
	}
	if (query->use != QUERY_COPY)
		return outcome_fail(decoder->outcome, errSecParam,
				    "m_ keys, a limit included, are for "
				    "copy only: %s concerns everything that matches",
				    query->use == QUERY_UPDATE ? "update" : "delete");
	if (!strcmp(key, "m_Limit"))
		return decode_limit(decoder, value);
	if (!strcmp(key, "m_HostOrSubdomainOfHost")) {
		query->host = value_as_name(value);
		if (!query->host || !*query->host)
			return wrong_type(decoder, key, "the name of a host");
		if (query->has_class && query->item_class != ITEM_INTERNET)
			return outcome_fail(decoder->outcome, errSecUnimplemented,
					    "\"%s\" is for class inet only", key);
		return 0;
	}
	if (!match_key_known(key))
		return unknown_key(decoder, key);
	if (query->has_class && query->item_class != ITEM_CERTIFICATE &&
	    query->item_class != ITEM_IDENTITY)
		return outcome_fail(decoder->outcome, errSecUnimplemented,
				    "\"%s\" is for the classes cert and idnt only", key);
	if (match_check(key, value))
		return wrong_type(decoder, key, "of the type its page says");
	query->match_certificate = true;
	return 0;
}

static int decode_return(struct decoder *decoder, const char *key, const struct value *value)
{
	bool wanted = value_as_boolean(value);

	decoder->return_given = true;
	if (!value_is(value, VALUE_BOOLEAN))
		return wrong_type(decoder, key, "true or false");
	if (!strcmp(key, "r_Data"))
		decoder->query->return_data = wanted;
	else if (!strcmp(key, "r_Attributes"))
		decoder->query->return_attributes = wanted;
	else if (!strcmp(key, "r_PersistentRef"))
		decoder->query->return_reference = wanted;
	else if (strcmp(key, "r_Ref"))
		return unknown_key(decoder, key);
	else if (wanted && (decoder->query->use == QUERY_COPY || decoder->query->use == QUERY_ADD))
		return outcome_fail(decoder->outcome, errSecUnimplemented,
				    "\"r_Ref\" asks for an object "
				    "of a program's own memory: ask for \"r_Data\"");
	return 0;
}

static int decode_interface(struct decoder *decoder, const struct value *value)
{
	const char *text = value_as_name(value);

	if (!text)
		return wrong_type(decoder, "u_AuthUI", "Allow, Fail or Skip");
	if (!strncmp(text, "u_AuthUI", 8))
		text += 8;
	if (!strcmp(text, "Skip") || !strcmp(text, "S")) {
		if (decoder->query->use != QUERY_COPY)
			return outcome_fail(decoder->outcome, errSecParam,
					    "\"u_AuthUI\" Skip is for copy only");
		decoder->query->skip_protected = true;
	} else if (strcmp(text, "Fail") && strcmp(text, "F") && strcmp(text, "Allow") &&
		   strcmp(text, "A")) {
		return wrong_type(decoder, "u_AuthUI", "Allow, Fail or Skip");
	}
	return 0;
}

static int decode_use(struct decoder *decoder, const char *key, const struct value *value)
{
	if (!strcmp(key, "u_AuthUI"))
		return decode_interface(decoder, value);
	if (!strcmp(key, "u_NoAuthUI") || !strcmp(key, "u_DataProtectionKeychain") ||
	    !strcmp(key, "u_SystemKeychain"))
		return value_is(value, VALUE_BOOLEAN) ? 0
						      : wrong_type(decoder, key, "true or false");
	if (!strcmp(key, "u_OpPrompt"))
		return value_is(value, VALUE_STRING) ? 0 : wrong_type(decoder, key, "a string");
	return unknown_key(decoder, key);
}

/* ---- attributes ---- */

static int decode_synchronizable(struct decoder *decoder, const struct value *value)
{
	struct query *query = decoder->query;
	const char *text = value_as_name(value);
	int64_t number;

	query->has_synchronizable = true;
	if (text && (!strcmp(text, "syna") || !strcasecmp(text, "any"))) {
		if (query->use == QUERY_ADD || query->use == QUERY_CHANGE)
			return wrong_type(decoder, "sync", "true or false here");
		query->synchronizable = SYNCHRONIZABLE_ANY;
		return 0;
	}
	if (!attribute_number(value, &number))
		return wrong_type(decoder, "sync", "true, false or \"syna\"");
	query->synchronizable = number ? SYNCHRONIZABLE_YES : SYNCHRONIZABLE_NO;
	return 0;
}

static int decode_group(struct decoder *decoder, const struct value *value)
{
	const char *group = value_as_name(value);

	if (!group || strlen(group) > ROW_MAX_GROUP)
		return wrong_type(decoder, "agrp", "the name of an access group");
	decoder->query->group = group;
	return 0;
}

static int decode_protection(struct decoder *decoder, const struct value *value)
{
	const char *name = value_as_name(value);

	if (!name || !row_class_number(name))
		return wrong_type(decoder, "pdmn", "one of ak ck dk aku cku dku akpu");
	decoder->query->protection = name;
	decoder->query->has_protection = true;
	return 0;
}

static int decode_field(struct decoder *decoder, const char *key, const struct value *value)
{
	struct query *query = decoder->query;

	if (!value_is(value, VALUE_DATA))
		return wrong_type(decoder, key, "data");
	/* No predicate, like the value itself. */
	if (query->use != QUERY_ADD && query->use != QUERY_CHANGE)
		return 0;
	if (!query->fields)
		query->fields = value_dictionary();
	if (!query->fields || value_set(query->fields, key, value_copy(value)))
		return outcome_no_memory(decoder->outcome);
	return 0;
}

/* Pairs of texts. */
static int decode_own(struct decoder *decoder, const struct value *value)
{
	struct query *query = decoder->query;
	size_t size;

	if (!value_is(value, VALUE_DICTIONARY))
		return wrong_type(decoder, OWN_NAME, "a dictionary of names and texts");
	for (size_t i = 0; i < value_count(value); i++) {
		if (!value_is(value_at(value, i), VALUE_STRING))
			return outcome_fail(decoder->outcome, errSecParam, "own attribute \"%.40s\" has to be a string",
					    value_key_at(value, i));
	}
	if (value_count(value) > OWN_MAX_PAIRS)
		return outcome_fail(decoder->outcome, errSecParam, "an item may have %d own attributes, these are %zu",
				    OWN_MAX_PAIRS, value_count(value));
	size = own_size(value);
	if (size > OWN_MAX_BYTES)
		return outcome_fail(decoder->outcome, errSecParam, "names and values of own attributes may have %d bytes "
				    "together, these have %zu", OWN_MAX_BYTES, size);
	/* An empty set is met by every item. */
	if (!value_count(value) && query->use != QUERY_ADD && query->use != QUERY_CHANGE)
		return 0;
	return value_set(query->attributes, OWN_NAME, value_copy(value)) ? outcome_no_memory(decoder->outcome) : 0;
}

static bool valid_here(const struct decoder *decoder, const struct attribute *attribute)
{
	if (decoder->query->has_class)
		return attribute_valid(attribute, decoder->query->item_class);
	return attribute->classes;
}

static int decode_attribute(struct decoder *decoder, const char *key, const struct value *value)
{
	const struct attribute *attribute = attribute_by_name(key);
	struct query *query = decoder->query;
	struct value *normal;
	int status;

	if (attribute && attribute->kind == ATTRIBUTE_INTERNAL)
		return outcome_fail(decoder->outcome, errSecParam, "\"%s\" is internal", key);
	if (!strcmp(key, "nleg"))
		return value_is(value, VALUE_BOOLEAN) ? 0
						      : wrong_type(decoder, key, "true or false");
	if (!attribute || !valid_here(decoder, attribute))
		return outcome_fail(decoder->outcome, errSecNoSuchAttr, "items of class %s have no "
				    "attribute \"%s\"", query->has_class ?
				    item_class_name(query->item_class) : "any kind", key);
	switch (attribute->kind) {
	case ATTRIBUTE_GROUP:
		return decode_group(decoder, value);
	case ATTRIBUTE_PROTECTION:
		return decode_protection(decoder, value);
	case ATTRIBUTE_SYNCHRONIZABLE:
		return decode_synchronizable(decoder, value);
	case ATTRIBUTE_ACCESS_CONTROL:
		return access_control_check(value, &decoder->control, decoder->outcome);
	case ATTRIBUTE_OWN:
		return decode_own(decoder, value);
	case ATTRIBUTE_SECRET:
		return decode_field(decoder, key, value);
	default:
		break;
	}
	status = attribute_normalise(attribute, value, &normal, decoder->outcome);
	if (status)
		return status;
	return value_set(query->attributes, key, normal) ? outcome_no_memory(decoder->outcome) : 0;
}

static int decode_key(struct decoder *decoder, const char *key, const struct value *value)
{
	bool change = decoder->query->use == QUERY_CHANGE;

	if (change && (!strcmp(key, "class") || (strlen(key) != 4 && key[0] && key[1] == '_' &&
						  strchr("murv", key[0]) && strcmp(key, "v_Data"))))
		return outcome_fail(decoder->outcome, errSecNoSuchAttr,
				    "\"%.40s\" cannot be changed: an "
				    "update has attributes and v_Data only",
				    key);
	if (value_is(value, VALUE_NULL) && strcmp(key, "m_ValidOnDate"))
		return outcome_fail(decoder->outcome, errSecParam, "\"%.40s\" is null", key);
	if (!strcmp(key, "class"))
		return 0;	/* before the others */
	if (!strcmp(key, "certdata"))
		return decode_certificate(decoder, value);
	if (strlen(key) == 4)
		return decode_attribute(decoder, key, value);
	switch (key[0] && key[1] == '_' ? key[0] : 0) {
	case 'm':
		return decode_match(decoder, key, value);
	case 'r':
		return decode_return(decoder, key, value);
	case 'u':
		return decode_use(decoder, key, value);
	case 'v':
		return decode_value(decoder, key, value);
	default:
		return unknown_key(decoder, key);
	}
}

/* ---- what keys mean together ---- */

static int check_protection(struct decoder *decoder)
{
	struct query *query = decoder->query;
	bool writes = query->use == QUERY_ADD || query->use == QUERY_CHANGE;

	if (decoder->control.protection) {
		if (query->protection && strcmp(query->protection, decoder->control.protection))
			return outcome_fail(decoder->outcome, errSecParam,
					    "the protection class (accessible, \"pdmn\") is %s, but that in the "
					    "access control object (access-control, \"accc\") is %s",
					    query->protection, decoder->control.protection);
		if (writes)
			query->protection = decoder->control.protection;
	}
	if (!writes)
		return 0;
	if (decoder->control.constrained && query->synchronizable == SYNCHRONIZABLE_YES)
		return outcome_fail(decoder->outcome, errSecParam,
				    "a synchronizable item cannot have "
				    "constraints in its access control object");
	if (decoder->control.constrained)
		return outcome_fail(decoder->outcome, errSecUnimplemented,
				    "access control objects with "
				    "flags other than 0 are not implemented: the item was not "
				    "stored, as "
				    "it would not be protected by them");
	return 0;
}

static int check_together(struct decoder *decoder)
{
	struct query *query = decoder->query;
	struct outcome *outcome = decoder->outcome;

	if (query->reference.given && (value_count(query->attributes) || query->group ||
				       query->has_protection || decoder->control.protection))
		return outcome_fail(outcome, errSecParam,
				    "a persistent reference stands alone: without "
				    "attributes");
	if (decoder->return_given && query->use == QUERY_UPDATE)
		return outcome_fail(outcome, errSecParam,
				    "an update returns nothing: r_ keys cannot be "
				    "given with it");
	return check_protection(decoder);
}

int query_decode(struct query *query, enum query_use use, const struct value *source,
		 enum item_class change_class, bool any_class, struct outcome *outcome)
{
	struct decoder decoder = { .query = query, .outcome = outcome };
	const struct value *reference;
	int status;

	*query = (struct query){ .use = use, .source = source };
	if (!value_is(source, VALUE_DICTIONARY))
		return outcome_fail(outcome, errSecParam, "the %s has to be a dictionary",
				    use == QUERY_CHANGE ? "update" : "query");
	if (value_count(source) > QUERY_MAX_KEYS)
		return outcome_fail(outcome, errSecParam, "more than %d keys", QUERY_MAX_KEYS);
	query->attributes = value_dictionary();
	if (!query->attributes)
		return outcome_no_memory(outcome);
	if (use == QUERY_CHANGE) {
		query->item_class = change_class;
		query->has_class = !any_class;
	} else {
		status = decode_class(&decoder, source);
		reference = value_get(source, "v_PersistentRef");
		if (!status && reference)
			status = decode_reference(&decoder, reference);
		if (!status && !query->has_class && !any_class)
			status = outcome_fail(outcome, errSecParam, "\"class\" is missing");
		if (status)
			return status;
	}
	for (size_t i = 0; i < value_count(source); i++) {
		status = decode_key(&decoder, value_key_at(source, i), value_at(source, i));
		if (status)
			return status;
	}
	return check_together(&decoder);
}

void query_release(struct query *query)
{
	value_free(query->attributes);
	value_free(query->fields);
	*query = (struct query){ 0 };
}

bool query_returns(const struct query *query)
{
	return query->return_data || query->return_attributes || query->return_reference;
}

struct value *query_reference(enum item_class item_class, const uint8_t uuid[ROW_UUID_SIZE])
{
	uint8_t bytes[REFERENCE_SIZE];

	memcpy(bytes, item_class_name(item_class), 4);
	memcpy(bytes + 4, uuid, ROW_UUID_SIZE);
	return value_data(bytes, sizeof(bytes));
}
