// SPDX-License-Identifier: GPL-2.0-or-later
#include "service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "asides.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/items/request_shape.h"
#include "helper/keychain/service/grants/entitlements.h"
#include "helper/keychain/service/peer/peer_kind.h"
#include "keychains.h"
#include "watchers.h"

static void set_string(struct value *dictionary, const char *key, const char *text)
{
	if (text && *text)
		value_set(dictionary, key, value_string(text));
}

static struct value *groups_of(const struct identity *identity)
{
	struct value *groups = value_array();
	size_t i;

	for (i = 0; identity->groups[i]; i++) {
		struct value *entry = value_dictionary();

		set_string(entry, "group", identity->groups[i]);
		set_string(entry, "source", identity->sources[i]);
		value_set(entry, "default", value_boolean(!i));
		value_append(groups, entry);
	}
	return groups;
}

/* Reports whom the service takes the caller for, what that grants, and all files, which are public. */
static struct value *access_report(const struct service_call *call)
{
	const struct identity *identity = call->identity;
	struct value *report = value_dictionary();

	value_set(report, "uid", value_integer(identity->uid));
	value_set(report, "pid", value_integer(identity->pid));
	set_string(report, "kind", peer_kind_name(identity->kind));
	set_string(report, "unit", identity->name);
	set_string(report, "label", identity->label);
	if (identity->knows_program)
		set_string(report, "executable", identity->program.path);
	set_string(report, "file", identity->file);
	set_string(report, "prefix", identity->prefix);
	set_string(report, "application", identity->application);
	value_set(report, "groups", groups_of(identity));
	value_set(report, "tokens", value_boolean(identity->tokens));
	value_set(report, "all-groups", value_boolean(identity->all_groups));
	value_set(report, "system-keychain", value_boolean(identity->system));
	value_set(report, "on-behalf", value_boolean(identity->on_behalf));
	if (value_set(report, "files", entitlements_report()) < 0) {
		value_free(report);
		return NULL;
	}
	return answer_result(report);
}

/*
 * A keychain has items of every group: who reaches only some of them, in a sandbox or by a list of
 * groups, neither makes nor deletes one, nor says which is the default; nor does a service for another process, as it can
 * do so for itself. The machine's are the administrator's.
 */
static bool may_manage(const struct service_call *call)
{
	const struct identity *identity = call->identity;

	if (call->administers || identity->all_groups)
		return true;
	if (identity->subject || identity->kind != PEER_UNCONFINED)
		return false;
	/* Root that is shut in is unconfined in a control group that it has moved itself to: the keychains of others are not its. */
	return call->keychain->system ? !identity->uid : call->keychain->owner == identity->uid;
}

/*
 * Adds the number of its items; one whose file cannot be shown to be the caller's has no number. @account: the one that the
 * first of those files was made for.
 */
static void count_items(const struct service_call *call, struct value *entry, char account[ENGINE_ACCOUNT_SIZE])
{
	struct keychain_id id = *call->keychain;
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;
	int64_t count = -1, akpu = -1, pending = 0;

	snprintf(id.name, sizeof(id.name), "%s", value_as_string(value_get(entry, "name")));
	if (!keychains_is_roots(&id) && !engine_cache_get(call->cache, &id, &engine, why)) {
		count = engine_count(engine);
		akpu = engine_count_akpu(engine);
		pending = engine_count_pending(engine);
		if (!*account)
			engine_account(engine, account);
	}
	engine_cache_put(call->cache);
	if (count >= 0)
		value_set(entry, "items", value_integer(count));
	if (akpu >= 0)
		value_set(entry, "akpu", value_integer(akpu));
	if (count >= 0 && pending > 0)
		value_set(entry, "pending", value_integer(pending));
}

/* A caller that reaches some groups only learns nothing of the others' items, nor of what became of files. */
static struct value *list(const struct service_call *call)
{
	bool all = may_manage(call);
	struct keychain_id chosen = *call->keychain;
	char gone[KEYCHAIN_NAME_SIZE], account[ENGINE_ACCOUNT_SIZE] = "";
	struct value *result = keychains_list(call->keychain);
	struct value *answer, *asides;

	for (size_t i = 0; all && i < value_count(result); i++)
		count_items(call, value_at(result, i), account);
	answer = result ? answer_result(result) : NULL;
	if (!keychains_default(&chosen, gone))
		set_string(answer, "default_gone", gone);
	asides = all && answer ? asides_list(call->keychain, account, !call->identity->uid) : NULL;
	if (value_count(asides))
		value_set(answer, "aside", asides);
	else
		value_free(asides);
	return answer;
}

/* The keychain that is to be made or removed, by its name. */
static struct value *name_of(const struct service_call *call, struct keychain_id *ret_id)
{
	const char *name = value_as_name(value_get(call->request, "name"));

