// SPDX-License-Identifier: GPL-2.0-or-later
#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/base/json_parse.h"
#include "helper/keychain/include/keychain-status.h"

static char *said;	/* by the last answer that was an error; NULL: nothing */

const char *call_message(void)
{
	return said ? said : "";
}

/* NULL: nothing is known. */
static void keep_message(const struct value *answer)
{
	const char *message = answer ? value_as_string(value_get(answer, "message")) : NULL;

	free(said);
	said = message ? strdup(message) : NULL;
}

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
	} else {
		keep_message(answer);
	}
	value_free(answer);
	return status;
}

int call_plain(struct keychain_client *client, const char *operation, struct value **ret_result)
{
	char request[64], *text;
	size_t length;
	int status;

	keep_message(NULL);
	snprintf(request, sizeof(request), "{\"op\":\"%s\"}", operation);
	status = keychain_call(client, request, strlen(request), &text, &length);
	return status ? status : read_answer(text, length, ret_result);
}
