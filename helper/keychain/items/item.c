// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/item.h"
#include "helper/keychain/items/item_unique.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "helper/keychain/certificate/certificate.h"
#include "helper/keychain/certificate/key.h"
#include "helper/keychain/store/lookup.h"
#include "helper/keychain/store/own.h"
#include "helper/keychain/store/row_seal.h"
#include "helper/keychain/store/row_write.h"

int item_check(struct request *request, const struct value *attributes)
{
	const char *class = value_as_string(value_get(attributes, "pdmn"));
	struct outcome *outcome = &request->outcome;
	size_t length = strlen(class);

	if (!value_as_integer(value_get(attributes, "sync")))
		return 0;
	if (request->store->system)
		return outcome_fail(outcome, errSecParam, "an item of the system keychain cannot be "
				    "synchronizable");
	if (!strcmp(class, "akpu") || class[length - 1] == 'u')
		return outcome_fail(outcome, errSecParam,
				    "a synchronizable item cannot be of class %s, "
				    "which stays on this device",
				    class);
	return 0;
}

/* ---- attributes of a new item ---- */

static int merge(struct value *attributes, const struct value *derived, enum item_class item_class,
		 struct outcome *outcome)
{
	for (size_t i = 0; i < value_count(derived); i++) {
		const char *name = value_key_at(derived, i);
		const struct attribute *attribute = attribute_by_name(name);
		const struct value *value = value_at(derived, i);

		if (!attribute || !attribute_valid(attribute, item_class) ||
		    value_get(attributes, name))
			continue;
		if (value_set(attributes, name, value_is(value, VALUE_BOOLEAN) ?
			      value_integer(value_as_boolean(value)) : value_copy(value)))
			return outcome_no_memory(outcome);
	}
	return 0;
}

/* Derives attributes from the value; a value that is no certificate or key is an item all the same. */
static int derive(const struct query *query, struct value *attributes, struct outcome *outcome)
{
	struct value *derived;
	const void *bytes;
	size_t length;
	int status = errSecDecode;

	bytes = value_bytes(query->data, &length);
	if (!bytes || (query->item_class != ITEM_CERTIFICATE && query->item_class != ITEM_KEY))
		return 0;
	derived = value_dictionary();
	if (!derived)
		return outcome_no_memory(outcome);
	if (query->item_class == ITEM_CERTIFICATE)
		status = certificate_attributes(bytes, length, derived);
	else
		status = key_attributes(bytes, length, derived);
	if (status == errSecAllocate)
		status = outcome_no_memory(outcome);
	else if (status == errSecDecode)
		status = 0;
	else
		status = merge(attributes, derived, query->item_class, outcome);
	value_free(derived);
	return status;
}

static int set_defaults(struct value *attributes, enum item_class item_class)
{
	int error = 0;

	for (size_t i = 0; !error && i < attribute_count(); i++) {
		const struct attribute *attribute = attribute_at(i);

		if (attribute_unique(attribute, item_class) && attribute->hashed &&
		    !value_get(attributes, attribute->name))
			error = value_set(attributes, attribute->name,
					  attribute_default(attribute));
	}
	return error;
}

/* An item with an empty set has none. */
static void drop_no_own(struct value *attributes)
{
	const struct value *own = value_get(attributes, OWN_NAME);

	if (own && !value_count(own))
		value_remove(attributes, OWN_NAME);
}

int item_attributes(struct request *request, const struct query *query, const char *group,
		    struct value **ret_attributes)
{
	struct value *attributes = value_copy(query->attributes);
	const char *protection = query->protection;
	const char *application = request->caller->application;
	int status;

	if (!attributes)
		return outcome_no_memory(&request->outcome);
	drop_no_own(attributes);
	if (!protection)
		protection = query->item_class == ITEM_CERTIFICATE ? "dk" : "ak";
	status = derive(query, attributes, &request->outcome);
	if (!status && (set_defaults(attributes, query->item_class) ||
			value_set(attributes, "agrp", value_string(group)) ||
			value_set(attributes, "pdmn", value_string(protection)) ||
			value_set(attributes, "sync", value_integer(query->synchronizable ==
								    SYNCHRONIZABLE_YES)) ||
			(application && value_set(attributes, "appl", value_string(application)))))
		status = outcome_no_memory(&request->outcome);
	if (!status)
		status = item_check(request, attributes);
	if (status)
		value_free(attributes);
	else
		*ret_attributes = attributes;
	return status;
}