	*ret_id = *call->keychain;
	if (!name || !keychain_name_valid(name))
		return answer_fail(errSecParam,
				   "'name' has to be 1 to %d letters, digits, '-' or '_', "
				   "not starting with '-'",
				   KEYCHAIN_NAME_SIZE - 1);
	strcpy(ret_id->name, name);
	return NULL;
}

static struct value *refuse_to_manage(const struct service_call *call)
{
	char who[512];

	identity_describe(call->identity, who, sizeof(who));
	return answer_fail(errSecMissingEntitlement,
			   "a keychain has items of all programs: %s may neither make nor delete "
			   "one, nor choose the default; %s",
			   who, call->keychain->system ?
			   "the system keychains are for root" : call->identity->subject ?
			   "nor does a service on its behalf" :
			   "do it with 'keychainctl keychains' from a session, outside of any sandbox");
}

/* { default: name }: the one that requests go to which name none. */
static struct value *default_result(const char *name)
{
	struct value *result = value_dictionary();

	if (value_set(result, "default", value_string(name)) == 0)
		return result;
	value_free(result);
	return NULL;
}

static struct value *answer_default(const char *name)
{
	struct value *result = default_result(name);

	return result ? answer_result(result) : NULL;
}

static struct value *default_unknown(int status)
{
	return answer_fail(status, "which keychain is the default one cannot be read: %s", keychain_status_text(status));
}

static struct value *create(const struct service_call *call)
{
	struct keychain_id id;
	char why[ENGINE_WHY_SIZE];
	struct value *failure = name_of(call, &id);
	int status;

	if (failure)
		return failure;
	if (keychains_is_login_time(&id) && !call->identity->on_behalf)
		return answer_fail(errSecParam, "the keychain '%s' is of the Secret Service, which removes it at logout: choose another "
				   "name", id.name);
	if (keychains_exists(&id))
		return answer_fail(errSecDuplicateItem, "there is a keychain '%s' already",
				   id.name);
	if (keychains_count(&id) >= MAX_KEYCHAINS)
		return answer_fail(errSecNotAvailable,
				   "over quota: %d keychains are the most a user "
				   "may have; delete one",
				   MAX_KEYCHAINS);
	status = engine_cache_make(call->cache, &id, why);
	return status ? answer_fail(status, "keychain '%s': %s", id.name, why) : answer_result(NULL);
}

/*
 * Only the caller's own is removed: without the keybag that the file belongs to, the items may be somebody else's.
 * *ret_answer: how it went.
 */
static int remove_keychain(const struct service_call *call, const struct keychain_id *id, struct value **ret_answer)
{
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;
	int status = engine_cache_get(call->cache, id, &engine, why);

	if (status) {
		*ret_answer = answer_fail(status, "keychain '%s': %s", id->name, why);
		return status;
	}
	*ret_answer = engine_check_removal(engine);
	status = *ret_answer ? (int)value_as_integer(value_get(*ret_answer, "status")) : errSecAllocate;
	engine_cache_shut(call->cache);
	if (!status) {
		status = keychains_remove(id);
		watchers_publish_anything(id);
		if (status) {
			value_free(*ret_answer);
			*ret_answer = answer_fail(status, "keychain '%s': %s", id->name, keychain_status_text(status));
		}
	}
	engine_cache_put(call->cache);
	return status;
}

static struct value *delete(const struct service_call *call)
{
	struct keychain_id chosen = *call->keychain, id;
	struct value *failure = name_of(call, &id), *answer;
	char gone[KEYCHAIN_NAME_SIZE];
	int status;

	if (failure)
		return failure;
	if (!strcmp(id.name, FIRST_KEYCHAIN))
		return answer_fail(errSecParam, "the first keychain '%s' cannot be deleted; "
				   "delete its items", id.name);
	if (keychains_is_roots(&id))
		return answer_fail(errSecReadOnly,
				   "keychain '%s' shows the machine's CA certificates "
				   "and cannot be deleted",
				   id.name);
	if (!keychains_exists(&id))
		return answer_reason(answer_fail(errSecNotAvailable, "there is no keychain '%s': 'keychainctl keychains' "
						 "lists those that there are", id.name), "no-keychain");
	status = keychains_default(&chosen, gone);
	if (status)
		return default_unknown(status);
	if (remove_keychain(call, &id, &answer) || strcmp(chosen.name, id.name))
		return answer;
	watchers_publish_default(&chosen);
	if (value_set(answer, "result", default_result(FIRST_KEYCHAIN)) == 0)
		return answer;
	value_free(answer);
	return NULL;
}

/* Tells the default one; with a name it becomes that. */
static struct value *choose_default(const struct service_call *call)
{
	struct keychain_id id = *call->keychain;
	char gone[KEYCHAIN_NAME_SIZE];
	struct value *failure;
	int status;

