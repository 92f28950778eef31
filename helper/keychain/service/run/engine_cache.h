/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The databases that the service has open, each once, whoever asks for it; and what the thread of one
 * user has besides. A thread has one database at a time: others that ask for that one wait.
 */
#ifndef KEYCHAIND_ENGINE_CACHE_H
#define KEYCHAIND_ENGINE_CACHE_H

#include <stdbool.h>
#include <time.h>

#include "helper/keychain/items/engine.h"
#include "keychain_id.h"
#include "libkeybag/keybag.h"

struct engine_cache {
	struct open_engine *held;	/* from engine_cache_get() to engine_cache_put() */
	struct keybag_client *client;	/* to keybagd */
	struct keychain_id chosen;	/* the default one of that owner, as of... */
	time_t chosen_at;
	unsigned int chosen_generation;
	int wake;			/* eventfd of the thread, for who watches */
	bool untidy;			/* engine_cache_tidy() has work */
	void *scratch;			/* locked memory, MAILBOX_SIZE, for requests that came by a mailbox */
};

/* Returns 0 or a negative errno. */
int engine_cache_begin(struct engine_cache *cache);

/*
 * The engine of that keychain, opened if need be, for this thread alone until engine_cache_put(). Returns 0 or
 * an errSec status, then with a sentence in @ret_why (engine_open()) and nothing to be given back;
 * errSecNotAvailable where there is no such keychain, which may have been removed while this thread waited for it.
 */
int engine_cache_get(struct engine_cache *cache, const struct keychain_id *id, struct engine **ret_engine,
		     char ret_why[ENGINE_WHY_SIZE]);

/*
 * Somebody begins to watch it: what other programs do to its file from here on is told. It is opened for that, where it
 * can be.
 */
void engine_cache_watch(struct engine_cache *cache, const struct keychain_id *id);

/* There is none of that name any more: if it is open it is closed, and those who watch it are told. */
void engine_cache_gone(struct engine_cache *cache, const struct keychain_id *id);

/*
 * Makes a keychain. Returns 0 or an errSec status, then with a sentence in @ret_why; errSecDuplicateItem: there is one.
 * There is nothing to be given back.
 */
int engine_cache_make(struct engine_cache *cache, const struct keychain_id *id, char ret_why[ENGINE_WHY_SIZE]);

/*
 * Closes what engine_cache_get() gave, and keeps all others from it until engine_cache_put(): its files may be removed
 * meanwhile.
 */
void engine_cache_shut(struct engine_cache *cache);

/*
 * Adds what waits for an unlock that has come (engine_settle()), in databases that this thread was the last to use, and
 * nobody uses: those that are watched are told, whoever asks or not.
 */
void engine_cache_settle(struct engine_cache *cache);

/* Gives back what this thread has, if it has one. It stays open. */
void engine_cache_put(struct engine_cache *cache);

/*
 * One step of clearing up (engine_tidy()) in each database that this thread was the last to use, and nobody uses.
 * Clears cache->untidy when that was all.
 */
void engine_cache_tidy(struct engine_cache *cache);

/*
 * The keychain for requests that name none, into @id->name: keychains_default(), looked at once a
 * second, and when it was changed by this service. Returns as that, and leaves @id as it is after a failure.
 */
int engine_cache_default(struct engine_cache *cache, struct keychain_id *id);

/*
 * Closes what this thread was the last to use, or one that has ended, but for what engine_untold() says, and what is
 * watched; the client stays.
 */
void engine_cache_close(struct engine_cache *cache);
void engine_cache_end(struct engine_cache *cache);

#endif
