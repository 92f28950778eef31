// SPDX-License-Identifier: GPL-2.0-or-later
#include "request_target.h"

#include <errno.h>

#include "common/protocol.h"
#include "keybagd/bag/bag.h"
#include "request_fields.h"

/* Whether it may name keybags that are not the peer's own. */
static bool may_name_all(const struct operation *operation)
{
	return operation_privileged(operation) || operation->handler->properties & KEYCHAIN_ONLY;
}

/* For a peer that is not root, another's keybag and none at all are the same. */
static int no_such_uuid(struct operation *operation)
{
	return operation_fail(operation, -ENOENT,
			      "no such keybag: 'keybagctl list' shows those you may see");
}

static int set_by_uuid(struct operation *operation, const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	struct bag *bag;

	bag_scan();
	bag = bag_find(uuid);
	if (!bag || (!may_name_all(operation) &&
		     (bag->owner != operation->peer_uid || bag->type == KEYBAG_TYPE_SYSTEM)))
		return no_such_uuid(operation);
	operation_set_bag(operation, bag);
	return 0;
}

static int set_by_owner(struct operation *operation)
{
	unsigned int properties = operation->handler->properties;
	struct bag *bag;
	int result = bag_find_of(operation->type, operation->owner, &bag);

	if (result < 0) {
		bag_scan();
		result = bag_find_of(operation->type, operation->owner, &bag);
	}
	if (!result)
		operation_set_bag(operation, bag);
	else if (properties & NEEDS_BAG || (result != -ENOENT && !(properties & EVERY_BAG)))
		return operation_no_bag(operation, result);
	return 0;
}

static int read_system(struct operation *operation, struct message *message, bool *ret_system)
{
	int result = message_boolean(message, KEY_SYSTEM, ret_system);

	if (result == -EPROTO)
		return request_fields_malformed(operation, KEY_SYSTEM);
	if (!*ret_system)
		return 0;
	if (!may_name_all(operation))
		return operation_fail(operation, -EACCES, "the system keybag is for root");
	operation->type = KEYBAG_TYPE_SYSTEM;
	operation->owner = KEYBAG_UID_NONE;
	operation->named = true;
	return 0;
}

static int read_uid(struct operation *operation, struct message *message)
{
	uint32_t uid;
	int result = message_u32(message, KEY_UID, &uid);

	if (result == -ENOENT)
		return 0;
	if (result < 0 || uid == KEYBAG_UID_NONE)
		return request_fields_malformed(operation, KEY_UID);
	if (uid != operation->peer_uid && !may_name_all(operation))
		return operation_fail(operation, -EACCES,
				      "only uid %u and root may use the keybag of uid %u", uid, uid);
	operation->owner = uid;
	operation->named = true;
	return 0;
}

int request_target_read(struct operation *operation, struct message *message)
{
	uint8_t uuid[KEYBAG_UUID_SIZE];
	bool system = false;
	int result;

	operation->type = KEYBAG_TYPE_USER;
	operation->owner = operation->peer_uid;
	if (!(operation->handler->properties & TAKES_TARGET))
		return 0;
	result = message_exact(message, KEY_UUID, uuid, sizeof(uuid));
	if (result == -EPROTO)
		return request_fields_malformed(operation, KEY_UUID);
	if (!result) {
		operation->named = true;
		operation->named_by_uuid = true;
		return set_by_uuid(operation, uuid);
	}
	result = read_system(operation, message, &system);
	if (!result && !system)
		result = read_uid(operation, message);
	return result ? result : set_by_owner(operation);
}