int item_query_secret(const struct query *query, const struct value **ret_secret,
		      struct value **ret_owned)
{
	*ret_secret = query->data;
	*ret_owned = NULL;
	if (!query->fields)
		return 0;
	*ret_owned = value_copy(query->fields);
	if (!*ret_owned ||
	    (query->data && value_set(*ret_owned, "data", value_copy(query->data)))) {
		value_free(*ret_owned);
		return -ENOMEM;
	}
	*ret_secret = *ret_owned;
	return 0;
}

/* ---- writing ---- */

static int seal(struct request *request, struct row *row, const struct value *secret,
		struct sealed_secret *sealed)
{
	enum fault fault;

	sealed_secret_release(sealed);
	fault = secret_seal(request->store, row, secret, sealed);
	if (!fault)
		fault = row_seal(request->store, row);
	return request_status(request, fault, row->class_number);
}

static int check_secret(struct request *request, const struct value *secret)
{
	size_t length;

	value_bytes(secret, &length);
	if (value_is(secret, VALUE_DICTIONARY)) {
		for (size_t i = 0; i < value_count(secret); i++) {
			size_t more;

			value_bytes(value_at(secret, i), &more);
			length += more + 16;
		}
	}
	if (length > SECRET_MAX)
		return outcome_fail(&request->outcome, errSecParam,
				    "the value of an item may have %d "
				    "bytes, this one has %zu",
				    SECRET_MAX, length);
	return 0;
}

int item_prepare(struct request *request, enum item_class item_class, struct value *attributes,
		 const struct value *secret, struct row *ret_row)
{
	struct row row = { .item_class = item_class, .attributes = value_copy(attributes) };
	int64_t now = request_time(request);
	int status = check_secret(request, secret);

	if (!status && (!row.attributes || value_set(row.attributes, "cdat", value_date(now)) ||
			value_set(row.attributes, "mdat", value_date(now))))
		status = outcome_no_memory(&request->outcome);
	if (!status && request->pending)
		memcpy(row.uuid, request->pending->uuid, ROW_UUID_SIZE);
	else if (!status && getrandom(row.uuid, ROW_UUID_SIZE, 0) != ROW_UUID_SIZE)
		status = outcome_fail(&request->outcome, errSecInternal, "no random numbers");
	*ret_row = row;
	return status;
}

int item_insert(struct request *request, enum item_class item_class, struct value *attributes,
		const struct value *secret, struct row *ret_row)
{
	struct sealed_secret sealed = { 0 };
	struct row row;
	uint8_t uuid[ROW_UUID_SIZE];
	bool reuse = false;
	int status = item_prepare(request, item_class, attributes, secret, &row);

	if (!status) {
		row.class_number = row_class_number(value_as_string(value_get(attributes, "pdmn")));
		status = seal(request, &row, secret, &sealed);
	}
	if (!status)
		status = item_check_unique(request, &row, &reuse, uuid);
	/* Whoever added it while locked was told its identity. */
	if (!status && reuse && !request->pending) {
		memcpy(row.uuid, uuid, ROW_UUID_SIZE);
		status = seal(request, &row, secret, &sealed);
	}
	if (!status)
		status = request_status(request, row_insert(request->store, &row, &sealed), 0);
	sealed_secret_release(&sealed);
	if (status) {
		row_release(&row);
	} else {
		row.state = ROW_OPEN;
		request_note(request, CHANGE_ADDED, &row, value_as_string(value_get(row.attributes, "agrp")));
		*ret_row = row;
	}
	return status;
}

/* ---- changing ---- */

static struct value *derived_of(const struct row *row, const struct value *data, struct outcome *outcome)
{
	const struct query of_row = { .item_class = row->item_class, .data = data };
	struct value *derived = value_dictionary();

	if (derived && !derive(&of_row, derived, outcome))
		return derived;
	value_free(derived);
	return NULL;
}

/* *ret_former: what was derived of the value that the row has; NULL where that cannot be read. */
static int derived_before(struct request *request, const struct row *row, struct value **ret_former)
{
	struct value *secret = NULL;
	int status = item_secret(request, row, &secret);

	*ret_former = NULL;
	if (!status) {
		*ret_former = derived_of(row, value_is(secret, VALUE_DICTIONARY) ? value_get(secret, "data") : secret,
					 &request->outcome);
		if (!*ret_former)
			status = outcome_no_memory(&request->outcome);
	} else if (status == errSecInteractionNotAllowed || status == errSecDecode) {
		outcome_reset(&request->outcome);
		status = 0;
	}
	value_free(secret);
	return status;
}

