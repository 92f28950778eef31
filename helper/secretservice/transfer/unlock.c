// SPDX-License-Identifier: GPL-2.0-or-later
#include "unlock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/cli/program.h"
#include "helper/common/printable.h"
#include "helper/common/translate.h"
#include "password.h"

#define TRIES	3

char *unlock_question(const char *format, const char *name)
{
	char *text CLEANUP_FREE = NULL, *shown = NULL;
	size_t size;
	FILE *file;

	if (asprintf(&text, format, name) < 0) {
		text = NULL;
		return NULL;
	}
	file = open_memstream(&shown, &size);
	if (!file)
		return NULL;
	printable_write(file, text, strlen(text));
	if (!fclose(file))
		return shown;
	free(shown);
	return NULL;
}

static void tell_locked(const struct peer *peer, const struct record_collection *collection, int result)
{
	program_complain(_("the keyring '%s' cannot be unlocked: %s"), collection->label, peer_problem(peer, result));
}

/* Keyrings that have no password are locked until it is said. */
static int try_empty(struct peer *peer, const struct record_collection *collection)
{
	CLEANUP_SECRET struct secret empty = SECRET_NONE;
	int result = secret_new(&empty, 1);

	if (!result)
		result = peer_unlock(peer, collection->path, &empty);
	if (result < 0 && result != -EKEYREJECTED)
		tell_locked(peer, collection, result);
	return result;
}

static int ask(const struct record_collection *collection, struct secret *ret_password)
{
	CLEANUP_FREE char *question = unlock_question(_("Password of the keyring '%s' (empty: leave it locked): "), collection->label);
	int result = question ? password_read(question, ret_password) : -ENOMEM;

	if (result && result != -ENODATA)
		program_complain(_("the password of the keyring '%s' cannot be read: %s"), collection->label, translate_errno(result));
	return result;
}

static int try_one(struct peer *peer, const struct record_collection *collection)
{
	CLEANUP_SECRET struct secret password = SECRET_NONE;
	int result = ask(collection, &password);

	if (result)
		return result;
	result = peer_unlock(peer, collection->path, &password);
	if (result == -EKEYREJECTED)
		program_complain(_("that is not the password of the keyring '%s'"), collection->label);
	else if (result < 0)
		tell_locked(peer, collection, result);
	return result;
}

static bool unlock_by_password(struct peer *peer, const struct record_collection *collection)
{
	int result = try_empty(peer, collection);

	if (result == -EKEYREJECTED)
		result = try_one(peer, collection);
	for (int tries = 1; result == -EKEYREJECTED && password_is_asked() && tries < TRIES; tries++)
		result = try_one(peer, collection);
	return result >= 0;
}

static bool unlock_on_screen(struct peer *peer, char **paths)
{
	int result;

	if (!password_is_asked() || peer->unanswered)
		return false;
	result = peer_unlock_on_screen(peer, paths);
	if (result < 0 && result != -ECANCELED)
		program_complain(_("%s was not unlocked: %s"), peer->called, peer_problem(peer, result));
	return result >= 0;
}

/* Nothing is unlocked then. */
static void tell_no_memory(void)
{
	program_complain("%s", translate_errno(-ENOMEM));
}

bool unlock_collections(struct peer *peer, const struct record_collections *collections)
{
	char **locked CLEANUP_FREE = calloc(collections->count + 1, sizeof(*locked));
	bool passwords = peer_takes_passwords(peer), any = false;
	size_t count = 0;

	if (!locked)
		tell_no_memory();
	for (size_t at = 0; locked && at < collections->count; at++) {
		if (!collections->collections[at].locked)
			continue;
		if (passwords)
			any |= unlock_by_password(peer, &collections->collections[at]);
		else
			locked[count++] = collections->collections[at].path;
	}
	return count ? unlock_on_screen(peer, locked) : any;
}

bool unlock_items(struct peer *peer, const struct record_list *items)
{
	char **locked CLEANUP_FREE = calloc(items->count + 1, sizeof(*locked));
	size_t count = 0;

	if (!locked)
		tell_no_memory();
	for (size_t at = 0; locked && at < items->count; at++) {
		if (items->records[at].locked)
			locked[count++] = items->records[at].path;
	}
	return count && unlock_on_screen(peer, locked);
}
