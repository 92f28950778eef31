// SPDX-License-Identifier: GPL-2.0-or-later
#include "call.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/base/json_parse.h"
#include "helper/keychain/include/keychain-status.h"

#define NO_KEYCHAIN	"no-keychain"

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

static bool is_without_keychain(const struct value *answer)
{
	const char *reason = answer ? value_as_string(value_get(answer, "reason")) : NULL;

	return reason && !strcmp(reason, NO_KEYCHAIN);
}

/* Takes @text. *@ret_answer is NULL unless it is 0. */
static int parse_answer(char *text, size_t length, struct value **ret_answer)
{
	int status = json_parse(text, length, JSON_ANSWER, ret_answer, NULL) < 0 ? errSecAllocate : 0;

	keychain_text_free(text, length);
	if (status)
		*ret_answer = NULL;
	return status;
}

/* *@ret_answer, NULL: there is none, is to be released also where it is an error. */
static int exchange(struct keychain_client *client, const char *request, struct value **ret_answer)
{
	size_t length;
	char *text;
	int status;

	*ret_answer = NULL;
	keep_message(NULL);
	status = keychain_call(client, request, strlen(request), &text, &length);
	if (!status)
		status = parse_answer(text, length, ret_answer);
	if (!status)
		status = (int)value_as_integer(value_get(*ret_answer, "status"));
	if (status)
		keep_message(*ret_answer);
	return status;
}

int call_plain(struct keychain_client *client, const char *operation, struct value **ret_result)
{
	struct value *answer;
	char request[64];
	int status;

	snprintf(request, sizeof(request), "{\"op\":\"%s\"}", operation);
	status = exchange(client, request, &answer);
	if (!status) {
		*ret_result = value_copy(value_get(answer, "result"));
		status = *ret_result || !value_get(answer, "result") ? 0 : errSecAllocate;
	}
	value_free(answer);
	return status;
}

int call_remove_keychain(struct keychain_client *client, const char *name)
{
	struct value *answer;
	char request[128];
	int status;

	snprintf(request, sizeof(request), "{\"op\":\"keychain-delete\",\"name\":\"%s\"}", name);
	status = exchange(client, request, &answer);
	if (status && is_without_keychain(answer))
		status = errSecItemNotFound;
	value_free(answer);
	return status;
}

int call_keychains(struct keychain_client *client, struct value **ret_answer)
{
	int status = exchange(client, "{\"op\":\"keychains\"}", ret_answer);

	if (status)
		value_free(*ret_answer);
	return status;
}
