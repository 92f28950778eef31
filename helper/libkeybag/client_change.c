// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Creating, changing, recovering and destroying a keybag: not repeated when keybagd goes away.
 */
#include "client.h"

#include <errno.h>
#include <string.h>

#include "../common/cancellation.h"
#include "../common/handover.h"
#include "../common/recovery_code.h"
#include "organisation.h"
#include "passcode_tpm.h"

_Static_assert(RECOVERY_CODE_LENGTH < KEYBAG_RECOVERY_CODE_SIZE, "a recovery code has to fit");

static int read_uuid(struct keybag_client *client, struct message *reply,
		     uint8_t ret_uuid[KEYBAG_UUID_SIZE])
{
	if (message_exact(reply, KEY_UUID, ret_uuid, KEYBAG_UUID_SIZE) < 0)
		return client_fail(client, -EPROTO);
	return 0;
}

int keybag_client_create(struct keybag_client *client, const struct keybag_whose *whose,
			 const struct keybag_proof *passcode, const struct keybag_kdf *kdf,
			 uint32_t flags, uint8_t ret_uuid[KEYBAG_UUID_SIZE])
{
	struct request request;
	struct message reply;
	int result;

	request_start(&request, client, OP_CREATE, whose);
	request_add_passcode(&request, passcode);
	request_add_kdf(&request, kdf);
	message_add_unsigned(&request.writer, KEY_FLAGS, flags);
	result = client_call(&request, &reply, NULL);
	return result ? result : read_uuid(client, &reply, ret_uuid);
}

int keybag_client_recover(struct keybag_client *client, const void *form, size_t form_length,
			  const struct keybag_proof *code, const struct keybag_proof *passcode,
			  const struct keybag_kdf *kdf, uint8_t ret_uuid[KEYBAG_UUID_SIZE])
{
	return keybag_client_recover_telling(client, form, form_length, code, passcode, kdf, ret_uuid, NULL);
}

int keybag_client_recover_telling(struct keybag_client *client, const void *form, size_t form_length,
				  const struct keybag_proof *code, const struct keybag_proof *passcode, const struct keybag_kdf *kdf,
				  uint8_t ret_uuid[KEYBAG_UUID_SIZE], struct keybag_attempt *ret_attempt)
{
	struct request request;
	struct message reply;
	int result;

	request_start(&request, client, OP_RECOVER, NULL);
	if (form_length > KEYBAG_MAX_FORM)
		request.error = -EBADMSG;
	message_add_bytes(&request.writer, KEY_FORM, form, form_length);
	request_add_proof(&request, code);
	request_add_passcode(&request, passcode);
	request_add_kdf(&request, kdf);
	result = client_try(&request, &reply, NULL, ret_attempt);
	return result ? result : read_uuid(client, &reply, ret_uuid);
}

int keybag_client_set_passcode_by(struct keybag_client *client, const struct keybag_whose *whose,
				  const struct keybag_proof *authority, const struct keybag_proof *passcode,
				  const struct keybag_kdf *kdf, uint32_t flags, struct keybag_attempt *ret_attempt)
{
	struct request request;
	struct message reply;

	request_start(&request, client, OP_SET_PASSCODE, whose);
	request_add_proof(&request, authority);
	request_add_passcode(&request, passcode);
	request_add_kdf(&request, kdf);
	if (flags)
		message_add_unsigned(&request.writer, KEY_FLAGS, flags);
	return client_try(&request, &reply, NULL, ret_attempt);
}

int keybag_client_set_passcode(struct keybag_client *client, const struct keybag_whose *whose,
			       const struct keybag_proof *authority,
			       const struct keybag_proof *passcode, const struct keybag_kdf *kdf,
			       struct keybag_attempt *ret_attempt)
{
	return keybag_client_set_passcode_by(client, whose, authority, passcode, kdf, 0, ret_attempt);
}

/* Operations that need nothing besides. */
static int try_with_proof(struct keybag_client *client, const char *operation,
			  const struct keybag_whose *whose, const struct keybag_proof *proof,
			  struct keybag_attempt *ret_attempt)
{
	struct request request;
	struct message reply;

	request_start(&request, client, operation, whose);
	request_add_proof(&request, proof);
	return client_try(&request, &reply, NULL, ret_attempt);
}

int keybag_client_remove_passcode(struct keybag_client *client, const struct keybag_whose *whose,
				  const struct keybag_proof *authority,
				  struct keybag_attempt *ret_attempt)
{
	return try_with_proof(client, OP_REMOVE_PASSCODE, whose, authority, ret_attempt);
}

/* Copied byte by byte: not through vector registers. -ECONNRESET: it was made, and cannot be read or was zeroed by now. */
static int receive_code(int descriptor, char ret_code[KEYBAG_RECOVERY_CODE_SIZE])
{
	CLEANUP_SECRET struct secret code = SECRET_NONE;
	int result = handover_receive(descriptor, RECOVERY_CODE_LENGTH, &code);
	size_t i;

	if (result == -ENOMEM)
		return -ECONNRESET;
	if (result < 0 || code.length != RECOVERY_CODE_LENGTH)
		return -EPROTO;
	if (memchr(code.data, 0, code.length))
		return -ECONNRESET;
	for (i = 0; i < code.length; i++)
		ret_code[i] = (char)((volatile uint8_t *)code.data)[i];
	ret_code[i] = 0;
	return 0;
}

int keybag_client_recovery_add(struct keybag_client *client, const struct keybag_whose *whose,
			       const struct keybag_proof *authority, uint32_t flags,
			       char ret_code[KEYBAG_RECOVERY_CODE_SIZE],
			       struct keybag_attempt *ret_attempt)
{
	NOT_CANCELLED;
	CLEANUP_FD int descriptor = -1;
	struct request request;
	struct message reply;
	int result;

	request_start(&request, client, OP_RECOVERY_ADD, whose);
	request_add_proof(&request, authority);
	message_add_unsigned(&request.writer, KEY_FLAGS, flags);
	result = client_try(&request, &reply, &descriptor, ret_attempt);
	if (result < 0)
		return result;
	result = receive_code(descriptor, ret_code);
	if (!result)
		return 0;
	if (ret_attempt)
		*ret_attempt = (struct keybag_attempt){ 0 };
	return client_fail(client, result);
}

int keybag_client_recovery_confirm(struct keybag_client *client, const struct keybag_whose *whose,
				   const struct keybag_proof *code,
				   struct keybag_attempt *ret_attempt)
{
	return try_with_proof(client, OP_RECOVERY_CONFIRM, whose, code, ret_attempt);
}

int keybag_client_recovery_refuse(struct keybag_client *client, const struct keybag_whose *whose,
				  const struct keybag_proof *authority,
				  struct keybag_attempt *ret_attempt)
{
	return try_with_proof(client, OP_RECOVERY_REFUSE, whose, authority, ret_attempt);
}

int keybag_client_destroy(struct keybag_client *client, const struct keybag_whose *whose,
			  const struct keybag_proof *proof, struct keybag_attempt *ret_attempt)
{
	return try_with_proof(client, OP_DESTROY, whose, proof, ret_attempt);
}
