// SPDX-License-Identifier: GPL-2.0-or-later
#include "operation.h"

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
	operation->facts = bag->facts;
}

void operation_free(struct operation *operation)
{
	secret_free(&operation->proof);
	secret_free(&operation->passcode);
	secret_free(&operation->key);
	handover_free(&operation->handover);
	free(operation->form);
	free(operation);
}
