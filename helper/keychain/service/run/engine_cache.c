// SPDX-License-Identifier: GPL-2.0-or-later
#include "engine_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "asides.h"
#include "helper/common/secret.h"
#include "helper/daemon/log.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/transport/mailbox.h"
#include "helper/libkeybag/backup.h"
#include "keychains.h"
#include "watchers.h"

/* Open of one owner's while nobody uses them; over that the one that was not used for longest is closed. */
#define MAX_OPEN	8

/* A file that is exchanged while it is opened is opened again. */
#define OPEN_ATTEMPTS	4

/* keybagd may be starting; longer than this a request does not wait for it. */
#define KEYBAGD_LIMIT_NS	UINT64_C(10000000000)

/*
 * One database of the service, whoever asks for it: root and its owner, or all users of the machine's. It
 * stays in the list while it is open or somebody waits for it.
 */
struct open_engine {
	struct open_engine *next;	/* what follows is under the registry's mutex */
	struct keychain_id id;
	unsigned int users;		/* those that have it or wait for it */
	bool untidy;			/* engine_tidy() has work */
	uint64_t used;			/* when it was given back, by a count of that */
	/* The thread that has it, or had it last; NULL: that one has ended. Written under both mutexes, the registry's inside of @use. */
	struct engine_cache *cache;
	/* Held by the thread that has it. What follows is under it, and under the registry's while there are no users. */
	pthread_mutex_t use;
	struct engine *engine;		/* NULL: not open */
	unsigned int opened;		/* engine_opened() when that file was looked at */
	int file;			/* O_PATH: closing another one would give SQLite's locks up */
	struct timespec looked_at;	/* its time of change when its name last led to it, */
	time_t second;			/* and when that was */
	struct engine_news news;	/* of an engine that was closed, for the next one */
};

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static struct open_engine *all;
static uint64_t uses;

int engine_cache_begin(struct engine_cache *cache)
{
	int result = locked_memory_new(&cache->scratch, MAILBOX_SIZE);

	cache->held = NULL;
	if (result < 0)
		return result;
	result = keybag_client_new(&cache->client);
	if (result < 0)
		locked_memory_free(cache->scratch, MAILBOX_SIZE);
	else
		keybag_client_set_time_limit(cache->client, KEYBAGD_LIMIT_NS);
	return result;
}

static int keybag_of(void *context)
{
	const struct open_engine *entry = context;
	const struct keybag_whose whose = {
		.by = entry->id.system ? KEYBAG_WHOSE_SYSTEM : KEYBAG_WHOSE_UID,
		.uid = entry->id.owner,
	};

	return keybag_client_keychain(entry->cache->client, &whose);
}

static int redeem(void *context, const uint8_t ticket[KEYBAG_TICKET_SIZE])
{
	const struct open_engine *entry = context;
	const struct keybag_whose whose = { .by = KEYBAG_WHOSE_UID, .uid = entry->id.owner };

	return keybag_client_backup_redeem(entry->cache->client, &whose, ticket);
}

static bool same(const struct keychain_id *one, const struct keychain_id *other)
{
	return one->system == other->system && (one->system || one->owner == other->owner) &&
	       !strcmp(one->name, other->name);
}

/* Under the registry's mutex. NULL without memory. */
static struct open_engine *enter(const struct keychain_id *id)
{
	struct open_engine *entry;

	for (entry = all; entry; entry = entry->next)
		if (same(&entry->id, id))
			return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->id = *id;
	entry->file = -1;
	pthread_mutex_init(&entry->use, NULL);
	entry->next = all;
	all = entry;
	return entry;
}

static void look_away(struct open_engine *entry)
{
	cleanup_descriptor(&entry->file);
	entry->file = -1;
	entry->looked_at = (struct timespec){ 0 };
}

/* Under its own mutex. */
static void close_file(struct open_engine *entry)
{
	if (entry->engine)
		engine_take_news(entry->engine, &entry->news);
	engine_close(entry->engine);
	entry->engine = NULL;
	look_away(entry);
}

static struct open_engine *claim(struct engine_cache *cache, const struct keychain_id *id)
{
	struct open_engine *entry;

	pthread_mutex_lock(&registry);
	entry = enter(id);
	if (entry)
		entry->users++;
	pthread_mutex_unlock(&registry);
	if (entry) {
		pthread_mutex_lock(&entry->use);
		cache->held = entry;
	}
	return entry;
}

