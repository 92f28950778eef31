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
#include <stdint.h>
#include <sys/types.h>

#include "helper/keychain/base/value.h"
#include "helper/keychain/items/caller.h"
#include "helper/keychain/items/change.h"
#include "helper/libkeybag/keybag.h"

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
	/*
	 * Returns the descriptor of the owner's backup keybag that keybagd gave @ticket out for, or a negative errno. NULL:
	 * nothing is backed up.
	 */
	int (*redeem)(void *context, const uint8_t ticket[KEYBAG_TICKET_SIZE]);
	/* Takes a sentence for the log about the file's fate. NULL: nobody wants to know. */
	void (*tell)(void *context, const char *what);
	/* Called with what a request has changed, for those who watch. NULL: nobody does. */
	void (*changed)(void *context, const struct changes *changes);
	/* Name of the owner's account, which is noted in the file; NULL where it has none. */
	const char *account;
	/* The system keychain: nothing in it can be synchronizable. */
	bool system;
	/* Else whose it is, for messages. */
	uid_t owner;
};

struct engine;

#define ENGINE_WHY_SIZE	768

/*
 * Opens, migrates if that is needed and possible, moves a damaged file aside. Returns 0 or an
 * errSec status (keychain-status.h), then with a sentence in @ret_why: which file, what
 * is wrong with it, what to do. The database may be opened while locked or without a keybag.
 */
int engine_open(const struct engine_settings *settings, struct engine **ret_engine,
		char ret_why[ENGINE_WHY_SIZE]);
void engine_close(struct engine *engine);

/*
 * The number of items of the keybag that is there, of every group; -1 where that cannot be told.
 */
int64_t engine_count(struct engine *engine);

/* The same of those of the class akpu, which are lost with the passcode. */
int64_t engine_count_akpu(struct engine *engine);

/* After one of these: the number of items that wait for the keybag to be unlocked, or waited and are kept (pending.h). */
int64_t engine_count_pending(struct engine *engine);

/*
 * Adds the items that wait, if the keybag is unlocked, as the next request would: for who watches and asks for nothing.
 * engine_may_settle() tells whether that is worth it.
 */
bool engine_may_settle(const struct engine *engine);
void engine_settle(struct engine *engine);

/*
 * The account that the file says it was made for, if it is of the keybag that is there; "": it is not, or does not say so.
 */
#define ENGINE_ACCOUNT_SIZE	256
void engine_account(struct engine *engine, char ret_account[ENGINE_ACCOUNT_SIZE]);

/*
 * Whether the file may be removed with all that is in it, as { status, name, message }: it has to be that of the keybag
 * that is there, or without items. One of another keybag is put aside ("set_aside" in the answer), a damaged one is
 * mended or moved aside ("moved_aside"), and what takes its place may be removed. NULL only without memory.
 */
struct value *engine_check_removal(struct engine *engine);

/*
 * Whether something has become of the file that the next request has to be told: "set_aside" or "moved_aside". It would
 * not be told any more by an engine that is closed meanwhile.
 */
bool engine_untold(const struct engine *engine);

/* That, for the engine that is opened in the place of one that is closed. The earlier of two of a kind is dropped. */
struct engine_news {
	char *set_aside, *moved_aside;
	int64_t saved;
};
void engine_take_news(struct engine *engine, struct engine_news *news);
void engine_give_news(struct engine *engine, struct engine_news *news);
void engine_forget_news(struct engine_news *news);

/* Bytes that the database has in use, which is what counts for a limit; -1 where that cannot be told. */
int64_t engine_bytes(struct engine *engine);

/* Whether another program has written to the file since this was asked last, or since it was opened. */
bool engine_written_by_others(struct engine *engine);

/* Whether its path leads to another file now, or to none. */
bool engine_moved(struct engine *engine);

/* A number that changes whenever it opens its path anew, which may lead to another file then: it was moved aside, or exchanged. */
unsigned int engine_opened(const struct engine *engine);

/* Cursors that were given out before are refused: the file may be an older copy of the one that they are of. */
void engine_forget_cursors(struct engine *engine);

/* Whether no other program can use the file while it is open: the disk was full. */
bool engine_alone(const struct engine *engine);

/*
 * Clearing up after requests, in steps of some milliseconds: pages that they left free go back to the disk.
 * engine_untidy() says whether there is any to do. engine_tidy() does one step; false: that was all, or another
 * program has the file and it is to be tried again after the next request.
 */
bool engine_untidy(const struct engine *engine);
bool engine_tidy(struct engine *engine);

/*
 * Carries out { op: add|copy|update|delete|..., query: {...}, update: {...}, options: {...} }.
 * Always answers { status, name, message, result }; result only with success, and only where one
 * was asked for. The file has to be that of the keybag that is there: one of another keybag is put aside
 * ("set_aside" in the answer says where), and comes back when that keybag does. NULL only without memory.
 * Secrets in the answer are VALUE_DATA that the kernel or the cipher wrote in place.
 */
struct value *engine_execute(struct engine *engine, const struct engine_caller *caller,
			     const struct value *request);

#endif
