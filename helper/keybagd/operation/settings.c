// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings that concern one user: what keybagd.conf says, and what that user has set.
 */
#include <errno.h>

#include "common/protocol.h"
#include "handlers.h"
#include "keybagd/bag/bag_lock.h"
#include "keybagd/config/config.h"
#include "keybagd/store/idle_file.h"

static void settings_reply(struct operation *operation, struct writer *writer)
{
	message_add_boolean(writer, KEY_CREATE_AT_LOGIN, config.create_at_login);
	message_add_unsigned(writer, KEY_IDLE_LIMIT, config.lock_after_idle);
	message_add_unsigned(writer, KEY_IDLE_OWN, operation->bag ? operation->bag->lock_after_idle : 0);
	message_add_unsigned(writer, KEY_IDLE, bag_lock_after_idle(operation->owner));
}

const struct handler handle_settings = {
	.name = "settings",
	.properties = TAKES_TARGET,
	.reply = settings_reply,
};

static int set_idle_prepare(struct operation *operation)
{
	if (operation->type == KEYBAG_TYPE_SYSTEM)
		return operation_fail(operation, -EOPNOTSUPP, "the system keybag never locks");
	if (operation->idle > KEYBAG_MAX_IDLE)
		return operation_fail(operation, -EINVAL, "%u seconds at most", KEYBAG_MAX_IDLE);
	if (config.lock_after_idle && operation->idle > config.lock_after_idle)
		return operation_fail(operation, -EPERM, "lock-after-idle in keybagd.conf is %u s: yours may be shorter, "
				      "not longer", config.lock_after_idle);
	return 0;
}

/* The disk may take its time, and any user may ask for this in a loop. */
static void set_idle_work(struct operation *operation)
{
	int result;

	/* Another request may have destroyed it meanwhile. */
	if (!operation->on_disk) {
		operation_no_bag(operation, -ENOENT);
		return;
	}
	result = idle_file_write(operation->uuid, operation->idle);
	if (result < 0)
		operation_fail_plain(operation, result);
}

static void set_idle_finish(struct operation *operation)
{
	if (operation->result.error)
		return;
	bag_set_idle(operation->bag, operation->idle);
}

const struct handler handle_set_idle = {
	.name = "set-idle",
	.properties = TAKES_TARGET | TAKES_IDLE | NEEDS_BAG,
	.prepare = set_idle_prepare,
	.work = set_idle_work,
	.finish = set_idle_finish,
	.reply = settings_reply,
};
