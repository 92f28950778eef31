// SPDX-License-Identifier: GPL-2.0-or-later
#include "binding.h"

#include <stdlib.h>
#include <string.h>

#include "destination.h"
#include "login_request.h"

#define SESSION_MAX	128	/* bytes; the longest hash has 64 */

static struct bytes key_of(const struct binding *binding)
{
	return (struct bytes){ binding->key, binding->key_length };
}

static struct bytes session_of(const struct binding *binding)
{
	return (struct bytes){ binding->session, binding->session_length };
}

static const struct binding *last(const struct bindings *bindings)
{
	return &bindings->list[bindings->count - 1];
}

static bool keep(struct bindings *bindings, struct bytes key, struct bytes session, bool forwarded)
{
	struct binding *binding = &bindings->list[bindings->count];
	uint8_t *memory = malloc(key.length + session.length);

	if (!memory)
		return false;
	memcpy(memory, key.data, key.length);
	memcpy(memory + key.length, session.data, session.length);
	*binding = (struct binding){ memory, key.length, memory + key.length, session.length, forwarded };
	bindings->count++;
	return true;
}

/* The same once more is no harm: ssh says it again for a login on a connection that is there. */
static bool add(struct bindings *bindings, struct bytes key, struct bytes session, bool forwarded)
{
	for (size_t at = 0; at < bindings->count; at++) {
		const struct binding *other = &bindings->list[at];

		if (!other->forwarded)
			return bytes_equal(session_of(other), session) && bytes_equal(key_of(other), key) && !forwarded;
		if (bytes_equal(session_of(other), session))
			return bytes_equal(key_of(other), key);
	}
	return bindings->count < BINDINGS_MAX && keep(bindings, key, session, forwarded);
}

bool bindings_add(struct bindings *bindings, struct reader *from)
{
	struct bytes blob = reader_string(from), session = reader_string(from), signature = reader_string(from);
	bool forwarded = reader_boolean(from);
	struct public_key key;

	bindings->attempted = true;
	return reader_done(from) && session.length && session.length <= SESSION_MAX && public_key_read(blob, &key) &&
	       public_key_verify(&key, session, signature) && add(bindings, blob, session, forwarded);
}

/* From hop to hop, the last one for @user; NULL: any, to see what could be used from there on. */
static bool leads(const struct bindings *bindings, struct bytes destinations, const struct bytes *user)
{
	struct public_key keys[2], *from = NULL;

	for (size_t at = 0; at < bindings->count; at++) {
		const struct binding *binding = &bindings->list[at];
		struct public_key *to = &keys[at % 2];
		bool is_last = binding == last(bindings);

		if (binding->forwarded ? is_last && user : !is_last)
			return false;
		if (!public_key_read(key_of(binding), to) || !destinations_permit(destinations, from, to, is_last ? user : NULL))
			return false;
		from = to;
	}
	/* A further host sees keys that lead on from there. */
	return !last(bindings)->forwarded || destinations_permit(destinations, from, NULL, NULL);
}

/* As OpenSSH has it: programs of this host that add keys bind nothing. */
bool bindings_remote(const struct bindings *bindings)
{
	return bindings->attempted || bindings->count;
}

bool bindings_show(const struct bindings *bindings, struct bytes destinations)
{
	return bindings->count ? leads(bindings, destinations, NULL) : !bindings->attempted;
}

/* A login from a further host has to name its server: there the signed session alone would not tell where it is. */
static bool names_server(const struct bindings *bindings, const struct login_request *request)
{
	return request->host_bound ? bytes_equal(request->host_key, key_of(last(bindings))) : bindings->count == 1;
}

bool bindings_permit(const struct bindings *bindings, struct bytes destinations, struct bytes key, struct bytes data)
{
	struct login_request request;

	if (!bindings->count || !login_request_read(data, &request) || !bytes_equal(request.key, key))
		return false;
	return leads(bindings, destinations, &request.user) && bytes_equal(request.session, session_of(last(bindings))) &&
	       names_server(bindings, &request);
}

void bindings_free(struct bindings *bindings)
{
	for (size_t at = 0; at < bindings->count; at++)
		free(bindings->list[at].key);
	*bindings = (struct bindings){ 0 };
}
