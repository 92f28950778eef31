// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as a request in JSON: refused, or a value within the bounds that is the same after it
 * was written and read again, as JSON and as CBOR.
 */
#include <errno.h>

#include "check_value.h"
#include "helper/keychain/base/json_format.h"
#include "helper/keychain/base/json_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct value *value, bool indent)
{
	struct value *again = NULL;
	size_t length;
	char *text;

	must(!json_format(value, indent, &text, &length));
	must(strlen(text) == length);
	must(!json_parse(text, length, VALUE_MAX_ENTRIES, &again, NULL) && value_equal(value, again));
	json_free(text, length);
	value_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_error error = { 0 };
	struct value *value = NULL;
	int answer = json_parse((const char *)data, size, VALUE_MAX_ENTRIES, &value, &error);

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
