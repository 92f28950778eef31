// SPDX-License-Identifier: GPL-2.0-or-later
#include "state.h"

#include <stdlib.h>

#include "announce.h"
#include "helper/secretservice/client/seen.h"
#include "helper/secretservice/store/library.h"
#include "helper/secretservice/store/lock_state.h"
#include "helper/secretservice/store/soft_lock.h"
#include "listing.h"
#include "prompt.h"
#include "resolve.h"

/* Announcements that are due, as the keychain did not answer the last time. */
static struct {
	bool locks, seen;
} due;

/* Whether it is told of: the item is open. */
static int announce_one(struct client *client, struct seen *seen, bool *ret_open)
{
	struct item item;
	int status = item_read(seen->keychain, seen->uuid, false, &item);

	*ret_open = !status && item.found && !soft_lock_is_set(seen->keychain);
	if (*ret_open)
		announce_item_open(client, &item, seen->uuid);
	if (!status) {
		seen->accessible = item.accessible;
		item_release(&item);
	}
	return status;
}

/*
 * Whether it is to be kept: one that is locked still, or that the keychain does not answer for, is told of later, one that is
 * open when it is locked.
 */
static bool announce_if_open(struct client *client, struct seen *seen)
{
	bool open;
	int status = library_time_is_over() ? errSecNotAvailable : announce_one(client, seen, &open);

	if (status)
		return status == errSecNotAvailable;
	seen->locked = !open;
	return !open || client->caches;
}

static void announce_seen_of(struct client *client)
{
	struct seen *next;

	client_serve(client);
	for (struct seen *seen = seen_take(client); seen; seen = next) {
		next = seen->next;
		if (!seen->locked || announce_if_open(client, seen))
			seen_put_back(client, seen);
		else
			seen_free(seen);
	}
}

/* By their class as it was when they were seen: of one that was given another since, the next look tells. */
static void announce_locked_of(struct client *client, enum lock_state state)
{
	for (struct seen *seen = client->seen; seen; seen = seen->next) {
		if (seen->locked || !class_is_locked(seen->keychain, seen->accessible, state))
			continue;
		announce_item_locked(client, seen->keychain, seen->uuid);
		seen->locked = true;
	}
}

static void announce_locked(enum lock_state state)
{
	for (struct client *client = clients_first(); client; client = client->next)
		announce_locked_of(client, state);
}

void state_tell_locked(void)
{
	announce_locked(lock_state_now());
}

/* Each once: whoever sees it is told with the first who has looked at it. */
static void announce_deleted_of(struct client *client, const char *keychain)
{
	uint8_t uuid[ITEM_UUID_SIZE];

	client_serve(client);
	while (seen_forget_one_of(client, keychain, uuid)) {
		seen_forget_of_all(keychain, uuid);
		announce_item("ItemDeleted", keychain, uuid);
	}
}

void state_tell_deleted(const char *keychain)
{
	for (struct client *client = clients_first(); client; client = client->next)
		announce_deleted_of(client, keychain);
	client_serve(NULL);
	listing_emptied(keychain);
}

/*
 * Returns whether time was enough. What is not available before it is over is one client's alone, whose process has ended, or in a
 * keychain that is not there: that is not tried again and again.
 */
static bool announce_seen(void)
{
	for (struct client *client = clients_first(); client && !library_time_is_over(); client = client->next)
		announce_seen_of(client);
	client_serve(NULL);
	return !library_time_is_over();
}

static void announce_due(void)
{
	due.locks = due.locks && announce_locks() == errSecNotAvailable;
	due.seen = due.seen && !announce_seen();
	if (due.locks || due.seen)
		prompts_look_again();
}

void state_look_again(void)
{
	announce_due();
	prompts_complete();
}

/* The passcode was given: what programs had locked is open, too. */
static void note_open(bool was_open)
{
	bool any = soft_lock_clear();

	due.locks |= any || !was_open;
	due.seen = true;
	announce_due();
	listing_opened();
}

static void note_locked(void)
{
	due.locks = true;
	due.seen = false;
	announce_due();
}

/* It was opened in between, for the first time or once more: some items may be open since. */
static void note_locked_again(void)
{
	soft_lock_clear();
	due.seen = true;
	announce_due();
	listing_opened();
}

void state_note_opened(const char *keychain)
{
	soft_lock_forget(keychain);
	announce_collection_locked(keychain, false);
	due.seen = true;
	announce_due();
	listing_opened();
	prompts_complete();
}

bool state_note_answer(bool check)
{
	if (check)
		note_open(true);
	state_note();
	return prompts_complete();
}

/* A keybag that was locked and opened since the last look was opened by its passcode; one that is locked again, too. */
void state_note(void)
{
	static enum lock_state noted;
	static struct lock_change noted_change;
	static bool known;
	struct lock_change last;
	enum lock_state now = lock_state_look(&last), before = noted;
	bool changed = known && (now != before || !lock_change_is(&last, &noted_change));

	noted = now;
	noted_change = last;
	known = true;
	if (!changed)
		return;
	if (now != LOCK_STATE_UNLOCKED)
		announce_locked(now);
	if (now == LOCK_STATE_UNLOCKED)
		note_open(before == LOCK_STATE_UNLOCKED);
	else if (before == LOCK_STATE_UNLOCKED)
		note_locked();
	else if (now == LOCK_STATE_LOCKED)
		note_locked_again();
	prompts_complete();
}
