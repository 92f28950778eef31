// SPDX-License-Identifier: GPL-2.0-or-later
#include "soft_lock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "collection_names.h"
#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"
#include "library.h"
#include "lock_state.h"
#include "note.h"

#define LOCK_KIND	"lock"
#define LOCK_NAME	"collections"
#define STATE_SIZE	80
#define TEXT_SIZE	(STATE_SIZE + COLLECTIONS_MAX * (KEYCHAIN_NAME_SIZE + 1))

static struct {
	size_t count;
	char names[COLLECTIONS_MAX][KEYCHAIN_NAME_SIZE];
} locked;

/* Another one whenever the keybag was locked, opened or loaded again, and after each start of the machine. */
static void describe_state(char ret_text[STATE_SIZE])
{
	sd_id128_t boot = SD_ID128_NULL;
	struct lock_change last;

	lock_state_look(&last);
	sd_id128_get_boot(&boot);
	snprintf(ret_text, STATE_SIZE, SD_ID128_FORMAT_STR ":%" PRIu64 ":%" PRIu64, SD_ID128_FORMAT_VAL(boot), last.sequence, last.time_ns);
}

/* The state, and the names behind it: a keychain's name has no blank. */
static void save(void)
{
	char text[TEXT_SIZE];
	int status;

	describe_state(text);
	for (size_t at = 0; at < locked.count; at++) {
		strcat(text, " ");
		strcat(text, locked.names[at]);
	}
	status = note_write(FIRST_COLLECTION, LOCK_KIND, LOCK_NAME, locked.count ? text : NULL);
	if (status)
		log_warning("which collections programs have locked cannot be noted, and is forgotten when this service ends: %s",
			    library_message());
}

static void add(const char *keychain)
{
	if (locked.count < COLLECTIONS_MAX && strlen(keychain) < KEYCHAIN_NAME_SIZE)
		strcpy(locked.names[locked.count++], keychain);
}

void soft_lock_begin(void)
{
	CLEANUP_FREE char *text = NULL;
	char state[STATE_SIZE], *rest = NULL, *name;
	int status;

	/* Whoever opens it gives the passcode. */
	if (lock_state_now() == LOCK_STATE_GONE)
		return;
	status = note_read(FIRST_COLLECTION, LOCK_KIND, LOCK_NAME, &text);
	if (status && status != errSecItemNotFound)
		log_warning("which collections programs had locked before this service was started cannot be told: %s", library_message());
	if (status)
		return;
	describe_state(state);
	name = strtok_r(text, " ", &rest);
	if (!name || strcmp(name, state))
		return;
	while ((name = strtok_r(NULL, " ", &rest)))
		add(name);
}

bool soft_lock_is_set(const char *keychain)
{
	for (size_t at = 0; at < locked.count; at++) {
		if (!strcmp(locked.names[at], keychain))
			return true;
	}
	return false;
}

bool soft_lock_is_any(void)
{
	return locked.count;
}

int soft_lock_set(const char *keychain)
{
	if (soft_lock_is_set(keychain))
		return 0;
	if (locked.count == COLLECTIONS_MAX || strlen(keychain) >= KEYCHAIN_NAME_SIZE)
		return errSecAllocate;
	add(keychain);
	save();
	return 0;
}

void soft_lock_forget(const char *keychain)
{
	size_t kept = 0;

	if (!soft_lock_is_set(keychain))
		return;
	for (size_t at = 0; at < locked.count; at++) {
		if (!strcmp(locked.names[at], keychain))
			continue;
		if (kept != at)
			strcpy(locked.names[kept], locked.names[at]);
		kept++;
	}
	locked.count = kept;
	save();
}

bool soft_lock_clear(void)
{
	bool any = locked.count;

	locked.count = 0;
	if (any)
		save();
	return any;
}
