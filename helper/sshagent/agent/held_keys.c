// SPDX-License-Identifier: GPL-2.0-or-later
#include "held_keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_US	UINT64_C(1000000)

static struct held_key *keys;
static sd_event_source *end;
static void (*on_ended)(void);

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

static void release(struct held_key *key)
{
	sealed_key_free(&key->sealed);
	free(key);
}

static void remove_at(struct held_key **place)
{
	struct held_key *key = *place;

	*place = key->next;
	release(key);
}

static void wait_for_end(void)
{
	uint64_t first = UINT64_MAX;

	for (const struct held_key *key = keys; key; key = key->next)
		first = key->end_us < first ? key->end_us : first;
	sd_event_source_set_time(end, first);
	sd_event_source_set_enabled(end, first == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

void held_keys_expire(void)
{
	uint64_t now = now_us();

	for (struct held_key **place = &keys; *place;) {
		if ((*place)->end_us <= now)
			remove_at(place);
		else
			place = &(*place)->next;
	}
}

static int on_end(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	(void)context;
	held_keys_expire();
	wait_for_end();
	on_ended();
	return 0;
}

int held_keys_begin(sd_event *loop, void (*ended)(void))
{
	int result = sd_event_add_time(loop, &end, CLOCK_BOOTTIME, UINT64_MAX, 0, on_end, NULL);

	on_ended = ended;
	return result < 0 ? result : sd_event_source_set_enabled(end, SD_EVENT_OFF);
}

const struct held_key *held_keys_first(void)
{
	return keys;
}

static struct held_key **find(struct bytes blob)
{
	struct held_key **place = &keys;

	while (*place && !bytes_equal((*place)->blob, blob))
		place = &(*place)->next;
	return place;
}

const struct held_key *held_keys_find(struct bytes blob)
{
	return *find(blob);
}

bool held_key_shown(const struct held_key *key, const struct bindings *bindings)
{
	return !key->constraints.restricted || bindings_show(bindings, key->constraints.destinations);
}

static struct bytes put(uint8_t **at, struct bytes bytes)
{
	struct bytes copy = { *at, bytes.length };

	if (bytes.length)
		memcpy(*at, bytes.data, bytes.length);
	*at += bytes.length;
	return copy;
}

static struct held_key *make(struct bytes blob, struct bytes comment, const struct constraints *constraints)
{
	struct held_key *key = calloc(1, sizeof(*key) + blob.length + comment.length + constraints->destinations.length);
	uint8_t *at = (uint8_t *)(key + 1);

	if (!key)
		return NULL;
	key->constraints = *constraints;
	key->blob = put(&at, blob);
	key->comment = put(&at, comment);
	key->constraints.destinations = put(&at, constraints->destinations);
	key->end_us = constraints->ends ? now_us() + constraints->lifetime * SECOND_US : UINT64_MAX;
	return key;
}

static bool is_full(bool remote)
{
	size_t all = 0, of_others = 0;

	for (const struct held_key *key = keys; key; key = key->next) {
		all++;
		of_others += key->remote;
	}
	return all >= HELD_KEYS_MAX || (remote && of_others >= HELD_KEYS_REMOTE_MAX);
}

int held_keys_add(struct bytes blob, struct bytes comment, const struct constraints *constraints, struct bytes record, bool remote)
{
	struct held_key **place = find(blob), *key;
	int result;

	if (!*place && is_full(remote))
		return -EDQUOT;
	key = make(blob, comment, constraints);
	if (!key)
		return -ENOMEM;
	key->remote = remote;
	result = sealed_key_new(&key->sealed, record);
	if (result < 0) {
		release(key);
		return result;
	}
	if (*place) {
		key->next = (*place)->next;
		release(*place);
	}
	*place = key;
	wait_for_end();
	return 0;
}

bool held_keys_remove(struct bytes blob)
{
	struct held_key **place = find(blob);

	if (!*place)
		return false;
	remove_at(place);
	wait_for_end();
	return true;
}

void held_keys_remove_all(void)
{
	while (keys)
		remove_at(&keys);
	wait_for_end();
}
