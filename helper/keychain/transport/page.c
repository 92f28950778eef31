// SPDX-License-Identifier: LGPL-2.1-or-later
#include "page.h"

#include <errno.h>

int page_continue(struct value *request, const struct value *answer)
{
	struct value *options = value_get(request, "options");
	int result = 0;

	if (!options) {
		result = value_set(request, "options", value_dictionary());
		options = value_get(request, "options");
	}
	return result < 0 ? result :
			    value_set(options, "cursor", value_copy(value_get(answer, "cursor")));
}

bool page_is_endless(const struct value *page, const struct value *request)
{
	const struct value *cursor = value_get(page, "cursor");

	if (!cursor)
		return false;
	return value_equal(cursor, value_get(value_get(request, "options"), "cursor")) ||
	       (!value_count(value_get(page, "result")) && !value_count(value_get(page, "locked")));
}

static bool contains(const struct value *array, const struct value *wanted)
{
	size_t i;

	for (i = 0; i < value_count(array); i++)
		if (value_equal(value_at(array, i), wanted))
			return true;
	return false;
}

static int add_withheld(struct value *answer, const struct value *page)
{
	struct value *to = value_get(answer, "withheld");
	const struct value *from = value_get(page, "withheld");
	const struct value *classes = value_get(from, "classes");
	size_t i;
	int result;

	if (!to || !from)
		return 0;
	result = value_set(to, "count", value_integer(value_as_integer(value_get(to, "count")) +
						      value_as_integer(value_get(from, "count"))));
	for (i = 0; i < value_count(classes) && !result; i++)
		if (!contains(value_get(to, "classes"), value_at(classes, i)))
			result = value_append(value_get(to, "classes"),
					      value_copy(value_at(classes, i)));
	return result;
}

static int add_number(struct value *answer, const struct value *page, const char *key)
{
	const struct value *more = value_get(page, key);

	return more ? value_set(answer, key, value_integer(value_as_integer(value_get(answer, key)) + value_as_integer(more))) : 0;
}

int page_append(struct value *answer, struct value *page)
{
	const struct value *cursor = value_get(page, "cursor");
	int result = page ? value_append_all(value_get(answer, "result"), value_get(page, "result")) :
			    -ENOMEM;

	if (!result)
		result = value_append_all(value_get(answer, "locked"), value_get(page, "locked"));
	if (!result)
		result = add_withheld(answer, page);
	if (!result)
		result = add_number(answer, page, "damaged");
	if (!result)
		result = add_number(answer, page, "lost");
	if (result < 0)
		return result;
	if (cursor)
		return value_set(answer, "cursor", value_copy(cursor));
	value_remove(answer, "cursor");
	return 0;
}