	if (!value_get(call->request, "name")) {
		status = keychains_default(&id, gone);
		return status ? default_unknown(status) : answer_default(id.name);
	}
	failure = may_manage(call) ? name_of(call, &id) : refuse_to_manage(call);
	if (failure)
		return failure;
	if (keychains_is_roots(&id))
		return answer_fail(errSecReadOnly,
				   "keychain '%s' shows the machine's CA certificates and takes no "
				   "items: it cannot be the default",
				   id.name);
	if (keychains_is_login_time(&id))
		return answer_fail(errSecParam, "the keychain '%s' is removed at logout: it cannot be the default", id.name);
	if (!keychains_exists(&id))
		return answer_reason(answer_fail(errSecNotAvailable, "there is no keychain '%s': make it with "
						 "'keychainctl keychains create'", id.name), "no-keychain");
	status = keychains_choose_default(&id);
	if (!status)
		watchers_publish_default(&id);
	return status ? answer_fail(status, "keychain '%s': %s", id.name,
				    keychain_status_text(status)) : answer_default(id.name);
}

struct value *service_no_groups(const struct identity *identity)
{
	char who[512];

	identity_describe(identity, who, sizeof(who));
	if (identity->subject)
		return answer_fail(errSecMissingEntitlement,
				   "nothing can be asked on behalf of %s: only on behalf of programs outside of any "
				   "sandbox and unit, of Flatpaks and of Snaps; it can ask for itself, if an entitlement "
				   "file grants it an access group", who);
	if (identity->file)
		return answer_fail(errSecMissingEntitlement, "%s grants %s no access group",
				   identity->file, who);
	return answer_fail(errSecMissingEntitlement,
			   "%s was granted no access group: put an "
			   "entitlement file into " ENTITLEMENTS_OF_ADMINISTRATOR
			   " (keychain-entitlements(5)); 'keychainctl access' shows what applies",
			   who);
}

static struct value *too_many_watchers(void)
{
	return answer_fail(errSecNotAvailable, "too many watch at a time: %d of a user's programs may, and %d of one "
			   "application's: end one of them, or watch once for all", WATCHERS_OF_USER, WATCHERS_OF_APPLICATION);
}

/* Makes the connection a watcher, or brings what it is up to date. Returns NULL, or an answer; also NULL without memory. */
static struct value *set_watcher(const struct service_call *call, bool *ret_done)
{
	const struct engine_caller caller = identity_caller(call->identity);
	const struct watching watching = {
		.keychain = *call->keychain,
		.by_default = call->by_default,
		.uid = call->identity->uid,
		.application = peer_application(call->identity->kind, call->identity->name),
		.generation = call->connection->generation,
		.wake = call->cache->wake,
	};
	int result;

	*ret_done = false;
	if (!caller.group_count && !caller.tokens && !caller.all_groups)
		return service_no_groups(call->identity);
	engine_cache_watch(call->cache, call->keychain);
	result = watcher_set(&call->connection->watcher, &watching, &caller);
	*ret_done = !result;
	return result == -EDQUOT ? too_many_watchers() : NULL;
}

/* Held until there is something to tell, unless it is to be answered now: NULL then, with connection->held. */
static struct value *watch(const struct service_call *call)
{
	bool now = value_as_boolean(value_get(value_get(call->request, "options"), "now"));
	struct value *answer, *events;
	bool done;

	if (keychains_is_roots(call->keychain))
		return answer_fail(errSecUnimplemented, "keychain '%s' shows the machine's CA certificates and cannot be watched",
				   call->keychain->name);
	answer = set_watcher(call, &done);
	if (!done)
		return answer;
	events = watcher_take(call->connection->watcher);
	if (!events && now)
		events = value_array();
	if (events)
		return answer_result(events);
	call->connection->held = !now;
	return NULL;
}

/* Operations that cannot be rolled back for a dry run. */
static const struct {
	const char *name;
	struct value *(*execute)(const struct service_call *call);
	bool manages;
	struct request_shape shape;
} operations[] = {
	{ "access", access_report, false, { .members = { NULL } } },
	{ "keychains", list, false, { .members = { NULL } } },
	{ "keychain-create", create, true, { .members = { "name" } } },
	{ "keychain-delete", delete, true, { .members = { "name" } } },
	{ "keychain-default", choose_default, false, { .members = { "name" } } },
	{ "watch", watch, false, { .members = { NULL }, .options = { "now" } } },
};

static struct value *check_shape(const struct request_shape *shape, const struct value *request)
{
	struct outcome outcome = { 0 };

	if (!request_shape_check(shape, request, &outcome))
		return NULL;
	return answer_fail(outcome.status, "%s", outcome.message);
}

struct value *service_execute(const char *operation, const struct service_call *call,
			      bool *ret_ours)
{
	struct value *failure;
	size_t i;

	*ret_ours = true;
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(operations[i].name, operation))
			continue;
		failure = check_shape(&operations[i].shape, call->request);
		if (failure)
			return failure;
		if (operations[i].manages && !may_manage(call))
			return refuse_to_manage(call);
		return operations[i].execute(call);
	}
	*ret_ours = false;
	return NULL;
}
