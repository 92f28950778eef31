/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The databases that a thread has open. Each belongs to the thread of one user.
 */
#ifndef KEYCHAIND_ENGINES_H
#define KEYCHAIND_ENGINES_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "helper/keychain/engine/engine.h"
#include "libkeybag/keybag.h"

#define KEYCHAIN_NAME_SIZE	65	/* with the NUL */
#define FIRST_KEYCHAIN		"login"	/* always there; the default until another is chosen */

/* Which keychain: a user's, or the machine's. */
struct keychain_id {
	bool system;
	uid_t owner;			/* unless @system */
	char name[KEYCHAIN_NAME_SIZE];
};

struct engines {
	struct open_engine *first;	/* the one used last is in front */
	struct keybag_client *client;	/* to keybagd */
	struct keychain_id chosen;	/* the default one of that owner, as of... */
	time_t chosen_at;
	unsigned int chosen_generation;
	void *scratch;			/* locked memory, MAILBOX_SIZE, for requests that came by a mailbox */
};

/* Letters, digits, '-', '_', 1..64 of them, no dash in front. */
bool keychain_name_valid(const char *name);

/* Returns 0 or a negative errno. */
int engines_begin(struct engines *engines);

/*
 * The engine of that keychain, opened if need be. Returns 0 or an errSec status, then with a
 * sentence in @ret_why (engine_open()).
 */
int engines_get(struct engines *engines, const struct keychain_id *id, struct engine **ret_engine,
		char ret_why[ENGINE_WHY_SIZE]);

/*
 * The keychain for requests that name none, into @id->name: keychains_default(), looked at once a
 * second, and when it was changed by this service.
 */
void engines_default(struct engines *engines, struct keychain_id *id);

/* Closes it, if it is open. */
void engines_drop(struct engines *engines, const struct keychain_id *id);

/* Closes all; the client stays. */
void engines_close(struct engines *engines);
void engines_end(struct engines *engines);

#endif
