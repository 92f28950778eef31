// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any request in JSON, to the engine: with a keybag in this process and a database in memory. The
 * answer is well-formed, and a result comes only with success.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/keychain/base/json_parse.h"
#include "helper/keychain/items/engine.h"
#include "helper/keychain/items/query.h"
#include "must.h"
#include "tests/keychain/fake_keybag.h"

#define PATH "/dev/shm/keychain-fuzz.%d.db"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct engine *engine;
static char path[sizeof(PATH) + 12];

static void remove_files(void)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };

	engine_close(engine);
	for (unsigned int i = 0; i < 3; i++) {
		char name[sizeof(path) + 8];

		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
}

static int keybag(void *context)
{
	(void)context;
	return fake_keybag_open();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct engine_settings settings = { .path = path, .keybag = keybag };
	char why[ENGINE_WHY_SIZE];

	(void)argc;
	(void)argv;
	snprintf(path, sizeof(path), PATH, (int)getpid());
	must(!engine_open(&settings, &engine, why));
	atexit(remove_files);
	return 0;
}

/* Whatever it is used for, and alone: most requests never get as far. */
static void decode(const struct value *query)
{
	for (unsigned int use = QUERY_ADD; use <= QUERY_DELETE; use++) {
		for (unsigned int any = 0; any < 2; any++) {
			struct outcome outcome = { 0 };
			struct query decoded;
			int status =
				query_decode(&decoded, use, query, ITEM_GENERIC, any, &outcome);

			must(status == outcome.status && (!status || outcome.message[0]));
			must(status || any || decoded.has_class);
			query_release(&decoded);
			outcome_reset(&outcome);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *const groups[] = { "test", "other" };
	struct engine_caller caller = { .groups = groups, .group_count = 2, .application = "app" };
	struct value *request, *answer;

	if (json_parse((const char *)data, size, VALUE_MAX_ENTRIES, &request, NULL))
		return 0;
	decode(value_get(request, "query"));
	fake_keybag_set(size % 7 ? "unlocked" : "locked");
	answer = engine_execute(engine, &caller, request);
	must(answer && value_is(value_get(answer, "status"), VALUE_INTEGER));
	must(value_as_string(value_get(answer, "message")));
	must(!value_get(answer, "result") || !value_as_integer(value_get(answer, "status")));
	value_free(answer);
	value_free(request);
	return 0;
}
