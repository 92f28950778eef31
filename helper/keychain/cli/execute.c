// SPDX-License-Identifier: GPL-2.0-or-later
#include "execute.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "helper/keychain/common/json.h"
#include "stream.h"

struct value *request_new(const char *operation, struct value *query)
{
	struct value *request = value_dictionary();

	if (!query || value_set(request, "op", value_string(operation)) < 0) {
		value_free(query);
		value_free(request);
		return NULL;
	}
	if (value_set(request, "query", query) == 0)
		return request;
	value_free(request);
	return NULL;
}

int request_set(struct value *request, const char *part, const char *key, struct value *value)
{
	if (!value_get(request, part) && value_set(request, part, value_dictionary()) < 0) {
		value_free(value);
		return -ENOMEM;
	}
	return value_set(value_get(request, part), key, value);
}

/* The answer of keychain_call() as a value. */
static struct value *call(struct keychain_client *client, const struct value *request)
{
	struct value *answer = NULL;
	size_t length, answer_length;
	char *text, *answer_text;

	if (!request || json_format(request, false, &text, &length) < 0)
		return NULL;
	if (keychain_call(client, text, length, &answer_text, &answer_length) == 0) {
		if (json_parse(answer_text, answer_length, &answer, NULL) < 0)
			answer = NULL;
		keychain_text_free(answer_text, answer_length);
	}
	json_free(text, length);
	return answer;
}

static char message[2048];

const char *execute_message(void)
{
	return message;
}

int execute_quietly(struct keychain_client *client, struct value *request,
		    struct value **ret_answer)
{
	struct value *answer = call(client, request);
	const char *text = value_as_string(value_get(answer, "message"));
	int status = answer ? (int)value_as_integer(value_get(answer, "status")) : errSecAllocate;

	value_free(request);
	snprintf(message, sizeof(message), "%s", text ? text : keychain_status_text(status));
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
