// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/items/engine.h"
#include "helper/keychain/items/operations.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/keychain/store/keys.h"
#include "helper/keychain/store/migrate.h"
#include "helper/keychain/store/owner.h"
#include "helper/libkeybag/keybag.h"

struct engine {
	struct store store;
	char *account;
	void (*tell)(void *context, const char *what);
};

static const struct operation {
	const char *name;
	int (*execute)(struct request *request);
	bool writes;
} operations[] = {
	{ "add", operation_add, true },
	{ "add-all", operation_add_all, true },
	{ "copy", operation_copy, false },
	{ "update", operation_update, true },
	{ "delete", operation_delete, true },
	{ "upsert", operation_upsert, true },
	{ "change-class", operation_change_class, true },
	{ "move", operation_move, true },
	{ "purge", operation_purge, true },
};

static const struct {
	const char *name;
	enum value_kind kind;
} known_options[] = {
	{ "partial", VALUE_BOOLEAN },
	{ "dry_run", VALUE_BOOLEAN },
	{ "echo", VALUE_BOOLEAN },
	{ "limit", VALUE_INTEGER },
	{ "cursor", VALUE_DATA },
	{ "application", VALUE_STRING },
};

static int check_options(struct request *request)
{
	const struct value *options = request->options;

	if (options && !value_is(options, VALUE_DICTIONARY))
		return outcome_fail(&request->outcome, errSecParam,
				    "\"options\" has to be a dictionary");
	for (size_t i = 0; i < value_count(options); i++) {
		const char *name = value_key_at(options, i);
		bool good = false;

		for (size_t j = 0; j < sizeof(known_options) / sizeof(known_options[0]); j++)
			good |= !strcmp(name, known_options[j].name) &&
				value_is(value_at(options, i), known_options[j].kind);
		if (!good || (!strcmp(name, "limit") && value_as_integer(value_at(options, i)) < 1))
			return outcome_fail(&request->outcome, errSecParam,
					    "option \"%.40s\" is not known "
					    "or of the wrong type",
					    name);
	}
	return 0;
}

static const struct operation *find_operation(struct request *request)
{
	const char *name = value_as_name(value_get(request->source, "op"));

	for (size_t i = 0; name && i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (!strcmp(name, operations[i].name))
			return &operations[i];
	}
	outcome_fail(&request->outcome, errSecParam,
		     "\"op\" has to be add, add-all, copy, update, delete, upsert, change-class, "
		     "move, purge, access, keychains, keychain-create, keychain-default or "
		     "keychain-delete");
	return NULL;
}

/*
 * Checks that the file belongs to the keybag that is there now, and exchanges it if not. Without that keybag nothing
 * shows that the items are the caller's: even a request that takes no key is refused then.
 */
