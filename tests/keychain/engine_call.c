// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests straight to the keychain's engine: one JSON object a line on standard input, an answer a
 *line.
 *
 *	engine_call DATABASE UID [SOCKET]
 *
 * Beside the members of a request an object may have "caller": {"groups": [...], "application":
 *"...", "tokens": true, "all_groups": true, "read_only": true}; the group is "test" by default.
 *Root only. {"op": "tidy"} carries out all steps of engine_tidy(), and tells how many they were and what
 *bytes are in use; {"op": "count"} answers engine_count(). Built with FAKE_KEYBAG it needs neither kernel nor root, and {"op": "fake", "state":
 *...} sets the state; it serves SOCKET as keychaind does, and {"op": "asked"} answers the last request that came there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "helper/keychain/certificate/crypto_memory.h"
#include "helper/keychain/base/cbor.h"
#include "helper/keychain/base/cbor_read.h"
#include "helper/keychain/base/json_format.h"
#include "helper/keychain/base/json_parse.h"
#include "helper/keychain/transport/wire.h"
#include "helper/keychain/items/engine.h"
#include "helper/libkeybag/keybag.h"
#include "tests/keychain/fake_keybag.h"

#define MAX_GROUPS 512

static uid_t uid;
static struct value *execute(struct engine *engine, const struct value *request);

#ifdef FAKE_KEYBAG
#include "tests/unit/lib/keychaind_stand_in.h"

static struct engine *served;
static pthread_mutex_t served_lock = PTHREAD_MUTEX_INITIALIZER;
static struct value *asked;

static struct value *respond(const struct value *request)
{
	struct value *answer;

	pthread_mutex_lock(&served_lock);
	value_free(asked);
	asked = value_copy(request);
	answer = execute(served, request);
	pthread_mutex_unlock(&served_lock);
	return answer;
}

static void serve_connection(struct stand_in *daemon, int fd)
{
	keychaind_send(fd, WIRE_FIELD_VERSION, WIRE_VERSION, -1);
	while (keychaind_answer(daemon, fd, respond))
		;
}

static void serve(struct engine *engine, const char *socket)
{
	static struct stand_in keychaind;

	served = engine;
	if (socket)
		stand_in_start(&keychaind, socket, serve_connection);
	else
		stand_in_stop(&keychaind);
}

static void one_at_a_time(bool begin)
{
	if (begin)
		pthread_mutex_lock(&served_lock);
	else
		pthread_mutex_unlock(&served_lock);
}

static struct value *fake(const struct value *request)
{
	const char *operation = value_as_string(value_get(request, "op"));
	const char *state = value_as_string(value_get(request, "state"));
	struct value *answer;

	if (operation && !strcmp(operation, "asked")) {
		answer = asked;
		asked = NULL;
		return answer;
	}
	if (!operation || strcmp(operation, "fake"))
		return NULL;
	answer = value_dictionary();
	value_set(answer, "status", value_integer(state && fake_keybag_set(state) ? 0 : -50));
	return answer;
}

static int keybag(void *context)
{
	(void)context;
	return fake_keybag_open();
}
#else
static void serve(struct engine *engine, const char *socket)
{
	(void)engine;
	(void)socket;
}

static void one_at_a_time(bool begin)
{
	(void)begin;
}

static int keybag(void *context)
{
	struct keybag_whose whose = { .by = KEYBAG_WHOSE_UID, .uid = uid };

	return keybag_client_keychain(context, &whose);
}

static struct value *fake(const struct value *request)
{
	(void)request;
	return NULL;
}
#endif

static struct value *tidy(struct engine *engine, const struct value *request)
{
	const char *operation = value_as_string(value_get(request, "op"));
	struct value *answer;
	int64_t steps = 1;

