// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "bag.h"
#include "device.h"

int bag_change(struct bag *bag, const struct secret *authority, struct keybag_change *change)
{
	struct keybag_try try;
	int result;

	if (authority->kind != KEYBAG_PROTECTOR_NONE) {
		result = bag_begin(bag, &try);
		if (result)
			return result;
		change->try_id = try.try_id;
	}
	memcpy(change->uuid, bag->uuid, KEYBAG_UUID_SIZE);
	change->authority = secret_for_kernel(authority);
	change->form = bag_form_buffer(bag);
	change->record = bag_record_buffer(bag);
	result = command(bag->device, KEYBAG_IOC_CHANGE, change);
	bag_keep_form(bag, &change->form);
	bag_keep_record(bag, &change->record);
	return result;
}

static int commit_or_abort(struct bag *bag, unsigned long request, __u64 generation)
{
	struct keybag_commit commit = { .generation = generation };

	memcpy(commit.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	return command(bag->device, request, &commit);
}

int bag_commit(struct bag *bag, __u64 generation)
{
	return commit_or_abort(bag, KEYBAG_IOC_COMMIT, generation);
}

int bag_abort(struct bag *bag, __u64 generation)
{
	return commit_or_abort(bag, KEYBAG_IOC_ABORT, generation);
}

int bag_set_passcode(struct bag *bag, const struct secret *authority, const struct secret *secret)
{
	struct keybag_change change = {
		.action = KEYBAG_ACTION_SET_PASSCODE,
		.protector = protector_for_kernel(secret),
		.secret = secret_for_kernel(secret),
	};
	int result = bag_change(bag, authority, &change);

	return result ? result : bag_commit(bag, change.generation);
}

int bag_remove_passcode(struct bag *bag, const struct secret *authority)
{
	const struct secret none = secret_new(KEYBAG_PROTECTOR_NONE);
	struct keybag_change change = {
		.action = KEYBAG_ACTION_REMOVE_PASSCODE,
		.protector = protector_for_kernel(&none),
		.secret = secret_for_kernel(&none),
	};
	int result = bag_change(bag, authority, &change);

	return result ? result : bag_commit(bag, change.generation);
}

int bag_add_protector(struct bag *bag, const struct secret *authority, struct secret *secret)
{
	struct keybag_change change = {
		.action = KEYBAG_ACTION_ADD_PROTECTOR,
		.protector = protector_for_kernel(secret),
		.secret = secret_for_kernel(secret),
	};
	int result = bag_change(bag, authority, &change);

	if (!result)
		result = bag_commit(bag, change.generation);
	if (result)
		return result;
	secret->id = change.target_id;
	return (int)change.target_id;
}

