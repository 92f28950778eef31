// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "helper/common/registers.h"
#include "helper/keychain/base/cbor.h"
#include "helper/keychain/base/unit_credential.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/service/grants/entitlements.h"
#include "helper/keychain/service/grants/identity_find.h"
#include "keychains.h"
#include "on_behalf.h"
#include "service.h"
#include "system_roots.h"
#include "watchers.h"

/* Operations of root on others' keychains: they read no secret and no attribute but the group. */
static const char *const administration[] = {
	"access", "move", "purge", "keychains", "keychain-create", "keychain-delete",
	"keychain-default",
};

/* Operations that can make the database grow. */
static const char *const growth[] = {
	"add", "add-all", "upsert", "update", "move", "change-class", "pending-add", "restore",
};

/* Brings up to date who the peer is. Returns 0, or a negative errno. */
static int identify(struct engine_cache *cache, struct connection *connection)
{
	unsigned int generation = entitlements_generation();
	struct identity *identity = NULL;
	int result;

	if (connection->identity && connection->generation == generation)
		return identity_holds(connection->identity, connection, cache->client);
	result = identity_find(connection, cache->client, &identity);
	if (result < 0)
		return result;
	identity_free(connection->identity);
	connection->identity = identity;
	connection->generation = generation;
	return 0;
}

static struct value *cannot_identify(const struct connection *connection, int error)
{
	if (error == -ENOMEM)
		return NULL;
	if (error == -EHOSTDOWN)
		return answer_fail(errSecNotAvailable, "it cannot be told which program process %d is, as keybagd does not "
				   "answer: 'systemctl restart keybagd' starts it", connection->peer.pid);
	if (error == -EACCES && connection->identity)
		return answer_fail(errSecMissingEntitlement, "process %d has neither CAP_SYS_ADMIN nor CAP_SYS_PTRACE any more, which %s "
				   "takes (Privileged=yes)", connection->peer.pid, connection->identity->file);
	if (connection->identity)
		return answer_fail(errSecMissingEntitlement,
				   "process %d is not the program any more "
				   "that connected: each has to open its own connection",
				   connection->peer.pid);
	if (error == -EPERM)
		return answer_fail(errSecMissingEntitlement,
				   "keychains cannot be reached from a user "
				   "namespace (container): ask from outside of it");
	return answer_fail(errSecMissingEntitlement, "process %d cannot be looked at: %s",
			   connection->peer.pid, strerrordesc_np(-error));
}

static size_t secret_size(const struct value *dictionary)
{
	size_t length = 0;

	if (value_is(value_get(dictionary, "v_Data"), VALUE_DATA))
		value_bytes(value_get(dictionary, "v_Data"), &length);
	return length;
}

/* Secrets have a limit of their own. What fits into a mailbox is within both. */
static struct value *check_size(const struct value *request)
{
	size_t in_query = secret_size(value_get(request, "query"));
	size_t in_update = secret_size(value_get(request, "update"));

	if (in_query > WIRE_MAX_SECRET || in_update > WIRE_MAX_SECRET)
		return answer_fail(errSecParam, "a secret of more than %u bytes", WIRE_MAX_SECRET);
	if (cbor_value_size(request) - in_query - in_update > WIRE_MAX_QUERY &&
	    !value_get(request, "items"))
		return answer_fail(errSecParam, "a request of more than %u bytes, secret aside",
				   WIRE_MAX_QUERY);
	return NULL;
}

/* A request has one keychain: what an item asks for must not end up in another one. */
static struct value *check_items(const struct value *request)
{
	const struct value *items = value_get(request, "items");
	size_t i;

	for (i = 0; i < value_count(items); i++)
		if (value_as_boolean(value_get(value_at(items, i), "u_SystemKeychain")))
			return answer_fail(errSecParam,
					   "item %zu has u_SystemKeychain: all items of a request "
					   "are of one keychain, the system keychain by \"system\": true "
					   "in the request",
					   i);
	return NULL;
}

static bool is_among(const char *operation, const char *const *operations, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(operations[i], operation))
			return true;
	return false;
}

static bool is_administration(const char *operation)
{
	return is_among(operation, administration, sizeof(administration) / sizeof(*administration));
}

static bool is_growth(const char *operation)
{
	return is_among(operation, growth, sizeof(growth) / sizeof(*growth));
}

/* Operations on keychains as such, which do not go to the default one. */
static const char *const management[] = {
	"access", "keychains", "keychain-create", "keychain-delete", "keychain-default",
};

static bool is_management(const char *operation)
{
	return is_among(operation, management, sizeof(management) / sizeof(*management));
}

/* Operations on a whole keychain, with a ticket of keybagd. */
static const char *const transfers[] = { "backup", "restore" };

