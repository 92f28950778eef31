// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <security/pam_ext.h>

#define DATA_NAME	"pam_keybag"
#define ENVIRONMENT	"KEYBAG_TICKET"

/**
 * struct relay - kept in the handle
 * @uid: whom the rest is of
 * @ticket: valid when @has_ticket
 * @state: of the keybag when it was redeemed, while it is kept; 0: not yet
 * @passcode: locked memory of KEYBAG_MAX_PASSCODE + 1 bytes, zeroes in a forked child; or NULL
 */
struct relay {
	uid_t uid;
	uint8_t ticket[KEYBAG_TICKET_SIZE];
	bool has_ticket;
	uint32_t state;
	bool change_done;
	bool seen;
	bool unreachable;
	char *passcode;
};

static void release(pam_handle_t *pamh, void *data, int status)
{
	struct relay *relay = data;

	(void)pamh;
	(void)status;
	keybag_memory_free(relay->passcode, KEYBAG_MAX_PASSCODE + 1);
	free(relay);
}

static struct relay *find(struct call *call)
{
	const void *data;

	if (pam_get_data(call->pamh, DATA_NAME, &data) != PAM_SUCCESS)
		return NULL;
	return (struct relay *)data;
}

/* The one of this user; a name can be replaced in the middle of a stack. */
static struct relay *find_own(struct call *call)
{
	struct relay *relay = find(call);

	return relay && relay->uid == call->uid ? relay : NULL;
}

static struct relay *find_or_make(struct call *call)
{
	struct relay *relay = find_own(call);

	if (relay)
		return relay;
	relay = calloc(1, sizeof(*relay));
	if (!relay)
		return NULL;
	relay->uid = call->uid;
	if (pam_set_data(call->pamh, DATA_NAME, relay, release) != PAM_SUCCESS) {
		free(relay);
		return NULL;
	}
	return relay;
}

static void unset_environment(struct call *call)
{
	if (pam_getenv(call->pamh, ENVIRONMENT))
		pam_putenv(call->pamh, ENVIRONMENT);
}

void relay_clear(struct call *call)
{
	if (find(call))
		pam_set_data(call->pamh, DATA_NAME, NULL, NULL);
	unset_environment(call);
}

/* "uid:" and the ticket in hexadecimal. */
static void set_environment(struct call *call, const uint8_t ticket[KEYBAG_TICKET_SIZE])
{
	char text[sizeof(ENVIRONMENT "=4294967295:") + 2 * KEYBAG_TICKET_SIZE];
	int length = snprintf(text, sizeof(text), ENVIRONMENT "=%u:", call->uid);

	for (size_t i = 0; i < KEYBAG_TICKET_SIZE; i++)
		length += snprintf(text + length, sizeof(text) - length, "%02x", ticket[i]);
	if (pam_putenv(call->pamh, text) != PAM_SUCCESS)
		call_log(call, LOG_WARNING, "cannot hand a ticket to the session process");
}

static bool parse_environment(struct call *call, uint8_t ret_ticket[KEYBAG_TICKET_SIZE])
{
	const char *text = pam_getenv(call->pamh, ENVIRONMENT);
	char *digits;

	if (!text || strtoul(text, &digits, 10) != call->uid || *digits++ != ':' ||
	    strlen(digits) != 2 * KEYBAG_TICKET_SIZE)
		return false;
	for (size_t i = 0; i < KEYBAG_TICKET_SIZE; i++)
		if (sscanf(digits + 2 * i, "%2hhx", &ret_ticket[i]) != 1)
			return false;
	return true;
}

void relay_put_ticket(struct call *call, const uint8_t ticket[KEYBAG_TICKET_SIZE])
{
	struct relay *relay = find_or_make(call);

	if (relay) {
		memcpy(relay->ticket, ticket, KEYBAG_TICKET_SIZE);
		relay->has_ticket = true;
	}
	set_environment(call, ticket);
}

bool relay_has_ticket(struct call *call)
{
	struct relay *relay = find_own(call);
	uint8_t ticket[KEYBAG_TICKET_SIZE];

	return (relay && relay->has_ticket) || parse_environment(call, ticket);
}

bool relay_get_ticket(struct call *call, uint8_t ret_ticket[KEYBAG_TICKET_SIZE])
{
	struct relay *relay = find_own(call);
	bool found = true;

	if (relay && relay->has_ticket) {
		memcpy(ret_ticket, relay->ticket, KEYBAG_TICKET_SIZE);
	} else {
		found = parse_environment(call, ret_ticket);
		relay = found ? find_or_make(call) : NULL;
		if (relay) {
			memcpy(relay->ticket, ret_ticket, KEYBAG_TICKET_SIZE);
			relay->has_ticket = true;
		}
	}
	unset_environment(call);
	return found;
}

bool relay_drop_ticket(struct call *call)
{
	uint8_t ticket[KEYBAG_TICKET_SIZE];
	bool found = relay_get_ticket(call, ticket);
	struct relay *relay = find_own(call);

	if (relay) {
		relay->has_ticket = false;
		relay->state = 0;
	}
	return found;
}

void relay_set_state(struct call *call, uint32_t state)
{
	struct relay *relay = find_own(call);

	if (relay)
		relay->state = state;
}

uint32_t relay_state(struct call *call)
{
	struct relay *relay = find_own(call);

	return relay ? relay->state : 0;
}

void relay_set_change_done(struct call *call, bool done)
{
	struct relay *relay = done ? find_or_make(call) : find_own(call);

	if (relay)
		relay->change_done = done;
}

bool relay_change_done(struct call *call)
{
	struct relay *relay = find_own(call);

	return relay && relay->change_done;
}

void relay_set_seen(struct call *call, bool seen)
{
	struct relay *relay = seen ? find_or_make(call) : find_own(call);

	if (relay)
		relay->seen = seen;
}

bool relay_seen(struct call *call)
{
	struct relay *relay = find_own(call);

	return relay && relay->seen;
}

void relay_keep_passcode(struct call *call, const char *passcode)
{
	struct relay *relay = find_or_make(call);
	size_t length = strlen(passcode);
	volatile char *to;
	void *memory;
	int result;

	if (!relay || length > KEYBAG_MAX_PASSCODE)
		return;
	result = keybag_memory_new(KEYBAG_MAX_PASSCODE + 1, &memory);
	if (result < 0) {
		call_log(call, LOG_ERR, "no locked memory to keep the passcode in: %s",
			 keybag_error_text(result));
		return;
	}
	/* Byte by byte: memcpy() would leave the passcode in vector registers. */
	to = memory;
	for (size_t i = 0; i < length; i++)
		to[i] = passcode[i];
	keybag_memory_free(relay->passcode, KEYBAG_MAX_PASSCODE + 1);
	relay->passcode = memory;
}

const char *relay_passcode(struct call *call)
{
	struct relay *relay = find_own(call);

	return relay && relay->passcode && *relay->passcode ? relay->passcode : NULL;
}

void relay_set_unreachable(struct call *call)
{
	struct relay *relay = find_or_make(call);

	if (relay)
		relay->unreachable = true;
}

bool relay_unreachable(struct call *call)
{
	struct relay *relay = find_own(call);

	return relay && relay->unreachable;
}
