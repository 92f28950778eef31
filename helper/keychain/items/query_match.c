// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/query_match.h"

#include <string.h>
#include <strings.h>

#include "helper/keychain/store/own.h"

bool query_valid_for(const struct query *query, enum item_class item_class)
{
	if (query->has_class && query->item_class != item_class)
		return false;
	for (size_t i = 0; i < value_count(query->attributes); i++) {
		const struct attribute *attribute;

		attribute = attribute_by_name(value_key_at(query->attributes, i));
		if (!attribute || !attribute_valid(attribute, item_class))
			return false;
	}
	return true;
}

/* The host itself, or one below it. */
static bool host_matches(const char *host, const struct value *server)
{
	size_t length, wanted = strlen(host);
	const char *name = value_bytes(server, &length);

	if (!name || length < wanted || strncasecmp(name + length - wanted, host, wanted))
		return false;
	return length == wanted || name[length - wanted - 1] == '.';
}

static bool own_matches(const struct query *query, const struct row *row)
{
	const struct value *wanted = value_get(query->attributes, OWN_NAME);

	return (!wanted && !query->exact) || own_has(value_get(row->attributes, OWN_NAME), wanted, query->exact);
}

bool query_matches(const struct query *query, const struct row *row)
{
	for (size_t i = 0; i < value_count(query->attributes); i++) {
		const char *name = value_key_at(query->attributes, i);
		const struct value *stored = value_get(row->attributes, name);

		/* A row of a virtual class has a share of the attributes. */
		if (!attribute_valid(attribute_by_name(name), row->item_class) || !strcmp(name, OWN_NAME))
			continue;
		if (!stored || !attribute_equal(value_at(query->attributes, i), stored))
			return false;
	}
	return own_matches(query, row) && (!query->host || host_matches(query->host, value_get(row->attributes, "srvr")));
}
