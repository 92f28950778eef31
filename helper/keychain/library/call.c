// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Requests and answers as JSON.
 */
#include <errno.h>
#include <stdio.h>

#include "answer.h"
#include "client.h"
#include "helper/keychain/base/json_format.h"
#include "helper/keychain/base/json_parse.h"
#include "helper/keychain/include/keychain-status.h"

int keychain_call(struct keychain_client *client, const char *request, size_t length,
		  char **ret_answer, size_t *ret_length)
{
	struct value *parsed = NULL;
	struct value *answer = NULL;
	struct json_error error;
	char text[256];
	int result = json_parse(request, length, VALUE_MAX_ENTRIES, &parsed, &error);

	if (result == -EINVAL) {
		snprintf(text, sizeof(text), "not JSON: %s, at byte %zu", error.message,
			 error.offset);
		answer = answer_new(errSecParam, text);
	} else if (!result && !value_is(parsed, VALUE_DICTIONARY)) {
		answer = answer_new(errSecParam, "a request is an object with 'op' and 'query'");
	} else if (!result && client_add_target(client, parsed) == 0) {
		answer = client_exchange(client, parsed);
	}
	value_free(parsed);
	result = answer && json_format(answer, false, ret_answer, ret_length) == 0 ? client_fail(client, 0, "%s", "") :
		 client_fail(client, errSecAllocate, "out of memory");
	value_free(answer);
	return result;
}

void keychain_text_free(char *text, size_t length)
{
	json_free(text, length);
}
