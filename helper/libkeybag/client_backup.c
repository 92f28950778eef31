// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Making and opening backup keybags: not repeated when keybagd goes away.
 */
#include "backup.h"
#include "client.h"

#include <errno.h>
#include <string.h>

static int read_ticket(struct keybag_client *client, struct message *reply, struct keybag_backup_ticket *ret_ticket)
{
	*ret_ticket = (struct keybag_backup_ticket){ 0 };
	if (message_exact(reply, KEY_TICKET, ret_ticket->number, sizeof(ret_ticket->number)) < 0)
		return client_fail(client, -EPROTO);
	return 0;
}

int keybag_client_backup_create(struct keybag_client *client, const struct keybag_proof *proof,
				const struct keybag_proof *password, struct keybag_backup_ticket *ret_ticket,
				struct keybag_attempt *ret_attempt)
{
	struct request request;
	struct message reply;
	const uint8_t *form;
	size_t length;
	int result;

	request_start(&request, client, OP_BACKUP_CREATE, NULL);
	request_add_proof(&request, proof);
	request_add_passcode(&request, password);
	result = client_try(&request, &reply, NULL, ret_attempt);
	if (!result)
		result = read_ticket(client, &reply, ret_ticket);
	if (result < 0)
		return result;
	if (message_bytes(&reply, KEY_FORM, &form, &length) < 0 || !length || length > sizeof(ret_ticket->form))
		return client_fail(client, -EPROTO);
	memcpy(ret_ticket->form, form, length);
	ret_ticket->form_length = length;
	return 0;
}

int keybag_client_backup_open(struct keybag_client *client, const struct keybag_proof *proof,
			      const struct keybag_proof *password, const void *form, size_t form_length,
			      struct keybag_backup_ticket *ret_ticket, struct keybag_attempt *ret_attempt)
{
	struct request request;
	struct message reply;
	int result;

	request_start(&request, client, OP_BACKUP_OPEN, NULL);
	if (!form_length || form_length > KEYBAG_BACKUP_MAX_FORM)
		request.error = -EBADMSG;
	else
		message_add_bytes(&request.writer, KEY_FORM, form, form_length);
	request_add_proof(&request, proof);
	request_add_passcode(&request, password);
	result = client_try(&request, &reply, NULL, ret_attempt);
	if (!result)
		result = read_ticket(client, &reply, ret_ticket);
	if (!result && message_u32(&reply, KEY_FLAGS, &ret_ticket->flags) < 0)
		result = client_fail(client, -EPROTO);
	return result;
}

int keybag_client_backup_redeem(struct keybag_client *client, const struct keybag_whose *whose,
				const uint8_t number[KEYBAG_TICKET_SIZE])
{
	struct request request;
	struct message reply;
	int descriptor;
	int result;

	request_start(&request, client, OP_BACKUP_REDEEM, whose);
	message_add_bytes(&request.writer, KEY_TICKET, number, KEYBAG_TICKET_SIZE);
	result = client_call(&request, &reply, &descriptor);
	if (result < 0)
		return result;
	return descriptor < 0 ? client_fail(client, -EPROTO) : descriptor;
}
