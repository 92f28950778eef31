// SPDX-License-Identifier: GPL-2.0-or-later
#include "operation.h"

#include <errno.h>
#include <string.h>

struct operation *operation_new(const struct handler *handler)
{
	struct operation *operation = calloc(1, sizeof(*operation));

	if (!operation)
		return NULL;
	operation->handler = handler;
	operation->handover = HANDOVER_NONE;
	return operation;
}

void operation_set_bag(struct operation *operation, struct bag *bag)
{
	operation->bag = bag;
	operation->type = bag->type;
	operation->owner = bag->owner;
	memcpy(operation->uuid, bag->uuid, sizeof(operation->uuid));
	bag_label(bag, operation->label, sizeof(operation->label));
	operation->info = bag->info;
}

struct event_source operation_event(const struct operation *operation, uint32_t number)
{
	return (struct event_source){
		.uuid = operation->uuid,
		.uid = operation->peer_uid,
		.number = number,
		.told = 1,
		.while_ns = EVENT_MINUTE_NS,
	};
}

int operation_no_bag(struct operation *operation, int error)
{
	if (error == -ENOTUNIQ)
		return operation_fail(operation, error,
				      "more than one keybag of uid %u on disk: root has to choose with "
				      "'keybagctl list' and 'keybagctl destroy --uuid'",
				      operation->owner);
	if (operation->type == KEYBAG_TYPE_SYSTEM)
		return operation_fail(operation, error, "there is no system keybag: make one with "
				      "'keybagctl create --system'");
	/* Root rarely means its own. */
	if (operation_privileged(operation) && !operation->named)
		return operation_fail(operation, error, "root has no keybag of its own: name the user who is meant with "
				      "'--user NAME' ('keybagctl list' shows all), or make one with 'keybagctl create'");
	return operation_fail(operation, error, "uid %u has no keybag: make one with "
			      "'keybagctl create'", operation->owner);
}

void operation_end(struct operation *operation, bool dropped)
{
	if (operation->ended)
		operation->ended(operation, dropped);
	operation_free(operation);
}

void operation_free(struct operation *operation)
{
	secret_free(&operation->proof);
	secret_free(&operation->passcode);
	secret_free(&operation->key);
	secret_free(&operation->hardware);
	secret_free(&operation->new_hardware);
	handover_free(&operation->handover);
	free(operation->form);
	free(operation->certificate);
	free(operation->configured);
	free(operation);
}
