// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Unlock, lock, tickets, load, unload, evict, settings, device key.
 */
#include "client.h"
#include "device_key.h"
#include "passcode_tpm.h"

#include <string.h>

int keybag_client_unlock(struct keybag_client *client, const struct keybag_whose *whose,
			 const struct keybag_proof *proof, uint32_t flags, uint32_t reason,
			 struct keybag_attempt *ret_attempt)
{
	struct request request;
	struct message reply;

	request_start(&request, client, OP_UNLOCK, whose);
	request.repeatable = true;
	request_add_proof(&request, proof);
	message_add_unsigned(&request.writer, KEY_FLAGS, flags);
	message_add_unsigned(&request.writer, KEY_REASON, reason);
	return client_try(&request, &reply, NULL, ret_attempt);
}

int keybag_client_lock(struct keybag_client *client, const struct keybag_whose *whose,
		       uint32_t flags, uint32_t reason)
{
	struct request request;
	struct message reply;

	request_start(&request, client, OP_LOCK, whose);
	request.repeatable = true;
	message_add_unsigned(&request.writer, KEY_FLAGS, flags);
	message_add_unsigned(&request.writer, KEY_REASON, reason);
	return client_call(&request, &reply, NULL);
}

int keybag_client_ticket(struct keybag_client *client, const struct keybag_whose *whose,
			 const struct keybag_proof *passcode, struct keybag_ticket *ret_ticket)
{
	struct keybag_ticket ticket = { .state = KEYBAG_STATE_GONE };
	struct request request;
	struct message reply;
	bool create = false;
	int result;

	request_start(&request, client, OP_TICKET_NEW, whose);
	request.repeatable = true;
	request_add_proof(&request, passcode);
	result = client_call(&request, &reply, NULL);
	/* A daemon that an upgrade has not restarted yet tells neither of the two. */
	message_u32(&reply, KEY_STATE, &ticket.state);
	message_boolean(&reply, KEY_CREATE_AT_LOGIN, &create);
	ticket.create_at_login = create;
	if (!result && message_exact(&reply, KEY_TICKET, ticket.number, KEYBAG_TICKET_SIZE) < 0)
		result = client_fail(client, -EPROTO);
	*ret_ticket = ticket;
	return result;
}

int keybag_client_ticket_new(struct keybag_client *client, const struct keybag_whose *whose,
			     const struct keybag_proof *passcode,
			     uint8_t ret_ticket[KEYBAG_TICKET_SIZE])
{
	struct keybag_ticket ticket;
	int result = keybag_client_ticket(client, whose, passcode, &ticket);

	if (!result)
		memcpy(ret_ticket, ticket.number, KEYBAG_TICKET_SIZE);
	return result;
}

int keybag_client_ticket_redeem(struct keybag_client *client,
				const uint8_t ticket[KEYBAG_TICKET_SIZE], uint32_t flags,
				uint32_t reason, struct keybag_attempt *ret_attempt)
{
	struct request request;
	struct message reply;

	request_start(&request, client, OP_TICKET_REDEEM, NULL);
	message_add_bytes(&request.writer, KEY_TICKET, ticket, KEYBAG_TICKET_SIZE);
	message_add_unsigned(&request.writer, KEY_FLAGS, flags);
	message_add_unsigned(&request.writer, KEY_REASON, reason);
	return client_try(&request, &reply, NULL, ret_attempt);
}

int keybag_client_load(struct keybag_client *client, const struct keybag_whose *whose,
		       uint32_t flags, uint8_t ret_uuid[KEYBAG_UUID_SIZE])
{
	struct request request;
	struct message reply;
	int result;

	request_start(&request, client, OP_LOAD, whose);
	request.repeatable = true;
	message_add_unsigned(&request.writer, KEY_FLAGS, flags);
	result = client_call(&request, &reply, NULL);
	if (!result && message_exact(&reply, KEY_UUID, ret_uuid, KEYBAG_UUID_SIZE) < 0)
		result = client_fail(client, -EPROTO);
	return result;
}