/* Under the registry's mutex: one that nobody uses, of those that @matches names; the one unused for longest. */
static struct open_engine *find_unused(bool (*matches)(const struct open_engine *entry, const void *what),
				       const void *what, unsigned int *ret_count)
{
	struct open_engine *entry, *oldest = NULL;

	*ret_count = 0;
	for (entry = all; entry; entry = entry->next) {
		/* One with something to tell stays open until somebody asks, though nobody uses it. */
		if (entry->users || !matches(entry, what) || (entry->engine && engine_untold(entry->engine)))
			continue;
		++*ret_count;
		if (!oldest || entry->used < oldest->used)
			oldest = entry;
	}
	return oldest;
}

static void unlist(struct open_engine *entry)
{
	struct open_engine **place;

	for (place = &all; *place != entry; place = &(*place)->next)
		;
	*place = entry->next;
	engine_forget_news(&entry->news);
	pthread_mutex_destroy(&entry->use);
	free(entry);
}

/* Under the registry's mutex alone: one user less. What is open stays in the list. */
static void leave(struct open_engine *entry)
{
	if (!--entry->users && !entry->engine)
		unlist(entry);
}

/*
 * Closes those of what @matches names that nobody uses, but for @keep of them. Closing may wait for the
 * disk: the registry is not held meanwhile, and who asks for that one waits for it alone.
 */
static void close_unused(bool (*matches)(const struct open_engine *entry, const void *what), const void *what,
			 unsigned int keep)
{
	struct open_engine *entry;
	unsigned int count;

	pthread_mutex_lock(&registry);
	while ((entry = find_unused(matches, what, &count)) && count > keep) {
		entry->users++;
		pthread_mutex_unlock(&registry);
		pthread_mutex_lock(&entry->use);
		/* Somebody may have used it since. */
		if (entry->engine && !engine_untold(entry->engine))
			close_file(entry);
		pthread_mutex_unlock(&entry->use);
		pthread_mutex_lock(&registry);
		/* Or have opened it again. */
		leave(entry);
	}
	pthread_mutex_unlock(&registry);
}

static bool of_owner(const struct open_engine *entry, const void *what)
{
	const struct keychain_id *id = what;

	return entry->id.system == id->system && (id->system || entry->id.owner == id->owner);
}

/*
 * Whether it is of that thread, or of one that has ended. What is watched stays open: what other programs do to a file is seen of one that
 * is open; of one that shuts them out they can do nothing before it is closed.
 */
static bool to_be_closed(const struct open_engine *entry, const void *what)
{
	return (entry->cache == what || !entry->cache) &&
	       (!entry->engine || engine_alone(entry->engine) || !watchers_of(&entry->id));
}

/*
 * Looks at the file that the engine has open now. Where this fails the file counts as removed: it is opened anew with
 * each request. false: its name led to another one meanwhile.
 */
static bool follow(struct open_engine *entry)
{
	char path[PATH_MAX];

	look_away(entry);
	entry->opened = engine_opened(entry->engine);
	if (!keychains_path(&entry->id, path, sizeof(path)))
		entry->file = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	if (!engine_moved(entry->engine))
		return true;
	look_away(entry);
	return false;
}

void engine_cache_put(struct engine_cache *cache)
{
	struct open_engine *entry = cache->held;
	struct keychain_id id;
	bool untidy;

	if (!entry)
		return;
	cache->held = NULL;
	id = entry->id;
	if (entry->engine && entry->opened != engine_opened(entry->engine))
		follow(entry);
	untidy = entry->engine && engine_untidy(entry->engine);
	cache->untidy |= untidy;
	/* Before the next one has it: what is written here is of its last user. */
	pthread_mutex_lock(&registry);
	entry->untidy = untidy;
	entry->used = ++uses;
	entry->cache = cache;
	pthread_mutex_unlock(&entry->use);
	leave(entry);
	pthread_mutex_unlock(&registry);
	close_unused(of_owner, &id, MAX_OPEN);
}

static void log_about(const struct keychain_id *id, const char *text)
{
	if (id->system)
		log_warning("the system keychain '%s': %s", id->name, text);
	else
		log_warning("keychain '%s' of uid %u: %s", id->name, id->owner, text);
}

static void tell(void *context, const char *what)
{
	const struct open_engine *entry = context;

	log_about(&entry->id, what);
	watchers_publish_anything(&entry->id);
}

static void changed(void *context, const struct changes *changes)
{
	watchers_publish(&((const struct open_engine *)context)->id, changes);
}