static int check_owner(struct request *request)
{
	struct store *store = request->store;
	struct keybag_status status;
	int fd, error, result;

	if (store->fd >= 0 && keybag_status(store->fd, &status) == -EKEYREVOKED)
		store_forget_keybag(store);
	error = store_descriptor(store, &fd, &request->outcome);
	if (error == -EXDEV) {
		store_forget_keys(store);
		result = owner_exchange(store, &request->outcome);
		if (result)
			return result;
		error = store_descriptor(store, &fd, &request->outcome);
	}
	return error ? store_key_failure(store, error, 0, &request->outcome) : 0;
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

/* Tells once that another keybag's file was put aside, or a damaged one, in which case the request fails. */
static int tell_caller(struct request *request, int status)
{
	struct database *database = &request->store->database;

	if (database->set_aside)
		outcome_detail(&request->outcome, "set_aside", value_string(database->set_aside));
	free(database->set_aside);
	database->set_aside = NULL;
	if (status || !database->moved_aside)
		return status;
	outcome_detail(&request->outcome, "moved_aside", value_string(database->moved_aside));
	status = outcome_fail(&request->outcome, errSecNotAvailable,
			      "the database was damaged and moved to %s; a new one is used from now on, with "
			      "the %lld items that could be read",
			      database->moved_aside, (long long)database->saved);
	free(database->moved_aside);
	database->moved_aside = NULL;
	return status;
}

/*
 * A file found damaged by the request before is dealt with first; one of an earlier version is migrated as soon as its
 * classes are open. Nothing more is done to a file that was replaced until that was told.
 */
static int check_file(struct request *request)
{
	struct database *database = &request->store->database;
	int status = 0;

	if (database->damaged || database->suspect || !database->handle) {
		store_forget_keybag(request->store);
		request->store->revoked = false;
		status = database_reopen(database, &request->outcome);
	}
	if (!status && !database->moved_aside)
		status = check_owner(request);
	if (!status && !database->moved_aside && (database->version < SCHEMA_VERSION || request->store->hash_again))
		status = store_migrate(request->store, &request->outcome);
	tell_log(request->engine);
	return status;
}

static void execute(struct request *request)
{
	const struct operation *operation = find_operation(request);
	int status = operation ? check_options(request) : request->outcome.status;

	if (!status && operation->writes && request->caller->read_only)
		status = outcome_fail(&request->outcome, errSecReadOnly, "%s",
				      request->caller->read_only);
	if (!status)
		status = tell_caller(request, check_file(request));
	if (!status)
		status = operation->execute(request);
	store_rollback(request->store);
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

	engine->store.revoked = false;
	execute(&request);
	/*
	 * The keybag was unloaded and may be loaded again: one more time, with a new descriptor. The same where the
	 * file was found damaged: it may be mended.
	 */
	if ((engine->store.revoked && request.outcome.status == errSecNotAvailable) ||
	    (request.outcome.status && database_to_mend(&engine->store.database))) {
		outcome_reset(&request.outcome);
		execute(&request);
	}
	keybag_clear_registers();
	return answer(&request);
}

static int64_t engine_count_by(struct engine *engine, const char *sql)
{
	struct request request = { .engine = engine, .store = &engine->store };
	struct database *database = &engine->store.database;
	sqlite3_stmt *select;
	int64_t count = -1;
	int result;

	/* Notices wait for a request that is answered. */
	if (!check_file(&request) && !database->moved_aside) {
		select = database_prepare(database, sql, &request.outcome);
		result = select ? sqlite3_step(select) : SQLITE_OK;
		if (result == SQLITE_ROW)
			count = sqlite3_column_int64(select, 0);
		else if (select)
			database_status(database, result, &request.outcome);
		database_done(select);
	}
	outcome_reset(&request.outcome);
	return count;
}

int64_t engine_count(struct engine *engine)
{
	return engine_count_by(engine, SCHEMA_COUNT);
}

int64_t engine_count_akpu(struct engine *engine)
{
	return engine_count_by(engine, SCHEMA_COUNT_AKPU);
}

int64_t engine_bytes(struct engine *engine)
{
	return database_bytes(&engine->store.database);
}

bool engine_untidy(const struct engine *engine)
{
	return engine->store.database.untidy;
}

bool engine_tidy(struct engine *engine)
{
	return database_tidy(&engine->store.database);
}

int engine_open(const struct engine_settings *settings, struct engine **ret_engine,
		char ret_why[ENGINE_WHY_SIZE])
{
	struct engine *engine = calloc(1, sizeof(*engine));
	struct outcome outcome = { 0 };
	void *row_key;
	int status;

	snprintf(ret_why, ENGINE_WHY_SIZE, "out of memory, or over the limit of locked memory");
	if (!engine)
		return errSecAllocate;
	engine->store.keybag = settings->keybag;
	engine->store.context = settings->context;
	engine->store.system = settings->system;
	engine->store.owner_uid = settings->owner;
	engine->tell = settings->tell;
	if (settings->account)
		engine->store.account = engine->account = strdup(settings->account);
	engine->store.fd = -1;
	if (keybag_memory_new(STORE_ROW_KEY_SIZE, &row_key)) {
		free(engine);
		return errSecAllocate;
	}
	engine->store.row_key = row_key;
	status = database_open(&engine->store.database, settings->path, &outcome);
	snprintf(ret_why, ENGINE_WHY_SIZE, "%s", outcome.message);
	outcome_reset(&outcome);
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
	database_close(&engine->store.database);
	keybag_memory_free(engine->store.row_key, STORE_ROW_KEY_SIZE);
	if (engine->store.fd >= 0)
		close(engine->store.fd);
	free(engine->account);
	free(engine);
}