static bool is_transfer(const char *operation)
{
	return is_among(operation, transfers, sizeof(transfers) / sizeof(*transfers));
}

struct task {
	struct engine_cache *cache;
	const struct connection *connection;
	const struct identity *identity;
	struct value *request;
	const char *operation;
	struct keychain_id keychain;
	bool by_default;		/* the keychain was not named */
	bool administers;		/* root, on somebody's keychain, whatever group */
	bool grants;			/* root, on the credentials of system units */
};

/* The system keychain, by the request or by the query as the original has it. */
static bool wants_system(struct task *task)
{
	struct value *query = value_get(task->request, "query");
	bool wanted = value_as_boolean(value_get(task->request, "system"));

	if (value_as_boolean(value_get(query, "u_SystemKeychain"))) {
		value_remove(query, "u_SystemKeychain");
		wanted = true;
	}
	value_remove(task->request, "system");
	return wanted;
}

/*
 * Root itself, as in a session, and not whatever unit of root's was shut in: that can move itself out of its control group,
 * but not get a capability back.
 */
static bool is_roots_own(const struct task *task)
{
	const struct identity *identity = task->identity;

	return !identity->uid && !identity->subject && (identity->kind == PEER_UNCONFINED || identity->all_groups) &&
	       identity_is_privileged(identity, task->connection);
}

/* Whether the request is, by the group that it names, about what 'keychainctl system' grants. */
static bool is_of_credentials(const struct task *task)
{
	const char *group = value_as_name(value_get(value_get(task->request, "query"), "agrp"));

	return group && !strcmp(group, UNIT_CREDENTIAL_GROUP);
}

static bool has_file_for_credentials(const struct identity *identity)
{
	if (!identity->system || identity->all_groups)
		return identity->system;
	for (char **group = identity->groups; group && *group; group++)
		if (!strcmp(*group, UNIT_CREDENTIAL_GROUP))
			return true;
	return false;
}

/* Whoever may write entitlement files needs none to grant. Secrets are not read without a file. */
static bool may_grant(const struct task *task)
{
	return is_of_credentials(task) && !has_file_for_credentials(task->identity) && is_roots_own(task);
}

static bool wants_secret(const struct task *task)
{
	return value_as_boolean(value_get(value_get(task->request, "query"), "r_Data"));
}

static struct value *choose_system(struct task *task)
{
	const struct value *sync = value_get(value_get(task->request, "query"), "sync");
	char who[512];

	task->keychain.system = true;
	if (task->administers)
		return NULL;
	if (task->identity->subject)
		return answer_fail(errSecMissingEntitlement,
				   "the system keychain cannot be reached on behalf of another process");
	task->grants = may_grant(task);
	if (!task->identity->system && !task->grants) {
		identity_describe(task->identity, who, sizeof(who));
		return answer_fail(errSecMissingEntitlement,
				   "the system keychain takes an entitlement "
				   "file with SystemKeychain=yes; %s has none%s",
				   who, is_of_credentials(task) ? ", and credentials of units are for root, in a session, with CAP_SYS_ADMIN or CAP_SYS_PTRACE" : "");
	}
	if (task->grants && wants_secret(task))
		return answer_fail(errSecMissingEntitlement, "secrets of units' credentials are read by "
				   "keychain-credentials(8), and by root only with an entitlement file with SystemKeychain=yes "
				   "and the group " UNIT_CREDENTIAL_GROUP);
	if (value_as_boolean(sync) || value_as_integer(sync))
		return answer_fail(errSecParam,
				   "items of the system keychain cannot be synchronized");
	return NULL;
}

static struct value *choose_owner(struct task *task)
{
	const struct value *owner = value_get(task->request, "user");
	int64_t uid = value_as_integer(owner);

	task->keychain.owner = task->identity->uid;
	if (!owner)
		return NULL;
	if (task->identity->subject)
		return answer_fail(errSecMissingEntitlement,
				   "'user' is for administration, which nobody does on behalf of another process");
	if (!value_is(owner, VALUE_INTEGER) || uid < 0 || uid >= UINT32_MAX)
		return answer_fail(errSecParam, "'user' has to be a uid");
	if (uid != task->identity->uid && task->identity->uid)
		return answer_fail(errSecMissingEntitlement, "keychains of others are for root");
	if (uid != task->identity->uid && !is_administration(task->operation))
		return answer_fail(errSecMissingEntitlement,
				   "'%s' is for its owner alone: root may "
				   "move and purge",
				   task->operation);
	task->keychain.owner = (uid_t)uid;
	return NULL;
}

static struct value *choose_default(struct task *task)
{
	int status = engine_cache_default(task->cache, &task->keychain);