static int open_once(struct open_engine *entry, char ret_why[ENGINE_WHY_SIZE])
{
	struct engine_settings settings = {
		.keybag = keybag_of,
		.redeem = entry->id.system ? NULL : redeem,
		.context = entry,
		.tell = tell,
		.changed = changed,
		.system = entry->id.system,
		.owner = entry->id.owner,
	};
	char path[PATH_MAX] = "", account[ACCOUNT_NAME_SIZE];
	int status = keychains_path(&entry->id, path, sizeof(path));

	asides_account(&entry->id, account);
	settings.account = *account ? account : NULL;
	settings.path = path;
	if (status)
		snprintf(ret_why, ENGINE_WHY_SIZE, "the folder of %.500s cannot be made: %s", path,
			 strerrordesc_np(errno));
	else
		status = engine_open(&settings, &entry->engine, ret_why);
	if (status)
		log_about(&entry->id, ret_why);
	else
		engine_give_news(entry->engine, &entry->news);
	return status;
}

/* The engine and the look at its file follow the same name one after the other, and must find the same. */
static int open_file(struct open_engine *entry, char ret_why[ENGINE_WHY_SIZE])
{
	for (int attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
		int status = open_once(entry, ret_why);

		if (status || follow(entry))
			return status;
		close_file(entry);
	}
	snprintf(ret_why, ENGINE_WHY_SIZE, "its file is exchanged again and again: try again");
	return errSecNotAvailable;
}

