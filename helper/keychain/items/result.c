// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/result.h"

#include <string.h>

#include "helper/keychain/base/cbor.h"

int result_attributes(const struct row *row, struct value *dictionary)
{
	int error = 0;

	for (size_t i = 0; !error && i < value_count(row->attributes); i++) {
		const char *name = value_key_at(row->attributes, i);
		const struct attribute *attribute = attribute_by_name(name);

		if (attribute && attribute->kind != ATTRIBUTE_INTERNAL)
			error = value_add(dictionary, name,
					  value_copy(value_at(row->attributes, i)));
	}
	return error;
}

/* The value, and secret fields under their names. */
static int add_secret(struct value *dictionary, struct value *secret)
{
	int error = 0;

	if (!value_is(secret, VALUE_DICTIONARY))
		return secret ? value_set(dictionary, "v_Data", secret) : 0;
	for (size_t i = 0; !error && i < value_count(secret); i++) {
		const char *name = value_key_at(secret, i);

		error = value_set(dictionary, strcmp(name, "data") ? name : "v_Data",
				  value_copy(value_at(secret, i)));
	}
	value_free(secret);
	return error;
}

/* Members of an encoded result that come of the secret. Returns their number. */
static size_t put_secret(struct cbor_output *output, const struct value *secret)
{
	if (secret && !value_is(secret, VALUE_DICTIONARY)) {
		cbor_put_text(output, "v_Data", strlen("v_Data"));
		cbor_put_value(output, secret, 1);
		return 1;
	}
	for (size_t i = 0; i < value_count(secret); i++) {
		const char *name = value_key_at(secret, i);

		if (!strcmp(name, "data"))
			name = "v_Data";
		cbor_put_text(output, name, strlen(name));
		cbor_put_value(output, value_at(secret, i), 1);
	}
	return value_count(secret);
}

static void put_reference(struct cbor_output *output, enum item_class reference_class, const struct row *row)
{
	struct value *reference = query_reference(reference_class, row->uuid);

	output->failed |= !reference;
	cbor_put_text(output, "v_PersistentRef", strlen("v_PersistentRef"));
	cbor_put_value(output, reference, 1);
	value_free(reference);
}

/* The same dictionary as of values. Measures it where @output has no bytes. */
static void put_result(struct cbor_output *output, const struct query *query, const struct row *row,
		       enum item_class reference_class, const struct value *secret)
{
	const char *class = item_class_name(reference_class);
	struct cbor_output counted = { 0 };

	cbor_put_map(output, 1 + row->encoded.count + query->return_reference + put_secret(&counted, secret));
	cbor_put_text(output, "class", strlen("class"));
	cbor_put_text(output, class, strlen(class));
	cbor_put_encoded(output, row->encoded.bytes, row->encoded.length);
	if (query->return_reference)
		put_reference(output, reference_class, row);
	put_secret(output, secret);
}

static struct value *encoded_result(const struct query *query, const struct row *row, enum item_class reference_class,
				    const struct value *secret)
{
	struct cbor_output output = { 0 };
	struct value *result;

	put_result(&output, query, row, reference_class, secret);
	result = value_encoded_new(output.length);
	if (!result)
		return NULL;
	output.length = 0;
	output.bytes = value_bytes_mutable(result, &output.capacity);
	put_result(&output, query, row, reference_class, secret);
	if (!output.failed)
		return result;
	value_free(result);
	return NULL;
}

/* The value alone; an item without one has no bytes. */
static struct value *data_alone(struct value *secret)
{
	struct value *data;

	if (value_is(secret, VALUE_DATA))
		return secret;
	data = value_get(secret, "data") ? value_copy(value_get(secret, "data"))
					 : value_data(NULL, 0);
	value_free(secret);
	return data;
}

bool result_is_reference(const struct query *query)
{
	return query->return_reference && !query->return_attributes && !query->return_data;
}

int result_of_row(const struct query *query, const struct row *row, enum item_class reference_class,
		  struct value *secret, struct value **ret_result, struct outcome *outcome)
{
	struct value *dictionary;
	int error = 0;

	*ret_result = NULL;
	if (!query_returns(query)) {
		value_free(secret);
		return 0;
	}
	if (query->return_data && !query->return_attributes && !query->return_reference) {
		*ret_result = data_alone(secret);
		return *ret_result ? 0 : outcome_no_memory(outcome);
	}
	if (result_is_reference(query)) {
		value_free(secret);
		*ret_result = query_reference(reference_class, row->uuid);
		return *ret_result ? 0 : outcome_no_memory(outcome);
	}
	if (row->encoded.bytes) {
		*ret_result = encoded_result(query, row, reference_class, query->return_data ? secret : NULL);
		value_free(secret);
		return *ret_result ? 0 : outcome_no_memory(outcome);
	}
	dictionary = value_dictionary();
	if (!dictionary) {
		value_free(secret);
		return outcome_no_memory(outcome);
	}
	if (query->return_attributes) {
		error = value_set(dictionary, "class",
				  value_string(item_class_name(reference_class)));
		if (!error)
			error = result_attributes(row, dictionary);
	}
	if (!error && query->return_reference)
		error = value_set(dictionary, "v_PersistentRef",
				  query_reference(reference_class, row->uuid));
	if (!error && query->return_data)
		error = add_secret(dictionary, secret);
	else
		value_free(secret);
	if (error) {
		value_free(dictionary);
		return outcome_no_memory(outcome);
	}
	*ret_result = dictionary;
	return 0;
}

size_t result_size(const struct value *result)
{
	size_t size = 12, length;

	if (value_bytes(result, &length))
		return size + length;
	for (size_t i = 0; i < value_count(result); i++) {
		const char *key = value_key_at(result, i);

		size += (key ? strlen(key) : 0) + result_size(value_at(result, i));
	}
	return size;
}
