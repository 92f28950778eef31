// SPDX-License-Identifier: GPL-2.0-or-later
#include "state.h"

#include <stdlib.h>

#include "announce.h"
#include "helper/secretservice/client/seen.h"
#include "helper/secretservice/store/lock_state.h"
#include "helper/secretservice/store/soft_lock.h"
#include "prompt.h"

static void announce_seen_of(struct client *client)
{
	struct seen *next;
	struct item item;

	client_serve(client);
	for (struct seen *seen = seen_take(client); seen; seen = next) {
		next = seen->next;
		if (!item_read(seen->keychain, seen->uuid, false, &item)) {
			if (item.found)
				announce_item_open(client, &item, seen->uuid);
			item_release(&item);
		}
		free(seen);
	}
}

static void announce_seen(void)
{
	for (struct client *client = clients_first(); client; client = client->next)
		announce_seen_of(client);
	client_serve(NULL);
}

/* The passcode was given: what programs had locked is open, too. */
static void note_open(bool was_open)
{
	bool any = soft_lock_clear();

	if (any || !was_open)
		announce_locks();
	announce_seen();
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
	static uint64_t noted_sequence;
	static bool known;
	uint64_t sequence;
	enum lock_state now = lock_state_look(&sequence), before = noted;
	bool changed = known && (now != before || sequence != noted_sequence);

	noted = now;
	noted_sequence = sequence;
	known = true;
	if (!changed)
		return;
	if (now == LOCK_STATE_UNLOCKED)
		note_open(before == LOCK_STATE_UNLOCKED);
	else if (before == LOCK_STATE_UNLOCKED)
		announce_locks();
	else if (now == LOCK_STATE_LOCKED)
		soft_lock_clear();
	prompts_complete();
}
