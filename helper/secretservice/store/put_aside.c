// SPDX-License-Identifier: GPL-2.0-or-later
#include "put_aside.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "call.h"
#include "collection_names.h"
#include "helper/daemon/log.h"
#include "helper/secretservice/bus/failure.h"
#include "library.h"
#include "session_keychain.h"

#define NAMES_MAX	32	/* keychains that a user may have */

/* The answer of the last look. An import of many items looks once a second: it has a count of all items. */
static struct {
	bool known;
	time_t at;	/* CLOCK_MONOTONIC_COARSE */
	size_t count;
	char names[NAMES_MAX][KEYCHAIN_NAME_SIZE];
} seen;

static bool told;

static const char *find(const char *keychain)
{
	for (size_t at = 0; at < seen.count; at++) {
		if (!keychain || !strcmp(seen.names[at], keychain))
			return seen.names[at];
	}
	return NULL;
}

/* The first one is there whether or not it has a file. */
static bool is_there(const struct value *keychains, const char *name)
{
	for (size_t at = 0; at < value_count(keychains); at++) {
		const char *there = value_as_name(value_get(value_at(keychains, at), "name"));

		if (there && !strcmp(there, name))
			return true;
	}
	return !strcmp(name, FIRST_COLLECTION);
}

/*
 * @aside: { keychain, file, reason, … }. Those of another keybag have nothing that could come back, and whoever has deleted a
 * keychain misses nothing of it.
 */
static void add(const struct value *keychains, const struct value *aside)
{
	const char *keychain = value_as_name(value_get(aside, "keychain"));
	const char *reason = value_as_string(value_get(aside, "reason"));

	if (keychain && reason && !strcmp(reason, "damaged") && strlen(keychain) < KEYCHAIN_NAME_SIZE && !session_keychain_is(keychain) &&
	    is_there(keychains, keychain) && seen.count < NAMES_MAX && !find(keychain))
		strcpy(seen.names[seen.count++], keychain);
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	return time.tv_sec;
}

static int look(void)
{
	struct keychain_client *client = library_own_client(NULL);
	const struct value *asides;
	struct value *answer;
	int status = client ? call_keychains(client, &answer) : errSecAllocate;

	seen.known = false;
	if (status)
		return status;
	seen.count = 0;
	asides = value_get(answer, "aside");
	for (size_t at = 0; at < value_count(asides); at++)
		add(value_get(answer, "result"), value_at(asides, at));
	value_free(answer);
	seen.known = true;
	seen.at = now();
	return 0;
}

int put_aside_look(const char *keychain, char ret_name[KEYCHAIN_NAME_SIZE])
{
	int status = look();
	const char *found = status ? NULL : find(keychain);

	strcpy(ret_name, found ? found : "");
	return status;
}

static void tell(void)
{
	if (seen.count && !told)
		log_error("the file of the keychain '%s' was damaged and put aside: programs that do not find something there, or store something "
			  "new, are told that it failed, as they would make new keys otherwise; restore that file from a backup, or have it "
			  "removed by root, to go without what is in it: 'keychainctl keychains' names it", seen.names[0]);
	told = seen.count;
}

int put_aside_check(const char *keychain)
{
	int status = seen.known && seen.at == now() ? 0 : look();

	if (status)
		return status;
	tell();
	return find(keychain) ? STATUS_PUT_ASIDE : 0;
}

void put_aside_forget(void)
{
	seen.known = false;
}
