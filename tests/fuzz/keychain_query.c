// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a request in JSON: refused, or a value within the bounds that is the same after it
 * was written and read again, as JSON and as CBOR.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/common/cbor.h"
#include "helper/keychain/common/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_bounds(const struct value *value, unsigned int depth)
{
	must(depth <= VALUE_MAX_DEPTH && value_count(value) <= VALUE_MAX_ENTRIES);
	for (size_t number = 0; number < value_count(value); number++) {
		const char *key = value_is(value, VALUE_DICTIONARY) ? value_key_at(value, number)
								    : NULL;

		must(!key || strlen(key) <= VALUE_MAX_KEY);
		must(!key || value_get(value, key) == value_at(value, number));
		check_bounds(value_at(value, number), depth + 1);
	}
}

static void check_text(const struct value *value, bool indent)
{
	struct value *again = NULL;
	size_t length;
	char *text;

	must(!json_format(value, indent, &text, &length));
	must(strlen(text) == length);
	must(!json_parse(text, length, &again, NULL) && value_equal(value, again));
	json_free(text, length);
	value_free(again);
}

static void check_cbor(const struct value *value)
{
	size_t size = cbor_value_size(value);
	unsigned char *bytes = malloc(size);
	struct value *again;

	must(size && bytes && !cbor_value_write(value, bytes, size));
	again = cbor_value_read(bytes, size, VALUE_MAX_ENTRIES);
	must(again && value_equal(value, again));
	value_free(again);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_error error = { 0 };
	struct value *value = NULL;
	int answer = json_parse((const char *)data, size, &value, &error);

	must(answer == 0 || answer == -EINVAL);
	if (answer) {
		must(!value && error.message && error.offset <= size);
		return 0;
	}
	check_bounds(value, 0);
	check_text(value, false);
	check_text(value, true);
	check_cbor(value);
	value_free(value);
	return 0;
}
