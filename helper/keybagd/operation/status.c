// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Status of a keybag; no operation waits for another here.
 */
#include "status.h"

#include <errno.h>
#include <string.h>

#include "common/paths.h"
#include "common/protocol.h"
#include "handlers.h"
#include "keybagd/bag/module_open.h"
#include "keybagd/kernel/device_ioctl.h"
#include "keybagd/kernel/device_key.h"
#include "keybagd/secret/password_mismatch.h"
#include "keybagd/secret/tenth_failure.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/store.h"

static void add_status(struct writer *writer, const struct keybag_status *status)
{
	message_add_unsigned(writer, KEY_STATE, status->state);
	message_add_unsigned(writer, KEY_REASON, status->reason);
	message_add_unsigned(writer, KEY_STATE_SEQ, status->state_seq);
	message_add_unsigned(writer, KEY_STATE_TIME, status->state_time_ns);
	message_add_unsigned(writer, KEY_REQUESTER_UID, status->requester.uid);
	message_add_unsigned(writer, KEY_REQUESTER_PID, status->requester.pid);
	message_add_unsigned(writer, KEY_GENERATION, status->bag_generation);
	message_add_unsigned(writer, KEY_RETRY_AFTER, status->retry_after_ns);
	message_add_unsigned(writer, KEY_FAILURES, status->failures);
	message_add_unsigned(writer, KEY_STATUS_FLAGS, status->flags);
	message_add_unsigned(writer, KEY_CLASSES_PRESENT, status->classes_present);
	message_add_unsigned(writer, KEY_CLASSES_AVAILABLE, status->classes_available);
}

static const struct request_result no_reason;

/* The warnings that are not in the sealed form. */
static uint32_t present_warnings(const struct bag *bag, bool loaded, const struct keybag_status *status)
{
	return (loaded && device_key_is_lost() ? KEYBAG_WARNING_DEVICE_KEY : 0) |
	       (tenth_failure_disabled(status) ? KEYBAG_WARNING_DISABLED : 0) |
	       (bag->info.passcode && password_mismatch_noted(bag->uuid) ? KEYBAG_WARNING_LOGIN_DIFFERS : 0);
}

/*
 * Without the module the daemon knows nothing of a keybag but its file: it says so, whatever the last load has met. A
 * verdict on a file goes for that file alone.
 */
static const struct request_result *why_not_loaded(const struct bag *bag)
{
	struct store_stamp stamp = store_stamp(bag->uuid, FORM_SUFFIX);

	if (module_why_not()->error)
		return module_why_not();
	return store_stamp_same(&stamp, &bag->why_not_of) ? &bag->why_not : &no_reason;
}

static void add_bag(const struct bag *bag, struct writer *writer)
{
	struct keybag_status status = {
		.state = KEYBAG_STATE_GONE,
		.bag_generation = bag->info.generation,
		.flags = (bag->info.passcode ? KEYBAG_STATUS_PASSCODE : 0) | (bag->info.guarded ? KEYBAG_STATUS_HARDWARE : 0),
	};
	char path[sizeof(KEYBAG_BAG_FOLDER) + STORE_NAME_SIZE] = KEYBAG_BAG_FOLDER "/";
	bool loaded = device_ioctl_status(bag->uuid, &status) == 0;
	const struct request_result *why_not;

	store_name(path + strlen(path), bag->uuid, FORM_SUFFIX);
	message_add_bytes(writer, KEY_UUID, bag->uuid, sizeof(bag->uuid));
	message_add_unsigned(writer, KEY_OWNER, bag->owner);
	message_add_unsigned(writer, KEY_TYPE, bag->type);
	add_status(writer, &status);
	message_add_boolean(writer, KEY_LOADED, loaded);
	message_add_unsigned(writer, KEY_KDF_MEMORY, bag->info.kdf.memory_kib);
	message_add_unsigned(writer, KEY_KDF_PASSES, bag->info.kdf.passes);
	message_add_unsigned(writer, KEY_KDF_LANES, bag->info.kdf.lanes);
	message_add_unsigned(writer, KEY_WARNINGS, bag->info.warnings | present_warnings(bag, loaded, &status));
	message_add_text(writer, KEY_OWNER_NAME, bag->info.owner_name);
	message_add_text(writer, KEY_PATH, path);
	why_not = loaded ? &no_reason : why_not_loaded(bag);
	if (why_not->error) {
		message_add_unsigned(writer, KEY_BAG_ERROR, (uint64_t)-why_not->error);
		message_add_text(writer, KEY_BAG_MESSAGE, why_not->text);
	}
}

void status_reply(struct operation *operation, struct writer *writer)
{
	add_bag(operation->bag, writer);
}

const struct handler handle_status = {
	.name = "status",
	.properties = TAKES_TARGET | NEEDS_BAG,
	.reply = status_reply,
};

/* The tries that the TPM has left. */
static void tries_work(struct operation *operation)
{
	const struct guard_owner owner = { operation->label, operation->info.recoveries };

	if (!operation->info.guarded)
		operation_fail(operation, -ENOENT, "%s: the TPM does not check its passcode", operation->label);
	else
		guard_count(&owner, &operation->info.guard, &operation->tpm_tries, &operation->result);
}

static void tries_reply(struct operation *operation, struct writer *writer)
{
	message_add_unsigned(writer, KEY_TPM_TRIES, operation->tpm_tries);
}

const struct handler handle_passcode_tries = {
	.name = OP_PASSCODE_TRIES,
	.properties = TAKES_TARGET | NEEDS_BAG,
	.work = tries_work,
	.reply = tries_reply,
};

static bool may_see(const struct operation *operation, const struct bag *bag)
{
	return operation_privileged(operation) ||
	       (bag->owner == operation->peer_uid && bag->type != KEYBAG_TYPE_SYSTEM);
}

/* One keybag a reply: the first one after the cursor. */
static int prepare_list(struct operation *operation)
{
	struct bag *bag;

	if (!operation->has_cursor)
		bag_scan();
	for (bag = bag_first(); bag; bag = bag->next) {
		if (operation->has_cursor &&
		    memcmp(bag->uuid, operation->cursor, sizeof(bag->uuid)) <= 0)
			continue;
		if (!may_see(operation, bag))
			continue;
		operation_set_bag(operation, bag);
		return 0;
	}
	return operation_fail(operation, -ENOENT, "no more keybags");
}

const struct handler handle_list = {
	.name = "list",
	.properties = TAKES_CURSOR,
	.prepare = prepare_list,
	.reply = status_reply,
};
