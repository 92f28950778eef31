// SPDX-License-Identifier: GPL-2.0-or-later
#include "several.h"

#include <stdio.h>

#include "attribute_name.h"
#include "attribute_text.h"
#include "complain.h"
#include "duplicate.h"
#include "execute.h"

#define SHOWN	10

/*
 * The same query, for attributes of as many as are shown, and one more. Locked ones are not counted: before first unlock
 * nobody knows which of them match.
 */
static struct value *request_of(const struct value *one)
{
	struct value *request = request_new("copy", value_copy(value_get(one, "query")));
	struct value *query = value_get(request, "query");

	if (!query)
		return request;
	value_remove(query, "r_Data");
	request_set(&request, "query", "m_Limit", value_integer(SHOWN + 1));
	request_set(&request, "query", "r_Attributes", value_boolean(true));
	request_set(&request, "query", "r_PersistentRef", value_boolean(true));
	request_set(&request, "options", "partial", value_boolean(true));
	return request;
}

static void list(const struct value *items)
{
	for (size_t i = 0; i < value_count(items) && i < SHOWN; i++) {
		const struct value *item = value_at(items, i);
		const char *class = value_as_string(value_get(item, "class"));
		const uint8_t *reference;
		size_t length = 0;

		reference = value_bytes(value_get(item, "v_PersistentRef"), &length);
		fputs("  --reference ", stderr);
		for (size_t at = 0; reference && at < length; at++)
			fprintf(stderr, "%02x", reference[at]);
		fputs("  ", stderr);
		duplicate_print_telling(stderr, class ? class_bit(class) : 0, item);
		fputs(", access-group ", stderr);
		attribute_print(stderr, value_get(item, "agrp"));
		fputc('\n', stderr);
	}
}

/* The items, as an answer to be freed; NULL: they are one at most. */
static struct value *ask(struct keychain_client *client, const struct value *request)
{
	struct value *answer = NULL;

	if (value_get(value_get(request, "query"), "v_PersistentRef") ||
	    execute_quietly(client, request_of(request), &answer))
		return NULL;
	if (value_count(value_get(answer, "result")) > 1)
		return answer;
	value_free(answer);
	return NULL;
}

int several_refuse(struct keychain_client *client, const struct value *request)
{
	struct value *answer = ask(client, request);
	const struct value *items = value_get(answer, "result");
	size_t count = value_count(items);
	int result;

	if (!answer)
		return 0;
	if (count > SHOWN)
		result = complain_usage(_("more than %d items match, but only one can be used: name more of its attributes, or "
					"select it with --reference"), SHOWN);
	else
		result = complain_usage(_("%zu items match, but only one can be used: name more of its attributes, or select it with "
					"--reference"), count);
	list(items);
	value_free(answer);
	return result;
}

void several_tell(struct keychain_client *client, const struct value *request)
{
	struct value *answer = ask(client, request);
	size_t count = value_count(value_get(answer, "result"));

	if (count > SHOWN)
		complain_other(_("the first of more than %d items that match: --all shows them all"), SHOWN);
	else if (answer)
		complain_other(_("the first of %zu items that match: --all shows them all"), count);
	value_free(answer);
}
