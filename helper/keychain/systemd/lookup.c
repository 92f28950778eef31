// SPDX-License-Identifier: GPL-2.0-or-later
#include "lookup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/library/client.h"
#include "helper/keychain/transport/request.h"

/* Time of a request: nothing else is served meanwhile. */
#define LIMIT_NS	UINT64_C(3000000000)

/* Reasons of the service by which a keybag is closed, and opens without being mended. */
static const char *const closed[] = { "no-device-key", "unloaded" };

static struct keychain_client *client;

int lookup_begin(void)
{
	if (keychain_client_new(&client))
		return -ENOMEM;
	keychain_client_choose_system(client);
	keychain_client_set_time_limit(client, LIMIT_NS);
	return 0;
}

void lookup_end(void)
{
	keychain_client_free(client);
	client = NULL;
}

/* The whole answer, as the library's functions keep the reason to themselves. NULL without memory. */
static struct value *ask(const char *unit, const char *name)
{
	struct value *request = request_new("copy", value_dictionary()), *answer = NULL;

	request_set(&request, "query", "class", value_string("genp"));
	request_set(&request, "query", "agrp", value_string(UNIT_CREDENTIAL_GROUP));
	request_set(&request, "query", "svce", value_string(unit));
	request_set(&request, "query", "acct", value_string(name));
	request_set(&request, "query", "r_Data", value_boolean(true));
	if (request && client_add_target(client, request) == 0)
		answer = client_exchange(client, request);
	value_free(request);
	return answer;
}

static int status_of(const struct value *answer)
{
	return answer ? (int)value_as_integer(value_get(answer, "status")) : errSecAllocate;
}

const uint8_t *lookup_secret(const struct value *answer, size_t *ret_length)
{
	*ret_length = 0;
	return value_bytes(value_get(answer, "result"), ret_length);
}

/* An empty file and one that the manager refuses are no credentials. */
static enum lookup check_size(const struct unit_credential *wanted, const struct value *answer, char why[LOOKUP_WHY_SIZE])
{
	size_t length;

	if (!lookup_secret(answer, &length) || !length)
		snprintf(why, LOOKUP_WHY_SIZE, "its item in the system keychain has no secret: as root 'keychainctl system add --replace "
			 "--for %s %s' stores one", wanted->unit, wanted->name);
	else if (length + strlen(wanted->name) > UNIT_CREDENTIAL_MAX)
		snprintf(why, LOOKUP_WHY_SIZE, "its secret has %zu bytes, and a credential may have %zu", length,
			 UNIT_CREDENTIAL_MAX - strlen(wanted->name));
	else
		return LOOKUP_FOUND;
	return LOOKUP_REFUSED;
}

static bool is_closed(const struct value *answer)
{
	const char *reason = value_as_string(value_get(answer, "reason"));

	for (size_t i = 0; reason && i < sizeof(closed) / sizeof(closed[0]); i++)
		if (!strcmp(reason, closed[i]))
			return true;
	return status_of(answer) == errSecInteractionNotAllowed;
}

static enum lookup of_failure(const struct unit_credential *wanted, const struct value *answer, char why[LOOKUP_WHY_SIZE])
{
	const char *message = value_as_string(value_get(answer, "message"));
	int status = status_of(answer);

	if (status == errSecItemNotFound) {
		snprintf(why, LOOKUP_WHY_SIZE, "nothing is granted to the unit under that name: as root 'keychainctl system add --for %s "
			 "%s' grants it, 'keychainctl system list' shows what is granted", wanted->unit, wanted->name);
		return LOOKUP_REFUSED;
	}
	snprintf(why, LOOKUP_WHY_SIZE, "%s", message ? message : keychain_status_text(status));
	if (is_closed(answer))
		return LOOKUP_LOCKED;
	return status == errSecNotAvailable || status == errSecIO ? LOOKUP_AWAY : LOOKUP_REFUSED;
}

enum lookup lookup_credential(const struct unit_credential *wanted, struct value **ret_answer, char ret_why[LOOKUP_WHY_SIZE])
{
	struct value *answer = ask(wanted->unit, wanted->name);
	char template[UNIT_NAME_SIZE];
	enum lookup result;

	if (status_of(answer) == errSecItemNotFound && unit_template(wanted->unit, template)) {
		value_free(answer);
		answer = ask(template, wanted->name);
	}
	result = status_of(answer) ? of_failure(wanted, answer, ret_why) : check_size(wanted, answer, ret_why);
	if (result == LOOKUP_FOUND)
		*ret_answer = answer;
	else
		value_free(answer);
	return result;
}