	if (!operation || strcmp(operation, "tidy"))
		return NULL;
	while (engine_tidy(engine))
		steps++;
	answer = value_dictionary();
	value_set(answer, "status", value_integer(engine_untidy(engine) ? -50 : 0));
	value_set(answer, "steps", value_integer(steps));
	value_set(answer, "bytes", value_integer(engine_bytes(engine)));
	return answer;
}

static struct value *count(struct engine *engine, const struct value *request)
{
	const char *operation = value_as_string(value_get(request, "op"));
	struct value *answer;

	if (!operation || strcmp(operation, "count"))
		return NULL;
	answer = value_dictionary();
	value_set(answer, "status", value_integer(0));
	value_set(answer, "count", value_integer(engine_count(engine)));
	return answer;
}

static struct value *execute(struct engine *engine, const struct value *request)
{
	const struct value *description = value_get(request, "caller");
	const struct value *groups = value_get(description, "groups");
	const char *names[MAX_GROUPS] = { "test" };
	struct value *plain = value_copy(request), *answer;
	struct engine_caller caller = { .uid = uid, .groups = names, .group_count = 1 };

	if (groups) {
		caller.group_count = 0;
		for (size_t i = 0; i < value_count(groups) && i < MAX_GROUPS; i++)
			names[caller.group_count++] = value_as_string(value_at(groups, i));
	}
	caller.application = value_as_string(value_get(description, "application"));
	caller.tokens = value_as_boolean(value_get(description, "tokens"));
	caller.all_groups = value_as_boolean(value_get(description, "all_groups"));
	caller.read_only = value_as_boolean(value_get(description, "read_only")) ?
			   "read only" : NULL;
	value_remove(plain, "caller");
	answer = engine_execute(engine, &caller, plain);
	value_free(plain);
	return answer;
}

/* As a client reads it. Takes @answer. */
static struct value *decoded(struct value *answer)
{
	size_t size = cbor_value_size(answer);
	void *bytes = malloc(size + 1);
	struct value *read = NULL;

	if (bytes && size && cbor_value_write(answer, bytes, size) == size)
		cbor_value_read(bytes, size, WIRE_MAX_ENTRIES, &read);
	free(bytes);
	value_free(answer);
	return read;
}

int main(int argc, char **argv)
{
	struct engine_settings settings = { .keybag = keybag };
	struct keybag_client *client = NULL;
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;
	int status;

	if (argc < 3 || argc > 4)
		return 2;
	crypto_memory_wipe();
	mlockall(MCL_CURRENT | MCL_FUTURE);
	uid = (uid_t)strtoul(argv[2], NULL, 10);
#ifndef FAKE_KEYBAG
	if (keybag_client_new(&client))
		return 2;
#endif
	settings.path = argv[1];
	settings.context = client;
	status = engine_open(&settings, &engine, why);
	if (status) {
		printf("{\"status\":%d}\n", status);
		return 1;
	}
	if (argc == 4)
		serve(engine, argv[3]);
	while ((length = getline(&line, &capacity, stdin)) > 0) {
		struct value *request = NULL, *answer;
		struct json_error error;
		char *text;
		size_t size;

		if (json_parse(line, (size_t)length, VALUE_MAX_ENTRIES, &request, &error)) {
			printf("{\"status\":-50,\"message\":\"%s at %zu\"}\n", error.message,
			       error.offset);
		} else {
			one_at_a_time(true);
			answer = fake(request);
			if (!answer)
				answer = tidy(engine, request);
			if (!answer)
				answer = count(engine, request);
			if (!answer)
				answer = execute(engine, request);
			one_at_a_time(false);
			answer = decoded(answer);
			if (answer && !json_format(answer, false, &text, &size)) {
				puts(text);
				json_free(text, size);
			}
			value_free(answer);
		}
		fflush(stdout);
		value_free(request);
	}
	if (argc == 4)
		serve(engine, NULL);
	engine_close(engine);
#ifndef FAKE_KEYBAG
	keybag_client_free(client);
#endif
	free(line);
	return 0;
}
