// SPDX-License-Identifier: GPL-2.0-or-later
#include "engines.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "helper/common/secret.h"
#include "helper/daemon/log.h"
#include "helper/keychain/common/mailbox.h"
#include "helper/keychain/libkeychain/keychain-status.h"
#include "keychains.h"

/* Open at a time in one thread; over that the one that was not used for longest is closed. */
#define MAX_OPEN	8

/* keybagd may be starting; longer than this a request does not wait for it. */
#define KEYBAGD_LIMIT_NS	UINT64_C(10000000000)

struct open_engine {
	struct open_engine *next;
	struct engines *engines;
	struct keychain_id id;
	struct engine *engine;
	int file;			/* O_PATH: closing another one would give SQLite's locks up */
	struct timespec looked_at;	/* its time of change when its name was last looked at */
};

bool keychain_name_valid(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	size_t length = strlen(name);

	return length && length < KEYCHAIN_NAME_SIZE && *name != '-' &&
	       strspn(name, allowed) == length;
}

int engines_begin(struct engines *engines)
{
	int result = locked_memory_new(&engines->scratch, MAILBOX_SIZE);

	engines->first = NULL;
	if (result < 0)
		return result;
	result = keybag_client_new(&engines->client);
	if (result < 0)
		locked_memory_free(engines->scratch, MAILBOX_SIZE);
	else
		keybag_client_set_time_limit(engines->client, KEYBAGD_LIMIT_NS);
	return result;
}

static int keybag_of(void *context)
{
	const struct open_engine *open = context;
	const struct keybag_whose whose = {
		.by = open->id.system ? KEYBAG_WHOSE_SYSTEM : KEYBAG_WHOSE_UID,
		.uid = open->id.owner,
	};

	return keybag_client_keychain(open->engines->client, &whose);
}

static bool same(const struct keychain_id *one, const struct keychain_id *other)
{
	return one->system == other->system && (one->system || one->owner == other->owner) &&
	       !strcmp(one->name, other->name);
}

/* Takes it out of the list; NULL: it is not in there. */
static struct open_engine *take(struct engines *engines, const struct keychain_id *id)
{
	struct open_engine **place, *found;

	for (place = &engines->first; *place; place = &(*place)->next)
		if (same(&(*place)->id, id))
			break;
	found = *place;
	if (found)
		*place = found->next;
	return found;
}

static void close_one(struct open_engine *open)
{
	if (!open)
		return;
	engine_close(open->engine);
	cleanup_descriptor(&open->file);
	free(open);
}

static void close_superfluous(struct engines *engines)
{
	struct open_engine **place = &engines->first;
	struct open_engine *last;
	unsigned int count = 0;

	while (*place && count++ < MAX_OPEN)
		place = &(*place)->next;
	while ((last = *place)) {
		*place = last->next;
		close_one(last);
	}
}

/* Where this fails the file counts as removed: it is opened anew with each request. */
static int look_at(const char *path)
{
	return open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
}

static int open_one(struct engines *engines, const struct keychain_id *id,
		    struct open_engine **ret_open, char ret_why[ENGINE_WHY_SIZE])
{
	struct open_engine *open = calloc(1, sizeof(*open));
	struct engine_settings settings = { .keybag = keybag_of, .context = open };
	char path[PATH_MAX];
	int status;

	snprintf(ret_why, ENGINE_WHY_SIZE, "%s", keychain_status_text(errSecAllocate));
	if (!open)
		return errSecAllocate;
	open->engines = engines;
	open->id = *id;
	*path = 0;
	status = keychains_path(id, path, sizeof(path));
	settings.path = path;
	settings.system = id->system;
	if (status)
		snprintf(ret_why, ENGINE_WHY_SIZE, "the folder of %.500s cannot be made: %s", path,
			 strerrordesc_np(errno));
	else
		status = engine_open(&settings, &open->engine, ret_why);
	if (!status) {
		open->file = look_at(path);
		*ret_open = open;
		return 0;
	}
	free(open);
	if (id->system)
		log_warning("the machine's keychain '%s': %s", id->name, ret_why);
	else
		log_warning("keychain '%s' of uid %u: %s", id->name, id->owner, ret_why);
	return status;
}

/*
 * Whether the file still is the one of that name. Removing, renaming or replacing it changes its time of
 * change, and so do writes, but no read has to look its path up.
 */
static bool has_its_name(struct open_engine *open)
{
	struct stat file, named;

	if (fstat(open->file, &file) < 0 || !file.st_nlink)
		return false;
	if (file.st_ctim.tv_sec == open->looked_at.tv_sec &&
	    file.st_ctim.tv_nsec == open->looked_at.tv_nsec)
		return true;
	open->looked_at = file.st_ctim;
	return keychains_file(&open->id, &named) && named.st_dev == file.st_dev &&
	       named.st_ino == file.st_ino;
}

int engines_get(struct engines *engines, const struct keychain_id *id, struct engine **ret_engine,
		char ret_why[ENGINE_WHY_SIZE])
{
	struct open_engine *open = take(engines, id);
	int status;

	/* Removed from under us: what is written to it would be lost. */
	if (open && !has_its_name(open)) {
		close_one(open);
		open = NULL;
	}
	status = open ? 0 : open_one(engines, id, &open, ret_why);

	if (status)
		return status;
	open->next = engines->first;
	engines->first = open;
	close_superfluous(engines);
	*ret_engine = open->engine;
	return 0;
}

void engines_default(struct engines *engines, struct keychain_id *id)
{
	unsigned int generation = keychains_default_generation();
	struct keychain_id *chosen = &engines->chosen;
	char gone[KEYCHAIN_NAME_SIZE];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (!*chosen->name || chosen->system != id->system || chosen->owner != id->owner ||
	    engines->chosen_generation != generation || engines->chosen_at != now.tv_sec) {
		*chosen = *id;
		keychains_default(chosen, gone);
		engines->chosen_generation = generation;
		engines->chosen_at = now.tv_sec;
	}
	strcpy(id->name, chosen->name);
}

void engines_drop(struct engines *engines, const struct keychain_id *id)
{
	close_one(take(engines, id));
}

void engines_close(struct engines *engines)
{
	struct open_engine *open;

	while ((open = engines->first)) {
		engines->first = open->next;
		close_one(open);
	}
}

void engines_end(struct engines *engines)
{
	engines_close(engines);
	keybag_client_free(engines->client);
	locked_memory_free(engines->scratch, MAILBOX_SIZE);
}