	if (!status)
		return NULL;
	strcpy(task->keychain.name, FIRST_KEYCHAIN);
	return is_management(task->operation) ? NULL :
		answer_fail(status, "which keychain is the default one cannot be read: %s; nothing was done: name a keychain, or "
			    "look at the disk and the file 'default' below " KEYCHAIN_STATE_FOLDER, keychain_status_text(status));
}

/* Reads what is the service's out of the request. Returns NULL, or an answer. */
static struct value *choose_keychain(struct task *task)
{
	const struct value *named = value_get(task->request, "keychain");
	const struct value *system = value_get(task->request, "system");
	const char *name = value_as_name(named);
	struct value *failure;

	if (named && (!name || !keychain_name_valid(name)))
		return answer_fail(errSecParam, "'keychain' has to be 1 to %d letters, digits, "
				   "'-' or '_', not starting with '-'",
				   KEYCHAIN_NAME_SIZE - 1);
	if (system && !value_is(system, VALUE_BOOLEAN))
		return answer_fail(errSecParam, "'system' has to be true or false");
	if (named)
		strcpy(task->keychain.name, name);
	failure = choose_owner(task);
	/* Administration is root's own, not that of any unit of root's that was given a group. */
	task->administers = is_administration(task->operation) && value_get(task->request, "user") && is_roots_own(task);
	value_remove(task->request, "keychain");
	value_remove(task->request, "user");
	if (!failure && wants_system(task))
		failure = choose_system(task);
	task->by_default = !*task->keychain.name;
	if (!failure && task->by_default)
		failure = choose_default(task);
	if (!failure && !keychains_exists(&task->keychain)) {
		engine_cache_gone(task->cache, &task->keychain);
		failure = answer_reason(answer_fail(errSecNotAvailable, "there is no keychain '%s': make it with "
						    "'keychainctl keychains create'", task->keychain.name), "no-keychain");
	}
	return failure;
}

/*
 * The free pages of a large file make no keychain full: they are used first. Where that cannot be told the file is
 * damaged, or the disk fails: the request finds out, and has it mended.
 */
static bool is_full(const struct keychain_id *id, struct engine *engine)
{
	return keychains_over_quota(id) && engine_bytes(engine) > (int64_t)MAX_KEYCHAIN_BYTES;
}

/* A backup has items of all programs: whoever is shut in gets by it what it is kept from. */
static struct value *check_transfer(const struct task *task)
{
	const struct identity *identity = task->identity;
	char who[512];

	if (task->keychain.system)
		return answer_fail(errSecUnimplemented, "the system keychain belongs to its machine and is not backed up");
	if (keychains_is_roots(&task->keychain))
		return answer_fail(errSecUnimplemented, "keychain '%s' shows the machine's CA certificates and is not backed up",
				   task->keychain.name);
	if (!identity->subject && identity->kind == PEER_UNCONFINED)
		return NULL;
	identity_describe(identity, who, sizeof(who));
	return answer_fail(errSecMissingEntitlement, "a backup has items of all programs: %s may neither make nor restore one; do it "
			   "with 'keychainctl backup' from a session, outside of any sandbox%s", who,
			   identity->subject ? ", and not on behalf of another process" : " and unit");
}

static struct value *with_engine(struct task *task)
{
	static const char *const credentials[] = { UNIT_CREDENTIAL_GROUP };
	struct engine_caller caller = identity_caller(task->identity);
	struct value *answer = NULL;
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;
	int status;

	if (is_transfer(task->operation)) {
		answer = check_transfer(task);
		if (answer)
			return answer;
	}
	if (task->administers || is_transfer(task->operation))
		caller.all_groups = true;
	if (task->grants)
		caller = (struct engine_caller){ .uid = caller.uid, .groups = credentials, .group_count = 1 };
	if (!caller.group_count && !caller.tokens && !caller.all_groups)
		return service_no_groups(task->identity);
	status = engine_cache_get(task->cache, &task->keychain, &engine, why);
	if (status)
		return answer_fail(status, "keychain '%s': %s", task->keychain.name, why);
	if (is_growth(task->operation) && is_full(&task->keychain, engine)) {
		engine_cache_put(task->cache);
		return answer_fail(errSecNotAvailable,
				   "over quota: keychain '%s' has grown over %u "
				   "GiB; delete items",
				   task->keychain.name, (unsigned int)(MAX_KEYCHAIN_BYTES >> 30));
	}
	if (keychains_is_roots(&task->keychain)) {
		status = system_roots_refresh(engine, &answer);
		caller = system_roots_caller(&caller);
	}
	if (!status)
		answer = engine_execute(engine, &caller, task->request);
	engine_cache_put(task->cache);
	return answer;
}

