// SPDX-License-Identifier: GPL-2.0-or-later
#include "destination.h"

#include <time.h>

#include "helper/sshagent/key/pattern.h"

struct hop {
	struct bytes user, host;	/* empty: any, or the host where the agent runs */
	struct bytes keys;		/* strings, each with a byte behind that says whether it is an authority's */
};

struct destination {
	struct hop from, to;
};

static struct hop read_hop(struct reader *from)
{
	struct reader inside = reader_of_bytes(reader_string(from));
	struct hop hop;

	hop.user = reader_text(&inside);
	hop.host = reader_text(&inside);
	/* Reserved. */
	if (reader_string(&inside).length || hop.user.length > DESTINATION_TEXT_MAX || hop.host.length > DESTINATION_TEXT_MAX)
		reader_fail(&inside);
	hop.keys = reader_rest(&inside);
	if (inside.failed)
		reader_fail(from);
	return hop;
}

static struct destination read_destination(struct reader *from)
{
	struct reader inside = reader_of_bytes(reader_string(from));
	struct destination destination;

	destination.from = read_hop(&inside);
	destination.to = read_hop(&inside);
	/* Reserved. */
	if (reader_string(&inside).length || !reader_done(&inside))
		reader_fail(from);
	return destination;
}

/* One of a type that is not known is no host's that could be bound, and matches nothing: ssh-add names all that a host has. */
static bool is_sound(struct bytes blob)
{
	struct reader inside = reader_of_bytes(blob);
	struct bytes name = reader_string(&inside);
	struct public_key key;

	return !inside.failed && name.length && (!key_type_find(name) || public_key_read(blob, &key));
}

static bool keys_valid(const struct hop *hop)
{
	struct reader from = reader_of_bytes(hop->keys);

	while (!reader_ended(&from)) {
		if (!is_sound(reader_string(&from)))
			return false;
		reader_u8(&from);
	}
	return reader_done(&from);
}

static bool is_valid(const struct destination *destination)
{
	const struct hop *from = &destination->from, *to = &destination->to;

	return !from->user.length && !from->host.length == !from->keys.length && to->host.length && to->keys.length &&
	       keys_valid(from) && keys_valid(to);
}

bool destinations_valid(struct bytes destinations)
{
	struct reader from = reader_of_bytes(destinations);
	size_t count = 0;

	while (!reader_ended(&from)) {
		struct destination destination = read_destination(&from);

		if (from.failed || !is_valid(&destination) || ++count > DESTINATIONS_MAX)
			return false;
	}
	return reader_done(&from) && count;
}

/* A certificate by its authority, any other key as it is. */
static bool matches_one(const struct public_key *key, struct bytes blob, bool authority, const struct hop *hop)
{
	if (authority != key->type->certificate)
		return false;
	if (!authority)
		return bytes_equal(key->blob, blob);
	return bytes_equal(key->authority, blob) && public_key_certifies_host(key, hop->host, (uint64_t)time(NULL));
}

static bool matches(const struct public_key *key, const struct hop *hop)
{
	struct reader from = reader_of_bytes(hop->keys);

	while (!reader_ended(&from)) {
		struct bytes blob = reader_string(&from);
		bool authority = reader_boolean(&from);

		if (!from.failed && matches_one(key, blob, authority, hop))
			return true;
	}
	return false;
}

static bool is_for(const struct hop *hop, const struct bytes *user)
{
	return !hop->user.length || !user || pattern_matches(hop->user, *user);
}

bool destinations_permit(struct bytes destinations, const struct public_key *from, const struct public_key *to,
			 const struct bytes *user)
{
	struct reader reader = reader_of_bytes(destinations);

	while (!reader_ended(&reader)) {
		struct destination destination = read_destination(&reader);

		if (reader.failed)
			return false;
		if (from ? matches(from, &destination.from) : !destination.from.host.length) {
			if ((!to || matches(to, &destination.to)) && is_for(&destination.to, user))
				return true;
		}
	}
	return false;
}
