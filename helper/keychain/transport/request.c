// SPDX-License-Identifier: LGPL-2.1-or-later
#include "request.h"

/* Takes @value. */
static struct value *with(struct value *request, const char *key, struct value *value)
{
	if (value_set(request, key, value) == 0)
		return request;
	value_free(request);
	return NULL;
}

struct value *request_plain(const char *operation)
{
	return with(value_dictionary(), "op", value_string(operation));
}

struct value *request_named(const char *operation, const char *name)
{
	struct value *request = request_plain(operation);

	return name ? with(request, "name", value_string(name)) : request;
}

struct value *request_new(const char *operation, struct value *query)
{
	return with(request_plain(operation), "query", query);
}

void request_set(struct value **request, const char *part, const char *key, struct value *value)
{
	if (*request && !value_get(*request, part))
		value_set(*request, part, value_dictionary());
	if (value_set(value_get(*request, part), key, value) == 0)
		return;
	value_free(*request);
	*request = NULL;
}