/* An attribute follows where it is as it was derived; one that is not was set by somebody, and stays. */
static int follow_value(struct row *row, const char *name, const struct value *former, const struct value *now)
{
	const struct value *present = value_get(row->attributes, name);

	if (present && (!former || !value_equal(present, former)))
		return 0;
	if (now)
		return value_set(row->attributes, name, value_copy(now));
	value_remove(row->attributes, name);
	return 0;
}

static int follow_values(struct row *row, struct value *former, struct value *now)
{
	int error = set_defaults(former, row->item_class) || set_defaults(now, row->item_class) ? -ENOMEM : 0;

	for (size_t i = 0; !error && i < value_count(now); i++) {
		const char *name = value_key_at(now, i);

		error = follow_value(row, name, value_get(former, name), value_at(now, i));
	}
	for (size_t i = 0; !error && i < value_count(former); i++) {
		const char *name = value_key_at(former, i);

		if (!value_get(now, name))
			error = follow_value(row, name, value_at(former, i), NULL);
	}
	return error;
}

/* Without knowing whose the attributes are: they say what is so of the new value. A label may be its user's. */
static int set_values(struct row *row, const struct value *now)
{
	int error = 0;

	for (size_t i = 0; !error && i < value_count(now); i++)
		if (strcmp(value_key_at(now, i), "labl"))
			error = value_set(row->attributes, value_key_at(now, i), value_copy(value_at(now, i)));
	return error;
}

/* Attributes of a certificate or key that describe its value follow the new value. */
static int derive_again(struct request *request, struct row *row, const struct value *data)
{
	struct value *former, *now;
	int error = -ENOMEM, status;

	if (row->item_class != ITEM_CERTIFICATE && row->item_class != ITEM_KEY)
		return 0;
	status = derived_before(request, row, &former);
	if (status)
		return status;
	now = derived_of(row, data, &request->outcome);
	if (now)
		error = former ? follow_values(row, former, now) : set_values(row, now);
	value_free(former);
	value_free(now);
	return error ? outcome_no_memory(&request->outcome) : 0;
}

static int changed_attributes(struct request *request, struct row *row, const struct query *change)
{
	int64_t now = request_time(request);
	int64_t last = value_as_date(value_get(row->attributes, "mdat"));
	int error = 0, status = change->data ? derive_again(request, row, change->data) : 0;

	if (status)
		return status;
	for (size_t i = 0; !error && i < value_count(change->attributes); i++) {
		const char *name = value_key_at(change->attributes, i);

		if (strcmp(name, "cdat") && strcmp(name, "mdat") &&
		    attribute_valid(attribute_by_name(name), row->item_class))
			error = value_set(row->attributes, name,
					  value_copy(value_at(change->attributes, i)));
	}
	/* A new set takes the place of all that the item has. */
	drop_no_own(row->attributes);
	if (!error && change->group)
		error = value_set(row->attributes, "agrp", value_string(change->group));
	if (!error && change->protection)
		error = value_set(row->attributes, "pdmn", value_string(change->protection));
	if (!error && change->has_synchronizable)
		error = value_set(row->attributes, "sync", value_integer(change->synchronizable ==
									 SYNCHRONIZABLE_YES));
	if (!error)
		error = value_set(row->attributes, "mdat", value_date(now > last ? now : last + 1));
	return error ? outcome_no_memory(&request->outcome)
		     : item_check(request, row->attributes);
}

/* Makes the new secret; *ret_secret belongs to the change or is *ret_owned. */
static int changed_secret(struct request *request, const struct row *row,
			  const struct query *change, const struct value **ret_secret,
			  struct value **ret_owned)
{
	struct value *present = NULL, *merged;
	int status = 0, error = 0;

	*ret_secret = change->data;
	*ret_owned = NULL;
	if (!change->fields && !(row->flags & ROW_FLAG_FIELDS))
		return 0;
	status = item_secret(request, row, &present);
	if (status)
		return status;
	merged = value_is(present, VALUE_DICTIONARY) ? present : value_dictionary();
	if (present && present != merged)
		error = value_set(merged, "data", present);
	if (!error && change->data)
		error = value_set(merged, "data", value_copy(change->data));
	for (size_t i = 0; !error && i < value_count(change->fields); i++)
		error = value_set(merged, value_key_at(change->fields, i),
				  value_copy(value_at(change->fields, i)));
	if (error) {
		value_free(merged);
		return outcome_no_memory(&request->outcome);
	}
	*ret_secret = *ret_owned = merged;
	return 0;
}