int keybag_client_unload(struct keybag_client *client, const struct keybag_whose *whose)
{
	struct request request;
	struct message reply;

	request_start(&request, client, OP_UNLOAD, whose);
	request.repeatable = true;
	return client_call(&request, &reply, NULL);
}

int keybag_client_evict(struct keybag_client *client)
{
	struct request request;
	struct message reply;

	request_start(&request, client, OP_EVICT, NULL);
	request.repeatable = true;
	return client_call(&request, &reply, NULL);
}

static int call_settings(struct request *request, struct keybag_settings *ret_settings)
{
	struct keybag_settings settings = { 0 };
	struct message reply;
	bool create = false;
	int result = client_call(request, &reply, NULL);

	if (result)
		return result;
	if (message_boolean(&reply, KEY_CREATE_AT_LOGIN, &create) < 0 ||
	    message_u32(&reply, KEY_IDLE, &settings.lock_after_idle) < 0 ||
	    message_u32(&reply, KEY_IDLE_LIMIT, &settings.idle_limit) < 0 ||
	    message_u32(&reply, KEY_IDLE_OWN, &settings.idle_own) < 0)
		return client_fail(request->client, -EPROTO);
	settings.create_at_login = create;
	*ret_settings = settings;
	return 0;
}

int keybag_client_settings(struct keybag_client *client, const struct keybag_whose *whose,
			   struct keybag_settings *ret_settings)
{
	struct request request;

	request_start(&request, client, OP_SETTINGS, whose);
	request.repeatable = true;
	return call_settings(&request, ret_settings);
}

int keybag_client_set_idle(struct keybag_client *client, const struct keybag_whose *whose, uint32_t seconds,
			   struct keybag_settings *ret_settings)
{
	struct request request;

	request_start(&request, client, OP_SET_IDLE, whose);
	request.repeatable = true;
	message_add_unsigned(&request.writer, KEY_IDLE, seconds);
	return call_settings(&request, ret_settings);
}

static int call_device_key(struct request *request, struct keybag_device_key_info *ret_info)
{
	struct keybag_device_key_info info = { 0 };
	struct message reply;
	uint32_t error = 0;
	int result = client_call(request, &reply, NULL);

	if (result)
		return result;
	if (message_u32(&reply, KEY_KEY_PLACE, &info.place) < 0 || message_u32(&reply, KEY_KEY_FLAGS, &info.flags) < 0)
		return client_fail(request->client, -EPROTO);
	if (message_u32(&reply, KEY_KEY_ERROR, &error) == 0) {
		info.error = -(int)error;
		message_text(&reply, KEY_KEY_MESSAGE, info.message, sizeof(info.message));
	}
	*ret_info = info;
	return 0;
}

int keybag_client_device_key(struct keybag_client *client, struct keybag_device_key_info *ret_info)
{
	struct request request;

	request_start(&request, client, OP_DEVICE_KEY, NULL);
	request.repeatable = true;
	return call_device_key(&request, ret_info);
}

int keybag_client_passcode_tries(struct keybag_client *client, const struct keybag_whose *whose, uint32_t *ret_tries)
{
	struct request request;
	struct message reply;
	int result;

	request_start(&request, client, OP_PASSCODE_TRIES, whose);
	request.repeatable = true;
	result = client_call(&request, &reply, NULL);
	if (result < 0)
		return result;
	return message_u32(&reply, KEY_TPM_TRIES, ret_tries) < 0 ? client_fail(client, -EPROTO) : 0;
}

int keybag_client_device_key_move(struct keybag_client *client, uint32_t flags, struct keybag_device_key_info *ret_info)
{
	struct request request;

	request_start(&request, client, OP_DEVICE_KEY_MOVE, NULL);
	request.repeatable = true;
	message_add_unsigned(&request.writer, KEY_FLAGS, flags);
	return call_device_key(&request, ret_info);
}
