// SPDX-License-Identifier: GPL-2.0-or-later
#include "handlers.h"

#include <string.h>

#include "common/protocol.h"

static const struct handler *const handlers[] = {
	&handle_create, &handle_takeover, &handle_destroy, &handle_status, &handle_list,
	&handle_watch, &handle_unlock, &handle_lock, &handle_evict, &handle_ticket_new,
	&handle_ticket_redeem, &handle_set_passcode, &handle_remove_passcode,
	&handle_recovery_code_add, &handle_recovery_code_confirm, &handle_recovery_code_refuse,
	&handle_load, &handle_unload, &handle_keychain, &handle_program,
	&handle_settings, &handle_set_idle, &handle_device_key, &handle_device_key_move,
	&handle_organisation, &handle_organisation_read, &handle_organisation_add, &handle_organisation_remove,
	&handle_organisation_export,
	&handle_passcode_tries,
};

const struct handler *handlers_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (!strcmp(handlers[i]->name, name))
			return handlers[i];
	return NULL;
}

void handlers_reply_uuid(struct operation *operation, struct writer *writer)
{
	message_add_bytes(writer, KEY_UUID, operation->uuid, sizeof(operation->uuid));
}
