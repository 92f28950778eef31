// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/request_shape.h"

#include <string.h>

static const struct {
	const char *name;
	enum value_kind kind;
} known_options[] = {
	{ "partial", VALUE_BOOLEAN },
	{ "locked_references", VALUE_BOOLEAN },
	{ "dry_run", VALUE_BOOLEAN },
	{ "seal_while_locked", VALUE_BOOLEAN },
	{ "replace", VALUE_BOOLEAN },
	{ "echo", VALUE_BOOLEAN },
	{ "limit", VALUE_INTEGER },
	{ "cursor", VALUE_DATA },
	{ "application", VALUE_STRING },
	{ "now", VALUE_BOOLEAN },
	{ "replace", VALUE_BOOLEAN },
};

static bool is_among(const char *const names[SHAPE_NAMES], const char *name)
{
	for (size_t i = 0; i < SHAPE_NAMES && names[i]; i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

static bool has_its_type(const char *name, const struct value *value)
{
	for (size_t i = 0; i < sizeof(known_options) / sizeof(known_options[0]); i++) {
		if (!strcmp(name, known_options[i].name))
			return value_is(value, known_options[i].kind);
	}
	return false;
}

static int check_members(const struct request_shape *shape, const struct value *request, struct outcome *outcome)
{
	for (size_t i = 0; i < value_count(request); i++) {
		const char *name = value_key_at(request, i);

		if (strcmp(name, "op") && strcmp(name, "options") && !is_among(shape->members, name))
			return outcome_fail(outcome, errSecParam, "\"%.40s\" is no member of a request for \"%s\": see "
					    "keychain-requests(7)", name, value_as_name(value_get(request, "op")));
	}
	return 0;
}

int request_shape_check(const struct request_shape *shape, const struct value *request, struct outcome *outcome)
{
	const struct value *options = value_get(request, "options");

	if (options && !value_is(options, VALUE_DICTIONARY))
		return outcome_fail(outcome, errSecParam, "\"options\" has to be a dictionary");
	for (size_t i = 0; i < value_count(options); i++) {
		const char *name = value_key_at(options, i);
		const struct value *value = value_at(options, i);

		if (!is_among(shape->options, name))
			return outcome_fail(outcome, errSecParam, "\"%s\" has no option \"%.40s\": see keychain-requests(7)",
					    value_as_name(value_get(request, "op")), name);
		if (!has_its_type(name, value) || (!strcmp(name, "limit") && value_as_integer(value) < 1))
			return outcome_fail(outcome, errSecParam, "option \"%s\" is of the wrong type", name);
	}
	return check_members(shape, request, outcome);
}
