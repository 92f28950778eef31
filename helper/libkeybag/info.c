// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Facts that keybagd knows about keybags: status and list.
 */
#include "client.h"

#include <string.h>

#include "../common/deadline.h"

_Static_assert(offsetof(struct keybag_info, loaded) == 256, "what follows the status must not move");

void keybag_info_free(struct keybag_info *info)
{
	if (!info)
		return;
	free(info->owner_name);
	free(info->path);
	free(info->message);
	free(info);
}

void keybag_info_free_all(struct keybag_info **infos)
{
	size_t i;

	if (!infos)
		return;
	for (i = 0; infos[i]; i++)
		keybag_info_free(infos[i]);
	free(infos);
}

static void cleanup_info(struct keybag_info **info)
{
	keybag_info_free(*info);
}

static int copy_text(struct message *reply, const char *key, char **ret_text)
{
	char text[512] = "";

	if (message_text(reply, key, text, sizeof(text)) == -EPROTO)
		return -EPROTO;
	*ret_text = strdup(text);
	return *ret_text ? 0 : -ENOMEM;
}

/* Fields that are absent keep their zero; only those without which the rest means nothing must be there. */
static int read_status(struct message *reply, struct keybag_status *status)
{
	if (message_exact(reply, KEY_UUID, status->uuid, sizeof(status->uuid)) < 0 ||
	    message_u32(reply, KEY_OWNER, &status->owner) < 0 ||
	    message_u32(reply, KEY_TYPE, &status->type) < 0 ||
	    message_u32(reply, KEY_STATE, &status->state) < 0)
		return -EPROTO;
	message_u32(reply, KEY_REASON, &status->reason);
	message_unsigned(reply, KEY_STATE_SEQ, UINT64_MAX, (uint64_t *)&status->state_seq);
	message_unsigned(reply, KEY_STATE_TIME, UINT64_MAX, (uint64_t *)&status->state_time_ns);
	message_u32(reply, KEY_REQUESTER_UID, &status->requester.uid);
	message_u32(reply, KEY_REQUESTER_PID, &status->requester.pid);
	message_unsigned(reply, KEY_GENERATION, UINT64_MAX, (uint64_t *)&status->bag_generation);
	message_unsigned(reply, KEY_RETRY_AFTER, UINT64_MAX, (uint64_t *)&status->retry_after_ns);
	message_u32(reply, KEY_FAILURES, &status->failures);
	message_u32(reply, KEY_STATUS_FLAGS, &status->flags);
	message_u32(reply, KEY_CLASSES_PRESENT, &status->classes_present);
	message_u32(reply, KEY_CLASSES_AVAILABLE, &status->classes_available);
	return 0;
}

static int read_info(struct message *reply, struct keybag_info **ret_info)
{
	CLEANUP(cleanup_info) struct keybag_info *info = calloc(1, sizeof(*info));
	bool loaded = false;
	uint32_t error = 0;
	int result;

	if (!info)
		return -ENOMEM;
	result = read_status(reply, &info->status);
	if (result < 0)
		return result;
	message_boolean(reply, KEY_LOADED, &loaded);
	message_u32(reply, KEY_BAG_ERROR, &error);
	message_u32(reply, KEY_WARNINGS, &info->warnings);
	message_u32(reply, KEY_KDF_MEMORY, &info->kdf.memory_kib);
	message_u32(reply, KEY_KDF_PASSES, &info->kdf.passes);
	message_u32(reply, KEY_KDF_LANES, &info->kdf.lanes);
	info->loaded = loaded;
	info->error = -(int32_t)error;
	result = copy_text(reply, KEY_OWNER_NAME, &info->owner_name);
	if (!result)
		result = copy_text(reply, KEY_PATH, &info->path);
	if (!result)
		result = copy_text(reply, KEY_BAG_MESSAGE, &info->message);
	if (result < 0)
		return result;
	*ret_info = info;
	info = NULL;
	return 0;
}

int keybag_client_status(struct keybag_client *client, const struct keybag_whose *whose,
			 struct keybag_info **ret_info)
{
	struct request request;
	struct message reply;
	int result;

	request_start(&request, client, OP_STATUS, whose);
	request.repeatable = true;
	result = client_call(&request, &reply, NULL);
	if (result < 0)
		return result;
	result = read_info(&reply, ret_info);
	return result < 0 ? client_fail(client, result) : 0;
}

int keybag_client_load_info(struct keybag_client *client, const struct keybag_whose *whose,
			    uint32_t flags, struct keybag_info **ret_info)
{
	struct request request;
	struct message reply;
	uint32_t state;
	int result;

	request_start(&request, client, OP_LOAD, whose);
	request.repeatable = true;
	message_add_unsigned(&request.writer, KEY_FLAGS, flags);
	result = client_call(&request, &reply, NULL);
	if (result < 0)
		return result;
	/* A daemon that an upgrade has not restarted yet tells the UUID alone. */
	if (message_u32(&reply, KEY_STATE, &state) < 0)
		return keybag_client_status(client, whose, ret_info);
	result = read_info(&reply, ret_info);
	return result < 0 ? client_fail(client, result) : 0;
}

/* One keybag a request: the cursor is the UUID of the last one, and the reply is the next one, whose UUID is greater. */
static int read_next(struct keybag_client *client, const struct keybag_info *last, struct keybag_info **ret_info,
		     uint64_t deadline)
{
	struct keybag_info *info;
	struct request request;
	struct message reply;
	int result;

	request_start(&request, client, OP_LIST, NULL);
	request.repeatable = true;
	if (last)
		message_add_bytes(&request.writer, KEY_CURSOR, last->status.uuid, KEYBAG_UUID_SIZE);
	result = client_call_by(&request, &reply, NULL, deadline);
	if (result < 0)
		return result;
	result = read_info(&reply, &info);
	/* From any other there would be no end. */
	if (!result && last && memcmp(info->status.uuid, last->status.uuid, KEYBAG_UUID_SIZE) <= 0) {
		keybag_info_free(info);
		result = -EPROTO;
	}
	if (result < 0)
		return client_fail(client, result);
	*ret_info = info;
	return 0;
}

int keybag_client_list(struct keybag_client *client, struct keybag_info ***ret_infos)
{
	uint64_t deadline = deadline_after(client->limit_ns);
	struct keybag_info **infos = NULL, **larger;
	size_t count = 0;
	int result;

	for (;;) {
		larger = reallocarray(infos, count + 2, sizeof(*infos));
		if (!larger) {
			result = client_fail(client, -ENOMEM);
			break;
		}
		infos = larger;
		infos[count] = infos[count + 1] = NULL;
		result = read_next(client, count ? infos[count - 1] : NULL, &infos[count], deadline);
		if (result < 0)
			break;
		count++;
	}
	if (result != -ENOENT) {
		keybag_info_free_all(infos);
		return result;
	}
	client->text[0] = 0;
	*ret_infos = infos;
	return 0;
}
