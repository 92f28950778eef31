// SPDX-License-Identifier: GPL-2.0-or-later
#include "call.h"

#include <stdio.h>
#include <string.h>

#include "helper/keychain/base/json_parse.h"
#include "helper/keychain/include/keychain-status.h"

/* Takes @text. */
static int read_answer(char *text, size_t length, struct value **ret_result)
{
	struct value *answer = NULL;
	int status = json_parse(text, length, JSON_ANSWER, &answer, NULL) < 0 ? errSecAllocate : 0;

	keychain_text_free(text, length);
	if (!status)
		status = (int)value_as_integer(value_get(answer, "status"));
	if (!status) {
		*ret_result = value_copy(value_get(answer, "result"));
		status = *ret_result ? 0 : errSecAllocate;
	}
	value_free(answer);
	return status;
}

int call_plain(struct keychain_client *client, const char *operation, struct value **ret_result)
{
	char request[64], *text;
	size_t length;
	int status;

	snprintf(request, sizeof(request), "{\"op\":\"%s\"}", operation);
	status = keychain_call(client, request, strlen(request), &text, &length);
	return status ? status : read_answer(text, length, ret_result);
}