static struct value *execute(struct engine_cache *cache, struct connection *connection,
			     const struct identity *identity, struct value *request, bool by_mailbox)
{
	struct task task = { .cache = cache, .connection = connection, .identity = identity, .request = request };
	struct service_call call = {
		.cache = cache,
		.connection = connection,
		.identity = identity,
		.keychain = &task.keychain,
		.request = request,
	};
	struct value *answer;
	bool ours;

	task.operation = value_as_name(value_get(request, "op"));
	if (!value_is(request, VALUE_DICTIONARY) || !task.operation)
		return answer_fail(errSecParam, "a request is a dictionary with 'op' and 'query'");
	answer = by_mailbox ? NULL : check_size(request);
	if (!answer)
		answer = check_items(request);
	if (!answer)
		answer = choose_keychain(&task);
	if (answer)
		return answer;
	call.by_default = task.by_default;
	call.administers = task.administers;
	answer = service_execute(task.operation, &call, &ours);
	return ours ? answer : with_engine(&task);
}

static struct value *execute_on_behalf(struct engine_cache *cache, struct connection *connection, int pidfd,
				       struct value *request, bool by_mailbox)
{
	struct value *answer;
	struct identity *subject = on_behalf_of(cache, connection, pidfd, &answer);

	if (subject)
		answer = execute(cache, connection, subject, request, by_mailbox);
	identity_free(subject);
	return answer;
}

static struct value *unpack_and_execute(struct engine_cache *cache, struct connection *connection,
					const struct incoming *incoming)
{
	struct value *request = NULL;
	struct value *answer;
	int result = incoming->length ?
		wire_collect(&connection->mailbox, incoming->length, cache->scratch,
			     VALUE_MAX_ENTRIES, &request) :
		wire_unpack(incoming->body, VALUE_MAX_ENTRIES, &request);

	if (result == -ENOMEM)
		return answer_fail(errSecAllocate, "out of memory");
	if (result < 0)
		return answer_fail(errSecParam,
				   "the request cannot be read: one value as CBOR in the "
				   "mailbox of %u bytes, or in a memory file of at most %u "
				   "bytes and %u values",
				   MAILBOX_SIZE, WIRE_MAX_BODY,
				   VALUE_MAX_ENTRIES * CBOR_VALUES_PER_ENTRY);
	result = identify(cache, connection);
	if (result < 0)
		answer = cannot_identify(connection, result);
	else if (incoming->behalf >= 0)
		answer = execute_on_behalf(cache, connection, incoming->behalf, request, incoming->length);
	else
		answer = execute(cache, connection, connection->identity, request, incoming->length);
	value_free(request);
	clear_vector_registers();
	return answer;
}

static int answer_too_large(struct connection *connection, const struct incoming *incoming)
{
	struct value *answer = answer_fail(errSecParam,
					   "the result is too large, over %u bytes: ask for less "
					   "at once; a change that was asked for has been made",
					   WIRE_MAX_BODY);
	int result = answer ? connection_answer(connection, incoming, answer) : -ENOMEM;

	value_free(answer);
	return result;
}

int request_handle(struct engine_cache *cache, struct connection *connection,
		   struct incoming *incoming)
{
	struct value *answer;
	int result;

	connection_end_sent(connection);
	connection_release(connection);
	answer = unpack_and_execute(cache, connection, incoming);
	mailbox_clear(&connection->mailbox);
	if (connection->held) {
		connection_hold(connection, incoming);
		return 0;
	}
	if (!answer)
		answer = answer_fail(errSecAllocate, "out of memory");
	result = connection_answer(connection, incoming, answer);
	value_free(answer);
	return result == -EMSGSIZE ? answer_too_large(connection, incoming) : result;
}

/* Answers a watcher with the events of the groups that it may see now. */
static struct value *tell(struct engine_cache *cache, struct connection *connection)
{
	struct engine_caller caller = identity_caller(connection->identity);
	struct identity *subject = NULL;
	struct value *answer, *events;

	if (connection->held_request.behalf >= 0) {
		subject = on_behalf_of(cache, connection, connection->held_request.behalf, &answer);
		if (!subject)
			return answer;
		caller = identity_caller(subject);
	}
	watcher_regroup(connection->watcher, connection->generation, &caller);
	identity_free(subject);
	events = watcher_take(connection->watcher);
	return events ? answer_result(events) : NULL;
}

int request_resume(struct engine_cache *cache, struct connection *connection)
{
	int result = identify(cache, connection);
	struct value *answer = result < 0 ? cannot_identify(connection, result) : tell(cache, connection);

	if (!answer)
		answer = answer_fail(errSecAllocate, "out of memory");
	result = connection_answer(connection, &connection->held_request, answer);
	connection_release(connection);
	value_free(answer);
	return result;
}