/* Seals the row again, and its secret if that changed. */
static int reseal(struct request *request, struct row *row, const struct query *change,
		  struct sealed_secret *sealed)
{
	uint32_t class_number = row_class_number(value_as_string(value_get(row->attributes,
								     "pdmn")));
	const struct value *secret;
	struct value *owned = NULL;
	enum fault fault = FAULT_NONE;
	int status = 0;

	if (change->data || change->fields) {
		status = changed_secret(request, row, change, &secret, &owned);
		if (!status)
			status = check_secret(request, secret);
		if (!status) {
			row->class_number = class_number;
			fault = secret_seal(request->store, row, secret, sealed);
		}
		value_free(owned);
		if (status)
			return status;
	} else {
		fault = secret_read(request->store, row, sealed);
		if (!fault && class_number != row->class_number)
			fault = secret_change_class(request->store, row, class_number, sealed);
	}
	row->class_number = class_number;
	if (!fault)
		fault = row_seal(request->store, row);
	return request_status(request, fault, class_number);
}

int item_change(struct request *request, struct row *row, const struct query *change)
{
	struct sealed_secret sealed = { 0 };
	uint8_t uuid[ROW_UUID_SIZE], digest[HASH_SIZE];
	bool reuse;
	int status;

	memcpy(digest, row->digest, HASH_SIZE);
	if (change->group && strcmp(change->group, row->group)) {
		/* A caller that has one of both groups sees it go, or come. */
		request_note(request, CHANGE_REMOVED, row, row->group);
		request_note(request, CHANGE_ADDED, row, change->group);
	} else {
		request_note(request, CHANGE_CHANGED, row, row->group);
	}
	status = changed_attributes(request, row, change);
	if (!status)
		status = reseal(request, row, change, &sealed);
	/*
	 * The reference stays the row's own, whatever stood in its way. What makes it unique and how that is
	 * hashed being as before, nothing can; nor can that be known before first unlock.
	 */
	if (!status && memcmp(digest, row->digest, HASH_SIZE)) {
		row->displaced = false;
		status = item_check_unique(request, row, &reuse, uuid);
	}
	if (!status)
		status = request_status(request, row_update(request->store, row, &sealed), 0);
	sealed_secret_release(&sealed);
	return status;
}

/* ---- removing, reading ---- */

int item_by_reference(struct request *request, const struct value *reference, struct row *ret_row)
{
	struct outcome *outcome = &request->outcome;
	enum item_class item_class;
	const uint8_t *bytes;
	char name[5] = { 0 };
	enum fault fault;
	size_t length;
	bool found;

	bytes = value_bytes(reference, &length);
	if (length != REFERENCE_SIZE)
		return outcome_fail(outcome, errSecParam, "not a persistent reference");
	memcpy(name, bytes, 4);
	item_class_by_name(name, &item_class);
	fault = lookup_uuid(request->store, item_class, bytes + 4, false, ret_row, &found);
	if (fault)
		return request_status(request, fault, 0);
	if (!found)
		return outcome_fail(outcome, errSecItemNotFound, "no such item");
	fault = rows_open(request->store, ret_row, 1, NULL);
	if (!fault && ret_row->state == ROW_LOCKED)
		fault = FAULT_LOCKED;
	if (!fault && ret_row->state == ROW_OPEN)
		return 0;
	if (fault)
		request_status(request, fault, ret_row->class_number);
	else
		outcome_fail(outcome, errSecItemNotFound, "no such item");
	row_release(ret_row);
	return outcome->status;
}

int item_erase(struct request *request, const struct row *row)
{
	if (row->group)
		request_note(request, CHANGE_REMOVED, row, row->group);
	return request_status(request, row_delete(request->store, row), 0);
}

int item_remove(struct request *request, const struct row *row)
{
	int64_t now = request_time(request);

	if (!row->synchronizable)
		return item_erase(request, row);
	request_note(request, CHANGE_REMOVED, row, row->group);
	now = now > row->modified ? now : row->modified + 1;
	return request_status(request, row_bury(request->store, row, now), 0);
}

int item_secret(struct request *request, const struct row *row, struct value **ret_secret)
{
	enum fault fault = secret_get(request->store, row, ret_secret);

	if (fault_is_damage(fault))
		return outcome_fail(&request->outcome, errSecDecode,
				    "an item of group \"%s\" is damaged: "
				    "it is as if absent",
				    row->group);
	return request_status(request, fault, row->class_number);
}