static bool same_time(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

static bool is_before(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec < other->tv_sec || (one->tv_sec == other->tv_sec && one->tv_nsec < other->tv_nsec);
}

/*
 * Whether the file still is the one of that name. Removing, renaming or replacing it changes its time of
 * change, and so do writes, but no read has to look its path up. The same to a folder above it does not: each second
 * the path is looked up in any case.
 */
static bool has_its_name(struct open_engine *entry)
{
	struct stat file, named;
	struct timespec now;

	if (fstat(entry->file, &file) < 0 || !file.st_nlink)
		return false;
	/* By this clock the kernel notes changes; it stands still for some milliseconds. */
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (same_time(&file.st_ctim, &entry->looked_at) && now.tv_sec == entry->second)
		return true;
	if (!keychains_file(&entry->id, &named) || named.st_dev != file.st_dev || named.st_ino != file.st_ino)
		return false;
	/* Only that it is: who is told that it is not may ask again. */
	if (is_before(&file.st_ctim, &now)) {
		entry->looked_at = file.st_ctim;
		entry->second = now.tv_sec;
	}
	return true;
}

/* NULL without memory, with that in @ret_why. */
static struct open_engine *begin_use(struct engine_cache *cache, const struct keychain_id *id, char ret_why[ENGINE_WHY_SIZE])
{
	struct open_engine *entry = claim(cache, id);

	if (!entry) {
		snprintf(ret_why, ENGINE_WHY_SIZE, "%s", keychain_status_text(errSecAllocate));
		return NULL;
	}
	pthread_mutex_lock(&registry);
	entry->cache = cache;
	pthread_mutex_unlock(&registry);
	return entry;
}

int engine_cache_get(struct engine_cache *cache, const struct keychain_id *id, struct engine **ret_engine,
		     char ret_why[ENGINE_WHY_SIZE])
{
	struct open_engine *entry = begin_use(cache, id, ret_why);
	bool opened = false, replaced = false;
	int status = 0;

	if (!entry)
		return errSecAllocate;
	/* Removed from under us: what is written to it would be lost. */
	if (entry->engine && !has_its_name(entry)) {
		close_file(entry);
		replaced = true;
		watchers_publish_anything(id);
	}
	if (!entry->engine && !keychains_exists(id)) {
		snprintf(ret_why, ENGINE_WHY_SIZE, "there is none of that name any more");
		status = errSecNotAvailable;
	} else if (!entry->engine) {
		status = open_file(entry, ret_why);
		opened = !status;
		if (opened && replaced)
			engine_forget_cursors(entry->engine);
	}
	if (status)
		engine_cache_put(cache);
	else
		*ret_engine = entry->engine;
	/* Nobody knows what others did while it was closed. */
	if (!status && watchers_of(id) && (opened || engine_written_by_others(entry->engine)))
		watchers_publish_anything(id);
	return status;
}

/* Open, or somebody is at it. */
static bool is_open(const struct keychain_id *id)
{
	struct open_engine *entry;

	pthread_mutex_lock(&registry);
	for (entry = all; entry && !same(&entry->id, id); entry = entry->next)
		;
	pthread_mutex_unlock(&registry);
	return entry;
}

/* Opens it, or finds that it is gone. */
static void look_after(struct engine_cache *cache, const struct keychain_id *id)
{
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;

	if (!engine_cache_get(cache, id, &engine, why))
		engine_cache_put(cache);
}

void engine_cache_watch(struct engine_cache *cache, const struct keychain_id *id)
{
	if (!is_open(id))
		look_after(cache, id);
}

void engine_cache_gone(struct engine_cache *cache, const struct keychain_id *id)
{
	if (is_open(id))
		look_after(cache, id);
}

int engine_cache_make(struct engine_cache *cache, const struct keychain_id *id, char ret_why[ENGINE_WHY_SIZE])
{
	struct open_engine *entry = begin_use(cache, id, ret_why);
	int status;

	if (!entry)
		return errSecAllocate;
	if (keychains_exists(id)) {
		snprintf(ret_why, ENGINE_WHY_SIZE, "there is one already");
		status = errSecDuplicateItem;
	} else {
		close_file(entry);
		engine_forget_news(&entry->news);
		status = open_file(entry, ret_why);
	}
	engine_cache_put(cache);
	return status;
}

/* Under the registry's mutex, which it gives up meanwhile; counts as a user until leave(). */
static void tidy(struct engine_cache *cache, struct open_engine *entry)
{
	bool more;

	entry->users++;
	pthread_mutex_unlock(&registry);
	pthread_mutex_lock(&entry->use);
	more = entry->engine && has_its_name(entry) && engine_tidy(entry->engine);
	pthread_mutex_unlock(&entry->use);
	pthread_mutex_lock(&registry);
	/* Another thread may have used it since, which clears up after itself. */
	if (entry->cache == cache)
		entry->untidy = more;
}

void engine_cache_tidy(struct engine_cache *cache)
{
	struct open_engine *entry, *next;

	cache->untidy = false;
	pthread_mutex_lock(&registry);
	for (entry = all; entry; entry = next) {
		next = entry->next;
		if (entry->cache != cache || entry->users || !entry->untidy)
			continue;
		tidy(cache, entry);
		cache->untidy |= entry->cache == cache && entry->untidy;
		next = entry->next;
		leave(entry);
	}
	pthread_mutex_unlock(&registry);
}

/* Some of those that are worth it; the others' turn comes. */
static size_t find_to_settle(const struct engine_cache *cache, struct keychain_id ids[MAX_OPEN])
{
	size_t count = 0;

	pthread_mutex_lock(&registry);
	for (const struct open_engine *entry = all; entry && count < MAX_OPEN; entry = entry->next)
		if (entry->cache == cache && !entry->users && entry->engine && engine_may_settle(entry->engine))
			ids[count++] = entry->id;
	pthread_mutex_unlock(&registry);
	return count;
}

void engine_cache_settle(struct engine_cache *cache)
{
	struct keychain_id ids[MAX_OPEN];
	size_t count = find_to_settle(cache, ids);
	char why[ENGINE_WHY_SIZE];
	struct engine *engine;

	for (size_t i = 0; i < count; i++) {
		if (engine_cache_get(cache, &ids[i], &engine, why))
			continue;
		engine_settle(engine);
		engine_cache_put(cache);
	}
}

void engine_cache_shut(struct engine_cache *cache)
{
	close_file(cache->held);
	engine_forget_news(&cache->held->news);
}

int engine_cache_default(struct engine_cache *cache, struct keychain_id *id)
{
	unsigned int generation = keychains_default_generation();
	struct keychain_id *chosen = &cache->chosen;
	char gone[KEYCHAIN_NAME_SIZE];
	struct timespec now;
	int status;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (!*chosen->name || chosen->system != id->system || chosen->owner != id->owner ||
	    cache->chosen_generation != generation || cache->chosen_at != now.tv_sec) {
		*chosen = *id;
		status = keychains_default(chosen, gone);
		if (status) {
			*chosen->name = 0;
			return status;
		}
		cache->chosen_generation = generation;
		cache->chosen_at = now.tv_sec;
	}
	strcpy(id->name, chosen->name);
	return 0;
}

void engine_cache_close(struct engine_cache *cache)
{
	close_unused(to_be_closed, cache, 0);
}

void engine_cache_end(struct engine_cache *cache)
{
	engine_cache_close(cache);
	pthread_mutex_lock(&registry);
	for (struct open_engine *entry = all; entry; entry = entry->next)
		if (entry->cache == cache)
			entry->cache = NULL;
	pthread_mutex_unlock(&registry);
	keybag_client_free(cache->client);
	locked_memory_free(cache->scratch, MAILBOX_SIZE);
}
