// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/engine.h"
#include "helper/keychain/items/operations.h"
#include "helper/keychain/items/pending_settle.h"
#include "helper/keychain/items/request_shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/store/file.h"
#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/owner.h"
#include "helper/libkeybag/keybag.h"

struct engine {
	struct store store;
	char *account;
	void (*tell)(void *context, const char *what);
	void (*changed)(void *context, const struct changes *changes);
};

static const struct operation {
	const char *name;
	int (*execute)(struct request *request);
	bool writes;
	struct request_shape shape;
} operations[] = {
	{ "add", operation_add, true, { { "query" }, { "dry_run", "echo", "seal_while_locked" } } },
	{ "add-all", operation_add_all, true, { { "items" }, { "dry_run", "echo", "seal_while_locked" } } },
	{ "copy", operation_copy, false, { { "query" }, { "partial", "locked_references", "cursor", "echo" } } },
	{ "update", operation_update, true, { { "query", "update" }, { "dry_run", "echo" } } },
	{ "delete", operation_delete, true, { { "query" }, { "limit", "dry_run", "echo" } } },
	{ "upsert", operation_upsert, true, { { "query" }, { "dry_run", "echo", "seal_while_locked" } } },
	{ "change-class", operation_change_class, true, { { "query", "update" }, { "dry_run", "echo" } } },
	{ "move", operation_move, true, { { "query", "update" }, { "dry_run", "echo" } } },
	{ "purge", operation_purge, true, { { "query" }, { "application", "dry_run", "echo" } } },
	{ "pending", operation_pending, false, { { NULL }, { NULL } } },
	{ "pending-add", operation_pending_add, true, { { "query", "update" }, { "replace", "dry_run" } } },
	{ "backup", operation_backup, false, { { "ticket" }, { "cursor" } } },
	{ "restore", operation_restore, true, { { "ticket", "items" }, { "replace", "dry_run" } } },
};

static const struct operation *find_operation(struct request *request)
{
	const char *name = value_as_name(value_get(request->source, "op"));

	for (size_t i = 0; name && i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (!strcmp(name, operations[i].name))
			return &operations[i];
	}
	outcome_fail(&request->outcome, errSecParam,
		     "\"op\" has to be add, add-all, copy, update, delete, upsert, change-class, "
		     "move, purge, pending, pending-add, backup, restore, access, keychains, keychain-create, keychain-default, "
		     "keychain-delete or watch");
	return NULL;
}

/* Writes to the log what has happened to the file. */
static void tell_log(struct engine *engine)
{
	struct database *database = &engine->store.database;

	if (database->notice && engine->tell)
		engine->tell(engine->store.context, database->notice);
	free(database->notice);
	database->notice = NULL;
}

/* Where a file went, once: that of another keybag, or a damaged one. */
static void tell_once(struct request *request, const char *detail, char **path)
{
	if (*path)
		outcome_detail(&request->outcome, detail, value_string(*path));
	free(*path);
	*path = NULL;
}

/* Tells once that another keybag's file was put aside, or a damaged one, in which case the request fails. */
static int tell_caller(struct request *request, int status)
{
	struct database *database = &request->store->database;

	tell_once(request, "set_aside", &database->set_aside);
	if (status || !database->moved_aside)
		return status;
	status = outcome_fail(&request->outcome, errSecNotAvailable,
			      "the database was damaged and moved to %s; a new one is used from now on, with "
			      "the %lld items that could be read",
			      database->moved_aside, (long long)database->saved);
	tell_once(request, "moved_aside", &database->moved_aside);
	return status;
}

static int check_file(struct request *request)
{
	uint32_t class_number;
	enum fault fault = store_settle(request->store, &class_number);

	tell_log(request->engine);
	return request_status(request, fault, class_number);
}

static void publish(struct request *request)
{
	struct engine *engine = request->engine;

	if (request->committed && engine->changed && !changes_empty(&request->changes))
		engine->changed(request->store->context, &request->changes);
	changes_release(&request->changes);
	request->committed = false;
}

/* The log is where their makers, who were told that they are added, find out that they did not become items. */
static void tell_kept(struct engine *engine, const struct pending_outcome *outcome)
{
	char text[256];

	if (!engine->tell || !(outcome->colliding + outcome->refused + outcome->damaged))
		return;
	snprintf(text, sizeof(text), "of the items that waited for the keybag to be unlocked, %zu collide with others, %zu cannot "
		 "be stored and %zu are damaged; they are kept: 'keychainctl pending' lists them", outcome->colliding,
		 outcome->refused, outcome->damaged);
	engine->tell(engine->store.context, text);
}

