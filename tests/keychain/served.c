// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/keychain/served.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/items/engine.h"
#include "tests/keychain/fake_keybag.h"
#include "tests/unit/lib/keychaind_stand_in.h"

#define YEAR		(365L * 24 * 3600)

static struct engine *engine;
static pthread_mutex_t engine_lock = PTHREAD_MUTEX_INITIALIZER;
static struct stand_in keychaind;
static unsigned int secrets;
static const char *field_behind, *state_behind;

static int keybag(void *context)
{
	(void)context;
	return fake_keybag_open();
}

static bool asks_secret(const struct value *query)
{
	size_t length = 0;
	const void *reference = value_bytes(value_get(query, "v_PersistentRef"), &length);

	return value_as_boolean(value_get(query, "r_Data")) && length > 4 && memcmp(reference, "cert", 4);
}

static struct value *execute(const struct value *request)
{
	static const char *const groups[] = { "test" };
	const struct engine_caller caller = { .uid = 1000, .groups = groups, .group_count = 1 };
	struct value *answer;

	pthread_mutex_lock(&engine_lock);
	answer = engine_execute(engine, &caller, request);
	secrets += asks_secret(value_get(request, "query"));
	if (field_behind && value_get(value_get(request, "query"), field_behind)) {
		fake_keybag_set(state_behind);
		field_behind = NULL;
	}
	pthread_mutex_unlock(&engine_lock);
	return answer;
}

static void serve(struct stand_in *daemon, int fd)
{
	keychaind_send(fd, WIRE_FIELD_VERSION, WIRE_VERSION, -1);
	while (keychaind_answer(daemon, fd, execute))
		;
}

int served_status(struct value *request)
{
	struct value *answer = execute(request);
	int status = (int)value_as_integer(value_get(answer, "status"));

	value_free(answer);
	value_free(request);
	return status;
}

struct value *served_request(const char *operation, const char *class, const char *label)
{
	struct value *request = value_dictionary(), *query = value_dictionary();

	value_set(query, "class", value_string(class));
	if (label)
		value_set(query, "labl", value_string(label));
	value_set(request, "op", value_string(operation));
	value_set(request, "query", query);
	return request;
}

struct value *served_query(struct value *request)
{
	return (struct value *)value_get(request, "query");
}

int served_add(const char *class, const char *label, const char *protection, struct bytes bytes)
{
	struct value *request = served_request("add", class, label);

	if (bytes.data)
		value_set(served_query(request), "v_Data", value_data(bytes.data, bytes.length));
	if (protection)
		value_set(served_query(request), "pdmn", value_string(protection));
	OPENSSL_free(bytes.data);
	return served_status(request);
}

int served_delete(const char *class, const char *label)
{
	return served_status(served_request("delete", class, label));
}

void served_delete_all(void)
{
	served_delete("keys", NULL);
	served_delete("cert", NULL);
}

int served_add_certificate(EVP_PKEY *key, const char *name, const char *serial)
{
	char subject[64];
	struct certificate_recipe recipe = { .key = key, .issuer_key = key, .from = -YEAR, .until = YEAR, .serial = serial };
	X509 *certificate;
	int status;

	snprintf(subject, sizeof(subject), "CN=%s", name);
	recipe.subject[0] = recipe.issuer[0] = subject;
	certificate = make_certificate(&recipe);
	status = served_add("cert", name, NULL, certificate_der(certificate));
	X509_free(certificate);
	return status;
}

bool served_set(const char *state)
{
	bool known;

	pthread_mutex_lock(&engine_lock);
	known = fake_keybag_set(state);
	pthread_mutex_unlock(&engine_lock);
	return known;
}

void served_set_behind(const char *field, const char *state)
{
	pthread_mutex_lock(&engine_lock);
	field_behind = field;
	state_behind = state;
	pthread_mutex_unlock(&engine_lock);
}

unsigned int served_secrets(void)
{
	unsigned int count;

	pthread_mutex_lock(&engine_lock);
	count = secrets;
	pthread_mutex_unlock(&engine_lock);
	return count;
}

bool served_start(const char *socket, const char *database)
{
	const struct engine_settings settings = { .keybag = keybag, .path = database };
	char why[ENGINE_WHY_SIZE];

	if (engine_open(&settings, &engine, why))
		return false;
	stand_in_start(&keychaind, socket, serve);
	return true;
}

void served_stop(void)
{
	stand_in_stop(&keychaind);
	engine_close(engine);
}
