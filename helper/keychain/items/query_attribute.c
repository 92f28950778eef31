// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/query_attribute.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/base/json_date.h"
#include "helper/keychain/certificate/name.h"

bool attribute_number(const struct value *value, int64_t *ret_number)
{
	const char *text, *digits;
	double real;
	char *end;

	switch (value_kind(value)) {
	case VALUE_BOOLEAN:
		*ret_number = value_as_boolean(value);
		return true;
	case VALUE_INTEGER:
		*ret_number = value_as_integer(value);
		return true;
	case VALUE_REAL:
		real = value_as_real(value);
		if (fabs(real) > 9007199254740992.0 || floor(real) < real)
			return false;
		*ret_number = (int64_t)real;
		return true;
	case VALUE_STRING:
		text = value_as_name(value);
		if (!text)
			return false;
		digits = text + (*text == '-');
		if (*digits < '0' || *digits > '9')
			return false;
		errno = 0;
		*ret_number = strtoll(text, &end, 10);
		return !*end && !errno;
	default:
		return false;
	}
}

static int wrong_type(const struct attribute *attribute, const char *wanted,
		      struct outcome *outcome)
{
	return outcome_fail(outcome, errSecParam, "attribute \"%s\" has to be %s", attribute->name,
			    wanted);
}

int attribute_normalise(const struct attribute *attribute, const struct value *value,
			struct value **ret_value, struct outcome *outcome)
{
	bool text = value_is(value, VALUE_STRING) || value_is(value, VALUE_DATA);
	size_t length;
	const void *bytes = value_bytes(value, &length);
	int64_t number;

	switch (attribute->kind) {
	case ATTRIBUTE_TEXT:
	case ATTRIBUTE_BYTES:
		if (!text)
			return wrong_type(attribute, "a string or data", outcome);
		*ret_value =
			attribute->name_form ? name_normalise(bytes, length) : value_copy(value);
		break;
	case ATTRIBUTE_NUMBER:
		if (!attribute_number(value, &number))
			return wrong_type(attribute, "a number", outcome);
		*ret_value = value_integer(number);
		break;
	case ATTRIBUTE_MIXED:
		if (text)
			*ret_value = value_copy(value);
		else if (attribute_number(value, &number))
			*ret_value = value_integer(number);
		else
			return wrong_type(attribute, "a string or a number", outcome);
		break;
	case ATTRIBUTE_DATE:
		if (!json_date_of(value, &number))
			return wrong_type(attribute, "a date", outcome);
		if (!json_date_in_range(number))
			return wrong_type(attribute, "a date of the years 1 to 9999", outcome);
		*ret_value = value_date(number);
		break;
	default:
		return outcome_fail(outcome, errSecInternal, "attribute \"%s\" has no normal form",
				    attribute->name);
	}
	return *ret_value ? 0 : outcome_no_memory(outcome);
}