/* Items that waited for the unlock are there before whoever asks first after it. */
static void settle_pending(struct engine *engine)
{
	struct request request = { .engine = engine, .store = &engine->store };
	struct pending_outcome outcome;

	if (pending_settle(&request, &outcome))
		tell_kept(engine, &outcome);
	publish(&request);
	outcome_reset(&request.outcome);
}

/* *ret_again: in vain, as what was remembered of the file was no longer so. */
static void execute(struct request *request, bool *ret_again)
{
	const struct operation *operation = find_operation(request);
	int status = operation ? 0 : request->outcome.status;

	if (!status && operation->writes && request->caller->read_only)
		status = outcome_fail(&request->outcome, errSecReadOnly, "%s",
				      request->caller->read_only);
	if (!status)
		status = request_shape_check(&operation->shape, request->source, &request->outcome);
	if (!status)
		status = tell_caller(request, check_file(request));
	request->waiting = 0;
	if (!status)
		settle_pending(request->engine);
	if (!status)
		status = operation->execute(request);
	*ret_again = store_assumed_wrong(request->store);
	store_rollback(request->store);
	publish(request);
	request->outcome.status = status;
	if (status) {
		value_free(request->result);
		request->result = NULL;
	}
}

/* Without the secret, which the caller has, and which may be long. */
static struct value *echo(const struct value *query)
{
	struct value *copy = query ? value_copy(query) : value_null();

	if (value_is(copy, VALUE_DICTIONARY))
		value_remove(copy, "v_Data");
	return copy;
}

static struct value *answer(struct request *request)
{
	struct outcome *outcome = &request->outcome;
	struct value *answer = value_dictionary();
	const char *name = keychain_status_name(outcome->status);
	int error = answer ? 0 : -1;

	if (!error)
		error = value_set(answer, "status", value_integer(outcome->status));
	if (!error)
		error = value_set(answer, "name", value_string(name ? name : "errSecInternal"));
	if (!error)
		error = value_set(
			answer, "message",
			value_string(outcome->status ? outcome->message : keychain_status_text(0)));
	if (!error && request->result) {
		error = value_set(answer, "result", request->result);
		request->result = NULL;
	}
	for (size_t i = 0; !error && i < value_count(outcome->details); i++)
		error = value_set(answer, value_key_at(outcome->details, i),
				  value_copy(value_at(outcome->details, i)));
	if (!error && option_boolean(request, "echo"))
		error = value_set(answer, "query", echo(request->query));
	if (error) {
		value_free(answer);
		answer = NULL;
	}
	value_free(request->result);
	outcome_reset(outcome);
	return answer;
}

struct value *engine_execute(struct engine *engine, const struct engine_caller *caller,
			     const struct value *source)
{
	struct request request = {
		.engine = engine, .store = &engine->store, .caller = caller, .source = source,
		.query = value_get(source, "query"), .update = value_get(source, "update"),
		.options = value_get(source, "options"),
	};
	bool again;

	engine->store.revoked = false;
	execute(&request, &again);
	/*
	 * The keybag was unloaded and may be loaded again: one more time, with a new descriptor. The same where the
	 * file was found damaged: it may be mended.
	 */
	if (again || (engine->store.revoked && request.outcome.status == errSecNotAvailable) ||
	    (request.outcome.status && store_to_mend(&engine->store))) {
		outcome_retry(&request.outcome);
		value_free(request.result);
		request.result = NULL;
		execute(&request, &again);
	}
	keybag_clear_registers();
	return answer(&request);
}

static int64_t count_items(struct engine *engine, bool akpu)
{
	struct request request = { .engine = engine, .store = &engine->store };
	int64_t count = -1;

	/* Notices wait for a request that is answered. */
	if (check_file(&request) || engine->store.database.moved_aside) {
		outcome_reset(&request.outcome);
		return -1;
	}
	settle_pending(engine);
	return store_count(&engine->store, akpu, &count) ? -1 : count;
}

int64_t engine_count(struct engine *engine)
{
	return count_items(engine, false);
}

int64_t engine_count_akpu(struct engine *engine)
{
	return count_items(engine, true);
}

int64_t engine_count_pending(struct engine *engine)
{
	int64_t count;

	return store_count_pending(&engine->store, &count) ? -1 : count;
}

bool engine_may_settle(const struct engine *engine)
{
	return !engine->store.pending.known || engine->store.pending.waiting;
}

