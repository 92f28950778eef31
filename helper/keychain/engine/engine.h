/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keychain's semantics: requests on one database, for a caller whose identity is settled.
 *
 * The engine knows nothing of sockets, processes and entitlement files. It decodes the query, finds
 * and checks rows, has the kernel wrap and unwrap, and answers. An engine belongs to one thread.
 */
#ifndef KEYCHAIN_ENGINE_H
#define KEYCHAIN_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "helper/keychain/common/value.h"

/* Who asks: from the kernel and root's files, never from the request. */
struct engine_caller {
	uid_t uid;
	/* Access groups in order, without the token group; the first is the default. */
	const char *const *groups;
	size_t group_count;
	/* May read the group of tokens, which is last in order and read-only. */
	bool tokens;
	/* A list with "*": every group. Given to root-owned entitlement files only. */
	bool all_groups;
	/* Identifier of the application, NULL when it has none: what purging goes by. */
	const char *application;
	/* Nothing may be changed: which keychain it is, why, and what to do instead. NULL: it may. */
	const char *read_only;
};

struct engine_settings {
	/* Absolute path of the database; made, 0600, if absent. */
	const char *path;
	/*
	 * Returns a descriptor of /dev/keybag, bound to the owner's keybag, restricted to the
	 * keychain's domain, or a negative errno. Called again when the one before was revoked; the
	 * engine closes it.
	 */
	int (*keybag)(void *context);
	void *context;
	/* The machine's keychain: nothing in it can be synchronizable. */
	bool system;
};

struct engine;

#define ENGINE_WHY_SIZE	768

/*
 * Opens, migrates if that is needed and possible, moves a damaged file aside. Returns 0 or an
 * errSec status (libkeychain/keychain-status.h), then with a sentence in @ret_why: which file, what
 * is wrong with it, what to do. The database may be opened while locked or without a keybag.
 */
int engine_open(const struct engine_settings *settings, struct engine **ret_engine,
		char ret_why[ENGINE_WHY_SIZE]);
void engine_close(struct engine *engine);

/*
 * Carries out { op: add|copy|update|delete|..., query: {...}, update: {...}, options: {...} }.
 * Always answers { status, name, message, result }; result only with success, and only where one
 * was asked for. NULL only without memory. Secrets in the answer are VALUE_DATA that the kernel or
 * the cipher wrote in place.
 */
struct value *engine_execute(struct engine *engine, const struct engine_caller *caller,
			     const struct value *request);

#endif
