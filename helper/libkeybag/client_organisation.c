// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Organisations that may open keybags.
 */
#include <errno.h>
#include <string.h>

#include "client.h"
#include "organisation.h"

/* The names that an organisation's fields have in an answer. */
struct organisation_keys {
	const char *digest, *subject, *from, *until;
};

static const struct organisation_keys present_keys = {
	KEY_ORGANISATION, KEY_ORGANISATION_SUBJECT, KEY_ORGANISATION_FROM, KEY_ORGANISATION_UNTIL,
};
static const struct organisation_keys configured_keys = {
	KEY_CONFIGURED, KEY_CONFIGURED_SUBJECT, KEY_CONFIGURED_FROM, KEY_CONFIGURED_UNTIL,
};

static void read_organisation(struct message *reply, const struct organisation_keys *keys, struct keybag_organisation *ret)
{
	*ret = (struct keybag_organisation){ 0 };
	ret->present = message_exact(reply, keys->digest, ret->digest, sizeof(ret->digest)) == 0;
	ret->known = ret->present && message_text(reply, keys->subject, ret->subject, sizeof(ret->subject)) == 0 &&
		     message_unsigned(reply, keys->from, INT64_MAX, &ret->not_before) == 0 &&
		     message_unsigned(reply, keys->until, INT64_MAX, &ret->not_after) == 0;
}

int keybag_client_organisation(struct keybag_client *client, const struct keybag_whose *whose,
			       struct keybag_organisation_info *ret_info)
{
	struct request request;
	struct message reply;
	int result;

	request_start(&request, client, OP_ORGANISATION, whose);
	request.repeatable = true;
	result = client_call(&request, &reply, NULL);
	if (result)
		return result;
	read_organisation(&reply, &present_keys, &ret_info->present);
	read_organisation(&reply, &configured_keys, &ret_info->configured);
	ret_info->problem[0] = 0;
	message_text(&reply, KEY_CONFIGURED_PROBLEM, ret_info->problem, sizeof(ret_info->problem));
	return 0;
}

static void add_certificate(struct request *request, const void *certificate, size_t length)
{
	if (!length || length > KEYBAG_MAX_CERTIFICATE)
		request->error = -EINVAL;
	else
		message_add_bytes(&request->writer, KEY_CERTIFICATE, certificate, length);
}

int keybag_client_organisation_read(struct keybag_client *client, const struct keybag_whose *whose, const void *certificate,
				    size_t length, struct keybag_organisation *ret_organisation)
{
	struct request request;
	struct message reply;
	int result;

	request_start(&request, client, OP_ORGANISATION_READ, whose);
	request.repeatable = true;
	add_certificate(&request, certificate, length);
	result = client_call(&request, &reply, NULL);
	if (result)
		return result;
	read_organisation(&reply, &present_keys, ret_organisation);
	return ret_organisation->known ? 0 : client_fail(client, -EPROTO);
}

int keybag_client_organisation_add(struct keybag_client *client, const struct keybag_whose *whose,
				   const struct keybag_proof *authority, const void *certificate, size_t length, uint32_t flags,
				   struct keybag_attempt *ret_attempt)
{
	struct request request;
	struct message reply;

	request_start(&request, client, OP_ORGANISATION_ADD, whose);
	request_add_proof(&request, authority);
	message_add_unsigned(&request.writer, KEY_FLAGS, flags);
	add_certificate(&request, certificate, length);
	return client_try(&request, &reply, NULL, ret_attempt);
}

int keybag_client_organisation_remove(struct keybag_client *client, const struct keybag_whose *whose,
				      const struct keybag_proof *authority, struct keybag_attempt *ret_attempt)
{
	struct request request;
	struct message reply;

	request_start(&request, client, OP_ORGANISATION_REMOVE, whose);
	request_add_proof(&request, authority);
	return client_try(&request, &reply, NULL, ret_attempt);
}

ssize_t keybag_client_organisation_export(struct keybag_client *client, const struct keybag_whose *whose,
					  uint8_t ret_sealed[KEYBAG_MAX_ORGANISATION_SEALED])
{
	struct request request;
	struct message reply;
	const uint8_t *sealed;
	size_t length;
	int result;

	request_start(&request, client, OP_ORGANISATION_EXPORT, whose);
	request.repeatable = true;
	result = client_call(&request, &reply, NULL);
	if (result)
		return result;
	if (message_bytes(&reply, KEY_SEALED, &sealed, &length) < 0 || !length || length > KEYBAG_MAX_ORGANISATION_SEALED)
		return client_fail(client, -EPROTO);
	memcpy(ret_sealed, sealed, length);
	return (ssize_t)length;
}