void engine_settle(struct engine *engine)
{
	struct request request = { .engine = engine, .store = &engine->store };

	if (!check_file(&request) && !engine->store.database.moved_aside)
		settle_pending(engine);
	outcome_reset(&request.outcome);
}

void engine_account(struct engine *engine, char ret_account[ENGINE_ACCOUNT_SIZE])
{
	struct request request = { .engine = engine, .store = &engine->store };

	if (check_file(&request) || engine->store.database.moved_aside || owner_account(&engine->store, ret_account))
		*ret_account = 0;
	outcome_reset(&request.outcome);
}

struct value *engine_check_removal(struct engine *engine)
{
	struct database *database = &engine->store.database;
	struct request request = { .engine = engine, .store = &engine->store };
	int status = check_file(&request);
	char *moved_aside;
	int64_t items, pending;

	if (status && store_to_mend(&engine->store)) {
		outcome_reset(&request.outcome);
		status = check_file(&request);
	}
	/* The file that took the place of a damaged one was not looked at yet. */
	moved_aside = database->moved_aside;
	database->moved_aside = NULL;
	if (!status && moved_aside)
		status = check_file(&request);
	/* Nothing shows whose it is, and nothing is lost with it. */
	if (status && !store_count(&engine->store, false, &items) && !items &&
	    !store_count_pending(&engine->store, &pending) && !pending) {
		outcome_reset(&request.outcome);
		status = 0;
	}
	tell_once(&request, "set_aside", &database->set_aside);
	tell_once(&request, "moved_aside", &moved_aside);
	request.outcome.status = status;
	return answer(&request);
}

bool engine_untold(const struct engine *engine)
{
	return engine->store.database.set_aside || engine->store.database.moved_aside;
}

/* The later one of two of a kind is told. */
static void hand_over(char **from, char **to)
{
	if (!*from)
		return;
	free(*to);
	*to = *from;
	*from = NULL;
}

void engine_take_news(struct engine *engine, struct engine_news *news)
{
	struct database *database = &engine->store.database;

	if (database->moved_aside)
		news->saved = database->saved;
	hand_over(&database->set_aside, &news->set_aside);
	hand_over(&database->moved_aside, &news->moved_aside);
}

void engine_give_news(struct engine *engine, struct engine_news *news)
{
	struct database *database = &engine->store.database;

	engine_take_news(engine, news);
	database->set_aside = news->set_aside;
	database->moved_aside = news->moved_aside;
	database->saved = news->saved;
	*news = (struct engine_news){ 0 };
}

void engine_forget_news(struct engine_news *news)
{
	free(news->set_aside);
	free(news->moved_aside);
	*news = (struct engine_news){ 0 };
}

int64_t engine_bytes(struct engine *engine)
{
	return store_bytes(&engine->store);
}

bool engine_written_by_others(struct engine *engine)
{
	return store_written_by_others(&engine->store);
}

bool engine_moved(struct engine *engine)
{
	return store_moved(&engine->store);
}

void engine_forget_cursors(struct engine *engine)
{
	store_new_mark(&engine->store);
}

unsigned int engine_opened(const struct engine *engine)
{
	return store_opened(&engine->store);
}

bool engine_alone(const struct engine *engine)
{
	return store_alone(&engine->store);
}

bool engine_untidy(const struct engine *engine)
{
	return store_untidy(&engine->store);
}

bool engine_tidy(struct engine *engine)
{
	return store_tidy(&engine->store);
}

int engine_open(const struct engine_settings *settings, struct engine **ret_engine,
		char ret_why[ENGINE_WHY_SIZE])
{
	struct engine *engine = calloc(1, sizeof(*engine));
	struct request request = { .engine = engine };
	int status;

	snprintf(ret_why, ENGINE_WHY_SIZE, "out of memory, or over the limit of locked memory");
	if (!engine)
		return errSecAllocate;
	request.store = &engine->store;
	engine->store.keybag = settings->keybag;
	engine->store.context = settings->context;
	engine->store.redeem = settings->redeem;
	engine->store.system = settings->system;
	engine->store.owner_uid = settings->owner;
	engine->tell = settings->tell;
	engine->changed = settings->changed;
	if (settings->account)
		engine->store.account = engine->account = strdup(settings->account);
	status = request_status(&request, store_open(&engine->store, settings->path), 0);
	if (status && status != errSecAllocate)
		snprintf(ret_why, ENGINE_WHY_SIZE, "%s", request.outcome.message);
	outcome_reset(&request.outcome);
	if (status)
		engine_close(engine);
	else
		*ret_engine = engine;
	return status;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	store_close(&engine->store);
	free(engine->account);
	free(engine);
}
