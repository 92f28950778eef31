// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <errno.h>
#include <string.h>

#include "helper/common/registers.h"
#include "helper/secretservice/bus/path.h"
#include "helper/secretservice/crypto/cipher.h"

static unsigned int count;

static unsigned int count_sessions_beside(const struct client *client)
{
	unsigned int sessions = 0;

	for (const struct client *other = clients_first(); other; other = other->next)
		sessions += client_sees(client, other) ? other->session_count : 0;
	return sessions;
}

static bool may_open(const struct client *client)
{
	return client->session_count < CLIENT_MAX_SESSIONS && count < SESSIONS_MAX &&
	       (client_may_manage(client) || count_sessions_beside(client) < SANDBOX_MAX_SESSIONS);
}

static int open_with(struct client *client, struct secret *key, struct session **ret_session)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return -ENOMEM;
	session->number = client_new_number();
	session->key = secret_take(key);
	session->next = client->sessions;
	client->sessions = session;
	client->session_count++;
	count++;
	*ret_session = session;
	return 0;
}

int session_open_plain(struct client *client, struct session **ret_session)
{
	struct secret none = SECRET_NONE;

	return may_open(client) ? open_with(client, &none, ret_session) : -EMFILE;
}

int session_open_agreed(struct client *client, const void *peer_public, size_t length,
			uint8_t ret_public[AGREEMENT_SIZE], struct session **ret_session)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	int result;

	if (!may_open(client))
		return -EMFILE;
	result = agreement_answer(peer_public, length, ret_public, &key);
	clear_vector_registers();
	return result ? result : open_with(client, &key, ret_session);
}

struct session *session_find(const struct client *client, const char *path)
{
	struct session *session = client->sessions;
	struct path parsed;

	path_parse(path, &parsed);
	while (session && session->number != parsed.number)
		session = session->next;
	return parsed.kind == PATH_SESSION ? session : NULL;
}

void session_close(struct client *client, struct session *session)
{
	struct session **at = &client->sessions;

	while (*at != session)
		at = &(*at)->next;
	*at = session->next;
	client->session_count--;
	count--;
	secret_free(&session->key);
	free(session);
}

void sessions_close_all(struct client *client)
{
	while (client->sessions)
		session_close(client, client->sessions);
}

int session_read(const struct session *session, const struct wire_secret *wire, struct secret *ret_secret)
{
	if (session->key.length)
		return cipher_decrypt(&session->key, wire->parameters, wire->parameters_length, wire->value, wire->length, ret_secret);
	return secret_from(wire->value, wire->length, ret_secret);
}

static int append_encrypted(const struct session *session, struct wire_secret *wire, sd_bus_message *message)
{
	CLEANUP_FREE uint8_t *data = malloc(CIPHER_SIZE(wire->length));
	uint8_t iv[CIPHER_BLOCK_SIZE];
	int result = data ? cipher_encrypt(&session->key, wire->value, wire->length, iv, data) : -ENOMEM;

	if (result)
		return result;
	wire->length = CIPHER_SIZE(wire->length);
	wire->value = data;
	wire->parameters = iv;
	wire->parameters_length = sizeof(iv);
	return wire_secret_append(message, wire);
}

int session_append(const struct session *session, const char *path, sd_bus_message *message, const void *secret,
		   size_t length, const char *content_type)
{
	struct wire_secret wire = {
		.session = path,
		.parameters = "",
		.value = secret ? secret : "",
		.length = secret ? length : 0,
		.content_type = content_type,
	};

	return session->key.length ? append_encrypted(session, &wire, message) : wire_secret_append(message, &wire);
}
