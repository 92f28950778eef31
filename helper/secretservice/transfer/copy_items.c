// SPDX-License-Identifier: GPL-2.0-or-later
#include "copy_items.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/cli/program.h"
#include "helper/common/translate.h"
#include "helper/keychain/include/keychain.h"
#include "helper/secretservice/bus/attributes.h"

/* The items of a collection on their way. */
struct work {
	struct copy *copy;
	const struct record_list *items, *present;
	const char *target, *called;
	bool *settled;			/* of @items: nothing is left to do */
	const struct record **by_key;	/* @present, sorted */
	bool *taken;			/* of @by_key: an item was found to be this one */
	struct copy_tally tally;
	size_t looked;			/* left, when the services were looked at last */
};

/* ---- what is there ---- */

static int compare_keys(const void *one, const void *other)
{
	const struct record *const *a = one, *const *b = other;

	return strcmp((*a)->key, (*b)->key);
}

/* The place of the first item of that key; or where it would be. */
static size_t first_of_key(const struct work *work, const char *key)
{
	size_t low = 0, high = work->present->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(work->by_key[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_of_key(const struct work *work, size_t place, const char *key)
{
	return place < work->present->count && !strcmp(work->by_key[place]->key, key);
}

/* ---- complaints ---- */

static void leave(struct work *work, const struct record *item, const char *reason)
{
	program_complain(_("'%s' in '%s' was left: %s"), item->label, work->called, reason);
	work->tally.left++;
}

static void leave_unread(struct work *work, const struct record *item, int result)
{
	if (result == -EFBIG)
		leave(work, item, _("its secret is longer than 1 MiB, which the keychain does not take"));
	else
		leave(work, item, peer_problem(work->copy->from, result));
}

/* Why the keychain would not take it; NULL: it would. */
static const char *over_limit(const struct work *work, const struct record *item)
{
	if (!work->copy->keychain_limits)
		return NULL;
	if (item->count > ATTRIBUTES_MAX)
		return _("it has more than 128 attributes, which the keychain does not take");
	if (record_attributes_size(item) > ATTRIBUTES_MAX_BYTES)
		return _("its attributes have more than 60 KiB together, which the keychain does not take");
	for (size_t at = 0; at < item->count; at++) {
		if (strlen(item->attributes[at].name) > ATTRIBUTES_MAX_NAME)
			return _("it has an attribute whose name is longer than 255 bytes, which the keychain does not take");
	}
	return NULL;
}

/* Both services have to be there for the next item. One that ends where the bus goes on is told by what was left. */
static int check_services(struct work *work)
{
	if (work->tally.left == work->looked)
		return 0;
	work->looked = work->tally.left;
	return peer_is_there(work->copy->from) && peer_is_there(work->copy->to) ? 0 : -ENOTCONN;
}

/* ---- secrets ---- */

static int read_secret(const struct work *work, const struct record *item, struct secret *ret_secret, char **ret_type)
{
	return peer_secret(work->copy->from, item->path, KEYCHAIN_MAX_SECRET, ret_secret, ret_type);
}

enum likeness {
	ANOTHER,
	SAME,
	UNKNOWN,	/* the one there cannot be read */
};

/* One there that is longer than any that comes is another one. */
static enum likeness compare_secret(const struct work *work, const struct record *present, const struct secret *secret)
{
	CLEANUP_SECRET struct secret other = SECRET_NONE;
	CLEANUP_FREE char *type = NULL;
	int result = present->locked ? -EACCES : peer_secret(work->copy->to, present->path, KEYCHAIN_MAX_SECRET, &other, &type);

	if (result < 0)
		return result == -EFBIG ? ANOTHER : UNKNOWN;
	return secret_equal(secret, &other) ? SAME : ANOTHER;
}

/* The most that can be said of all there that have the same attributes, and are not taken by another item. */
static enum likeness find_same(struct work *work, const struct record *item, const struct secret *secret)
{
	enum likeness found = ANOTHER;

	for (size_t place = first_of_key(work, item->key); is_of_key(work, place, item->key); place++) {
		enum likeness likeness = work->taken[place] ? ANOTHER : compare_secret(work, work->by_key[place], secret);

		if (likeness == UNKNOWN)
			found = UNKNOWN;
		if (likeness != SAME)
			continue;
		work->taken[place] = true;
		return SAME;
	}
	return found;
}

/* There is something to compare an item with. In a dry run its secret is read only to see whether it can be copied. */
static bool is_to_be_read(const struct work *work, const struct record *item)
{
	return work->copy->dry_run || is_of_key(work, first_of_key(work, item->key), item->key);
}

static void compare_read(struct work *work, size_t number)
{
	const struct record *item = &work->items->records[number];
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	CLEANUP_FREE char *type = NULL;
	int result = read_secret(work, item, &secret, &type);

	work->settled[number] = true;
	if (result < 0)
		return leave_unread(work, item, result);
	switch (find_same(work, item, &secret)) {
	case SAME:
		work->tally.present++;
		break;
	case UNKNOWN:
		leave(work, item, _("there is one of the same attributes, which cannot be read: unlock it there, or delete it"));
		break;
	default:
		work->settled[number] = false;
	}
}

/* An item that is there already, or cannot be copied, is settled. */
static void look_at(struct work *work, size_t number)
{
	const struct record *item = &work->items->records[number];
	const char *limit = over_limit(work, item);

	work->settled[number] = true;
	if (item->locked)
		return leave(work, item, _("it is locked: unlock it there, and run this again"));
	if (limit)
		return leave(work, item, limit);
	work->settled[number] = false;
	if (is_to_be_read(work, item))
		compare_read(work, number);
}

/* ---- copies ---- */

static int write_one(struct work *work, const struct record *item, const struct record *older)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	CLEANUP_FREE char *type = NULL;
	int result = read_secret(work, item, &secret, &type);

	if (result < 0) {
		leave_unread(work, item, result);
		return result;
	}
	result = older ? peer_renew(work->copy->to, older, &secret, type, item->label) :
			 peer_add(work->copy->to, work->target, item, &secret, type);
	if (result < 0)
		leave(work, item, peer_problem(work->copy->to, result));
	return result;
}

static void add(struct work *work, const struct record *item)
{
	if (!work->target || work->copy->dry_run || write_one(work, item, NULL) >= 0)
		work->tally.added++;
}

/* Both have the same attributes, and other secrets: the newer one counts. */
static void settle_with(struct work *work, const struct record *item, const struct record *present)
{
	if (item->modified <= present->modified) {
		program_complain(_("'%s' in '%s' has another secret, which is not older: it stays"), item->label, work->called);
		work->tally.present++;
	} else if (work->copy->dry_run || write_one(work, item, present) >= 0) {
		work->tally.renewed++;
	}
}

static void bring(struct work *work, const struct record *item)
{
	size_t place = first_of_key(work, item->key);

	while (is_of_key(work, place, item->key) && work->taken[place])
		place++;
	if (!is_of_key(work, place, item->key))
		return add(work, item);
	work->taken[place] = true;
	settle_with(work, item, work->by_key[place]);
}

/* Those that are the same first: what is left of both sides then belongs together. */
static int work_through(struct work *work)
{
	int result = 0;

	for (size_t at = 0; !result && at < work->items->count; at++) {
		look_at(work, at);
		result = check_services(work);
	}
	for (size_t at = 0; !result && at < work->items->count; at++) {
		if (!work->settled[at])
			bring(work, &work->items->records[at]);
		result = check_services(work);
	}
	return result;
}

int copy_items(struct copy *copy, const struct record_list *items, const char *target, const struct record_list *present,
	       const char *called, struct copy_tally *ret_tally)
{
	bool *settled CLEANUP_FREE = calloc(items->count + 1, sizeof(*settled));
	bool *taken CLEANUP_FREE = calloc(present->count + 1, sizeof(*taken));
	const struct record **by_key CLEANUP_FREE = calloc(present->count + 1, sizeof(*by_key));
	struct work work = {
		.copy = copy,
		.items = items,
		.present = present,
		.target = target,
		.called = called,
		.settled = settled,
		.by_key = by_key,
		.taken = taken,
	};
	int result;

	if (!settled || !taken || !by_key)
		return -ENOMEM;
	for (size_t at = 0; at < present->count; at++)
		by_key[at] = &present->records[at];
	qsort(by_key, present->count, sizeof(*by_key), compare_keys);
	result = work_through(&work);
	*ret_tally = work.tally;
	return result;
}
