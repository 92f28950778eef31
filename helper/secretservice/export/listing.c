// SPDX-License-Identifier: GPL-2.0-or-later
#include "listing.h"

#include <time.h>

#include "announce.h"
#include "helper/common/cleanup.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/client/listed.h"
#include "helper/secretservice/store/library.h"
#include "helper/secretservice/store/lock_state.h"

#define AFTER_US	UINT64_C(100000)
#define SHARE		10	/* of the time, one of so many parts */
#define FAILURES_MAX	10	/* in a row; the wait after each is twice as long: 100 s in all */

static sd_bus *session_bus;
static sd_event_source *timer;	/* NULL: nothing is due, or it waits for the keybag */
static uint64_t timer_us;	/* when it goes off */
static uint64_t pause_us;	/* until then, as the last list took its share */

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Libraries that have read the item while it was locked read it again. */
static void tell_changed(const struct client *client, const struct item_list *list)
{
	for (size_t at = 0; at < list->count; at++) {
		if (!list->entries[at].locked)
			announce_item_changed_to(client, list->entries[at].keychain, list->entries[at].uuid);
	}
}

static void tell(const struct client *client, struct listed *listed, const struct item_list *list)
{
	announce_items(client, listed->keychain, list);
	if (listed->unread)
		tell_changed(client, list);
	listed->unread = false;
	listed_done(listed);
}

/* Whoever sees the same needs no search of their own. */
static void tell_all(const struct client *of, const char *keychain, const struct item_list *list)
{
	struct listed *listed;

	for (struct client *client = clients_first(); client; client = client->next) {
		listed = client_sees(client, of) ? listed_find(client, keychain) : NULL;
		if (listed && listed->due)
			tell(client, listed, list);
	}
}

/* Another time does not change it: the client may not read the list, or there is too much in it. */
static bool is_refusal(int status)
{
	return status == errSecMissingEntitlement || status == errSecRestrictedAPI || status == errSecNoAccessForItem ||
	       status == STATUS_LIMIT;
}

/*
 * One that waits for the keybag is told when that is opened. Other failures may pass, as when keychaind starts again: the list is
 * tried again, without end where the keychain only had no time for it.
 */
static void take_failure(struct listed *listed, int status)
{
	bool no_time = status == errSecNotAvailable && library_time_is_over();

	listed->waits = status == errSecInteractionNotAllowed || lock_state_now() == LOCK_STATE_GONE;
	if (listed->waits)
		return;
	if (no_time)
		listed_failed(listed, 0);
	else if (is_refusal(status) || listed->failures >= FAILURES_MAX)
		listed_done(listed);
	else
		listed_failed(listed, now_us() + (AFTER_US << listed->failures));
}

static void tell_one(struct client *client, struct listed *listed)
{
	CLEANUP(item_list_free) struct item_list list = { 0 };
	int status;

	client_serve(client);
	library_begin();
	status = item_list_search(&list, listed->keychain, NULL, false);
	client_serve(NULL);
	if (status) {
		take_failure(listed, status);
		return;
	}
	item_list_sort(&list);
	tell_all(client, listed->keychain, &list);
}

static int on_time(sd_event_source *source, uint64_t time, void *context);

/* Until the pause is over and the first list that is due may be read. */
static void wait_for_time(void)
{
	uint64_t at = now_us() + AFTER_US, soonest = listed_soonest();

	if (soonest == UINT64_MAX)
		return;
	if (at < pause_us)
		at = pause_us;
	if (at < soonest)
		at = soonest;
	if (timer && timer_us <= at)
		return;
	timer = sd_event_source_disable_unref(timer);
	timer_us = at;
	sd_event_add_time(sd_bus_get_event(session_bus), &timer, CLOCK_MONOTONIC, at, 0, on_time, NULL);
}

/* One list, so that messages are handled between two of them. */
static int on_time(sd_event_source *source, uint64_t time, void *context)
{
	uint64_t begin = now_us(), end;
	struct client *client;
	struct listed *listed = listed_next(begin, &client);

	(void)source;
	(void)time;
	(void)context;
	timer = sd_event_source_disable_unref(timer);
	if (listed)
		tell_one(client, listed);
	end = now_us();
	pause_us = end + (end - begin) * (SHARE - 1);
	wait_for_time();
	return 0;
}

void listing_changed(const char *keychain)
{
	if (client_served() && listed_change(client_served(), keychain))
		wait_for_time();
}

void listing_emptied(const char *keychain)
{
	if (listed_change(NULL, keychain))
		wait_for_time();
}

void listing_opened(void)
{
	if (listed_opened())
		wait_for_time();
}

void listing_begin(sd_bus *bus)
{
	session_bus = bus;
}

void listing_end(void)
{
	timer = sd_event_source_disable_unref(timer);
}
