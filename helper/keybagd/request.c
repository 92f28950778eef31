// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <errno.h>
#include <string.h>

#include "common/protocol.h"
#include "common/transport.h"
#include "config.h"
#include "connection.h"
#include "handlers.h"
#include "kernel.h"
#include "keychain.h"
#include "queue.h"
#include "reply.h"

static const struct handler *const handlers[] = {
	&handle_create, &handle_recover, &handle_destroy, &handle_status, &handle_list,
	&handle_watch, &handle_unlock, &handle_lock, &handle_evict, &handle_ticket_new,
	&handle_ticket_redeem, &handle_set_passcode, &handle_remove_passcode,
	&handle_recovery_add, &handle_recovery_confirm, &handle_recovery_refuse,
	&handle_load, &handle_unload, &handle_keychain, &handle_program,
};

/* Answers what could not even be read. */
static const struct handler unreadable = { .name = "?" };

static const struct handler *find_handler(struct message *message)
{
	char name[32];
	size_t i;

	if (message_text(message, KEY_OPERATION, name, sizeof(name)) < 0)
		return NULL;
	for (i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (!strcmp(handlers[i]->name, name))
			return handlers[i];
	return NULL;
}

static int malformed(struct operation *operation, const char *key)
{
	return outcome_fail(&operation->outcome, -EINVAL,
			    "request '%s' malformed: field '%s'", operation->handler->name, key);
}

/* @result of a getter: absent is fine, malformed is not. */
static int optional(struct operation *operation, int result, const char *key)
{
	return result == -EPROTO ? malformed(operation, key) : 0;
}

static int read_numbers(struct operation *operation, struct message *message)
{
	const struct handler *handler = operation->handler;
	struct keybag_kdf *kdf = &operation->kdf;
	int result = 0;

	if (handler->properties & TAKES_FLAGS)
		result = optional(operation, message_u32(message, KEY_FLAGS, &operation->flags),
				  KEY_FLAGS);
	if (!result && operation->flags & ~handler->flags)
		result = malformed(operation, KEY_FLAGS);
	if (!result && handler->properties & TAKES_REASON)
		result = optional(operation, message_u32(message, KEY_REASON, &operation->reason),
				  KEY_REASON);
	if (!result && handler->properties & TAKES_PID &&
	    (message_u32(message, KEY_PID, &operation->pid) < 0 || operation->pid > INT32_MAX))
		result = malformed(operation, KEY_PID);
	if (result || !(handler->properties & TAKES_KDF))
		return result;
	result = optional(operation, message_u32(message, KEY_KDF_MEMORY, &kdf->memory_kib),
			  KEY_KDF_MEMORY);
	if (!result)
		result = optional(operation, message_u32(message, KEY_KDF_PASSES, &kdf->passes),
				  KEY_KDF_PASSES);
	if (!result)
		result = optional(operation, message_u32(message, KEY_KDF_LANES, &kdf->lanes),
				  KEY_KDF_LANES);
	return result;
}

static int read_bytes(struct operation *operation, struct message *message)
{
	unsigned int properties = operation->handler->properties;
	const uint8_t *form;
	int result;

	if (properties & TAKES_TICKET &&
	    message_exact(message, KEY_TICKET, operation->ticket, KEYBAG_TICKET_SIZE) < 0)
		return malformed(operation, KEY_TICKET);
	if (properties & TAKES_CURSOR) {
		result = message_exact(message, KEY_CURSOR, operation->cursor, KEYBAG_UUID_SIZE);
		operation->has_cursor = !result;
		if (result == -EPROTO)
			return malformed(operation, KEY_CURSOR);
	}
	if (!(properties & TAKES_FORM))
		return 0;
	if (message_bytes(message, KEY_FORM, &form, &operation->form_length) < 0 ||
	    !operation->form_length || operation->form_length > KEYBAG_MAX_FORM)
		return malformed(operation, KEY_FORM);
	operation->form = malloc(operation->form_length);
	if (!operation->form)
		return outcome_fail_plain(&operation->outcome, -ENOMEM, "request");
	memcpy(operation->form, form, operation->form_length);
	return 0;
}

static int receive_secret(struct operation *operation, int descriptor, struct secret *secret)
{
	int result = handover_receive(descriptor, KEYBAG_MAX_PASSCODE, secret);

	if (result < 0)
		return outcome_fail(&operation->outcome, result,
				    "passcode or recovery code not readable: it has to come in a "
				    "memory file of 1 to %d bytes", KEYBAG_MAX_PASSCODE);
	return 0;
}

static int read_secrets(struct operation *operation, struct message *message,
			const int *descriptors)
{
	unsigned int properties = operation->handler->properties;
	size_t next = 0;
	int result;

	if (properties & TAKES_PROOF) {
		result = message_u32(message, KEY_PROOF, &operation->proof_kind);
		if (result == -EPROTO ||
		    (!result && operation->proof_kind != KEYBAG_PROTECTOR_PASSCODE &&
		     operation->proof_kind != KEYBAG_PROTECTOR_RECOVERY))
			return malformed(operation, KEY_PROOF);
		if (!result && receive_secret(operation, descriptors[next++], &operation->proof))
			return operation->outcome.error;
	}
	if (properties & TAKES_PASSCODE) {
		result = message_boolean(message, KEY_PASSCODE, &operation->new_passcode);
		if (result == -EPROTO)
			return malformed(operation, KEY_PASSCODE);
		if (operation->new_passcode &&
		    receive_secret(operation, descriptors[next++], &operation->passcode))
			return operation->outcome.error;
	}
	if (next < TRANSPORT_MAX_DESCRIPTORS && descriptors[next] >= 0)
		return malformed(operation, "descriptors");
	return 0;
}

static int check_kdf(struct operation *operation)
{
	bool privileged = operation_privileged(operation);

	if (!operation->new_passcode)
		return 0;
	if (config_complete_kdf(&operation->kdf, privileged) < 0)
		return outcome_fail(&operation->outcome, -EINVAL,
				    "KDF cost out of range: memory 64 to %u KiB on this machine%s, "
				    "1 to 100 passes, 1 to 4 lanes",
				    config_kdf_limit_kib(privileged),
				    privileged ? "" : " (root may use twice that)");
	return 0;
}

/* Whether it may name keybags that are not the peer's own. */
static bool may_name_all(const struct operation *operation)
{
	return operation_privileged(operation) || operation->handler->properties & KEYCHAIN_ONLY;
}

/* For a peer that is not root, another's keybag and none at all are the same. */
static int no_such_uuid(struct operation *operation)
{
	return outcome_fail(&operation->outcome, -ENOENT,
			    "no such keybag: 'keybagctl list' shows those you may see");
}

static int target_by_uuid(struct operation *operation, const uint8_t uuid[KEYBAG_UUID_SIZE])
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

static int no_bag(struct operation *operation, int error)
{
	struct outcome *outcome = &operation->outcome;

	if (error == -ENOTUNIQ)
		return outcome_fail(outcome, error,
				    "more than one keybag of uid %u on disk: root has to choose with "
				    "'keybagctl list' and 'keybagctl destroy --uuid'",
				    operation->owner);
	if (operation->type == KEYBAG_TYPE_SYSTEM)
		return outcome_fail(outcome, error, "there is no system keybag: make one with "
				    "'keybagctl create --system'");
	return outcome_fail(outcome, error, "uid %u has no keybag: make one with "
			    "'keybagctl create'", operation->owner);
}

static int read_target(struct operation *operation, struct message *message)
{
	uint8_t uuid[KEYBAG_UUID_SIZE];
	struct bag *bag;
	bool system = false;
	uint32_t uid;
	int result;

	operation->type = KEYBAG_TYPE_USER;
	operation->owner = operation->peer_uid;
	if (!(operation->handler->properties & TAKES_TARGET))
		return 0;
	result = message_exact(message, KEY_UUID, uuid, sizeof(uuid));
	operation->named_by_uuid = !result;
	operation->named = !result;
	if (!result)
		return target_by_uuid(operation, uuid);
	if (result == -EPROTO)
		return malformed(operation, KEY_UUID);
	result = message_boolean(message, KEY_SYSTEM, &system);
	if (result == -EPROTO)
		return malformed(operation, KEY_SYSTEM);
	if (system) {
		if (!may_name_all(operation))
			return outcome_fail(&operation->outcome, -EACCES,
					    "the system keybag is for root");
		operation->type = KEYBAG_TYPE_SYSTEM;
		operation->owner = KEYBAG_UID_NONE;
		operation->named = true;
	} else {
		result = message_u32(message, KEY_UID, &uid);
		if (result == -EPROTO || (!result && uid == KEYBAG_UID_NONE))
			return malformed(operation, KEY_UID);
		if (!result && uid != operation->peer_uid && !may_name_all(operation))
			return outcome_fail(&operation->outcome, -EACCES,
					    "the keybag of uid %u is for that user and root", uid);
		operation->named = !result;
		if (!result)
			operation->owner = uid;
	}
	result = bag_find_of(operation->type, operation->owner, &bag);
	if (result == -ENOENT) {
		bag_scan();
		result = bag_find_of(operation->type, operation->owner, &bag);
	}
	if (!result)
		operation_set_bag(operation, bag);
	else if (operation->handler->properties & NEEDS_BAG || result != -ENOENT)
		return no_bag(operation, result);
	return 0;
}

static int read_request(struct operation *operation, struct message *message,
			const int *descriptors)
{
	const struct field *unknown;
	uint64_t version;
	int result;

	if (message_unsigned(message, KEY_VERSION, UINT64_MAX, &version) < 0 ||
	    version != PROTOCOL_VERSION)
		return outcome_fail(&operation->outcome, -EPROTO,
				    "this keybagd speaks version %d of the protocol: install client "
				    "and daemon of the same release", PROTOCOL_VERSION);
	/* Secrets first: they are taken over, and wiped, whatever else is wrong. */
	result = read_secrets(operation, message, descriptors);
	if (!result)
		result = read_numbers(operation, message);
	if (!result)
		result = read_bytes(operation, message);
	if (result)
		return result;
	if (operation->handler->properties & ROOT_ONLY && !operation_privileged(operation))
		return outcome_fail(&operation->outcome, -EPERM, "'%s' is for root",
				    operation->handler->name);
	if (operation->handler->properties & KEYCHAIN_ONLY &&
	    !keychain_is_peer(operation->peer_uid))
		return outcome_fail(&operation->outcome, -EPERM, "'%s' is for keychaind and root",
				    operation->handler->name);
	result = read_target(operation, message);
	if (result)
		return result;
	unknown = message_unused(message);
	if (unknown)
		return outcome_fail(&operation->outcome, -EINVAL,
				    "request '%s': unknown field '%.*s'", operation->handler->name,
				    (int)unknown->key_length, unknown->key);
	return check_kdf(operation);
}

static int carry_out(struct operation *operation)
{
	const struct handler *handler = operation->handler;
	int result = kernel_open(&operation->outcome);

	if (result < 0 && !(handler->properties & NEEDS_KERNEL)) {
		operation->outcome = (struct outcome){ 0 };
		result = 0;
	}
	if (!result && handler->prepare)
		result = handler->prepare(operation);
	if (!result && handler->work)
		result = queue_add(operation);
	return result;
}

void request_handle(struct connection *connection, const struct ucred *peer, const uint8_t *bytes,
		    size_t length, const int *descriptors)
{
	const struct handler *handler = NULL;
	struct operation *operation;
	struct message message;
	int result;

	if (!message_parse(&message, bytes, length))
		handler = find_handler(&message);
	else
		message.count = 0;
	operation = operation_new(handler ? handler : &unreadable);
	if (!operation) {
		connection_drop(connection);
		return;
	}
	connection_begin(connection, operation);
	operation->peer_uid = peer->uid;
	operation->peer_pid = peer->pid;
	message_unsigned(&message, KEY_ID, UINT64_MAX, &operation->id);
	if (handler)
		result = read_request(operation, &message, descriptors);
	else
		result = outcome_fail(&operation->outcome, -EINVAL,
				      "not a request that this keybagd knows");
	if (!result) {
		result = carry_out(operation);
		/* Queued: it belongs to the queue now, and may be gone already. */
		if (!result && handler->work)
			return;
	}
	reply_send(operation);
	operation_free(operation);
}
