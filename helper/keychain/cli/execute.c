// SPDX-License-Identifier: GPL-2.0-or-later
#include "execute.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "helper/keychain/common/json.h"
#include "stream.h"

struct value *execute_answer(struct keychain_client *client, struct value *request)
{
	struct value *answer = NULL;
	size_t length, answer_length;
	char *text, *answer_text;
	int result = request ? json_format(request, false, &text, &length) : -ENOMEM;

	value_free(request);
	if (result < 0)
		return NULL;
	if (keychain_call(client, text, length, &answer_text, &answer_length) == 0) {
		if (json_parse(answer_text, answer_length, &answer, NULL) < 0)
			answer = NULL;
		keychain_text_free(answer_text, answer_length);
	}
	json_free(text, length);
	return answer;
}

static int status_of(const struct value *answer)
{
	return answer ? (int)value_as_integer(value_get(answer, "status")) : errSecAllocate;
}

static const char *message_of(const struct value *answer)
{
	const char *text = value_as_string(value_get(answer, "message"));

	return text ? text : keychain_status_text(status_of(answer));
}

int complain_answer(const struct value *answer)
{
	return complain_status(status_of(answer), message_of(answer));
}

static char message[2048];

/* What is in the way is told so that it can be looked at. */
static void note_message(const struct value *answer)
{
	size_t length = 0, used, i;
	const uint8_t *colliding = value_bytes(value_get(answer, "colliding"), &length);

	used = (size_t)snprintf(message, sizeof(message), "%s", message_of(answer));
	if (!colliding || used + 2 * length + 32 > sizeof(message))
		return;
	used += (size_t)sprintf(message + used, " (it is --reference ");
	for (i = 0; i < length; i++)
		used += (size_t)sprintf(message + used, "%02x", colliding[i]);
	sprintf(message + used, ")");
}

const char *execute_message(void)
{
	return message;
}

int execute_quietly(struct keychain_client *client, struct value *request,
		    struct value **ret_answer)
{
	struct value *answer = execute_answer(client, request);
	int status = status_of(answer);

	note_message(answer);
	if (!status && ret_answer)
		*ret_answer = answer;
	else
		value_free(answer);
	return status;
}

int execute(struct keychain_client *client, struct value *request, struct value **ret_answer)
{
	int status = execute_quietly(client, request, ret_answer);

	return status ? complain_status(status, message) : 0;
}

void tell_withheld(int64_t count, const struct value *classes)
{
	bool keys = value_is(classes, VALUE_DICTIONARY);
	size_t i;

	if (!count)
		return;
	fflush(stdout);
	fprintf(stderr, "keychain: %lld more %s locked, of class", (long long)count,
		count == 1 ? "is" : "are");
	for (i = 0; i < value_count(classes); i++)
		fprintf(stderr, " %s", keys ? value_key_at(classes, i)
					    : value_as_string(value_at(classes, i)));
	fputs(": 'keybagctl unlock' shows them\n", stderr);
}

int print_json(const struct value *value)
{
	size_t length;
	char *text;
	int result = json_format(value, true, &text, &length);

	if (result < 0)
		return complain_other("out of memory");
	result = stream_write(text, length);
	if (!result)
		result = stream_write("\n", 1);
	json_free(text, length);
	return result < 0 ? complain_other("standard output: %s", strerrordesc_np(-result)) : 0;
}

int print_count(FILE *file, bool json, bool dry_run, const char *verb, int64_t count)
{
	struct value *result;
	int status;

	if (!json) {
		fprintf(file, "%s%s: %lld item%s\n", dry_run ? "to be " : "", verb, (long long)count,
			count == 1 ? "" : "s");
		return 0;
	}
	result = value_dictionary();
	value_set(result, "count", value_integer(count));
	value_set(result, "dry_run", value_boolean(dry_run));
	status = print_json(result);
	value_free(result);
	return status;
}
