// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Building a request.
 */
#include "client.h"

#include <string.h>

void request_start(struct request *request, struct keybag_client *client, const char *operation,
		   const struct keybag_whose *whose)
{
	struct writer *writer = &request->writer;

	*request = (struct request){ .client = client };
	client->text[0] = 0;
	message_start(writer, client->request, sizeof(client->request));
	message_add_unsigned(writer, KEY_VERSION, PROTOCOL_VERSION);
	message_add_unsigned(writer, KEY_ID, ++client->next_id);
	message_add_text(writer, KEY_OPERATION, operation);
	if (!whose)
		return;
	switch ((enum keybag_whose_by)whose->by) {
	case KEYBAG_WHOSE_OWN:
		return;
	case KEYBAG_WHOSE_UID:
		message_add_unsigned(writer, KEY_UID, whose->uid);
		return;
	case KEYBAG_WHOSE_UUID:
		message_add_bytes(writer, KEY_UUID, whose->uuid, sizeof(whose->uuid));
		return;
	case KEYBAG_WHOSE_SYSTEM:
		message_add_boolean(writer, KEY_SYSTEM, true);
		return;
	}
	request->error = -EINVAL;
}

static void add_secret(struct request *request, const struct keybag_proof *proof)
{
	if (!proof->text || proof->length < 1 || proof->length > KEYBAG_MAX_PASSCODE ||
	    memchr(proof->text, 0, proof->length)) {
		request->error = -EINVAL;
		return;
	}
	request->secret[request->secrets].text = proof->text;
	request->secret[request->secrets].length = proof->length;
	request->secrets++;
}

void request_add_proof(struct request *request, const struct keybag_proof *proof)
{
	if (!proof || proof->kind == KEYBAG_PROTECTOR_NONE)
		return;
	message_add_unsigned(&request->writer, KEY_PROOF, proof->kind);
	add_secret(request, proof);
}

void request_add_passcode(struct request *request, const struct keybag_proof *passcode)
{
	if (!passcode || passcode->kind == KEYBAG_PROTECTOR_NONE)
		return;
	if (passcode->kind != KEYBAG_PROTECTOR_PASSCODE)
		request->error = -EINVAL;
	message_add_boolean(&request->writer, KEY_PASSCODE, true);
	add_secret(request, passcode);
}

void request_add_kdf(struct request *request, const struct keybag_kdf *kdf)
{
	if (!kdf)
		return;
	if (kdf->memory_kib)
		message_add_unsigned(&request->writer, KEY_KDF_MEMORY, kdf->memory_kib);
	if (kdf->passes)
		message_add_unsigned(&request->writer, KEY_KDF_PASSES, kdf->passes);
	if (kdf->lanes)
		message_add_unsigned(&request->writer, KEY_KDF_LANES, kdf->lanes);
}
