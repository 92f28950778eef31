/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One keychain: its file, and the keys that the kernel holds for it. Belongs to one thread.
 */
#ifndef KEYCHAIN_STORE_H
#define KEYCHAIN_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/keychain/store/database.h"
#include "helper/libkeybag/keybag.h"

#define STORE_CLASSES		13	/* numbers of protection classes are less */
#define STORE_ROW_KEY_SIZE	32
#define STORE_EARLIER_KEYS	16	/* open at a time */

/* Keys that lookup hashes are made with. */
enum lookup {
	LOOKUP_ALWAYS = 0,	/* dk: for rows of dk and dku, and for what rows are joined by */
	LOOKUP_FIRST_UNLOCK,	/* ck: for all others */
	LOOKUP_KEYS,
};

/* A child key in the kernel, by its number on our descriptor. */
struct child {
	int number;		/* 0: not open */
	int64_t id;		/* of its row; metadata keys only */
	bool fresh;		/* opened in the transaction that is under way, which may have made it */
};

enum owner_state {
	OWNER_UNKNOWN = 0,	/* not looked at, or the file has keys and does not say whose */
	OWNER_NONE,		/* a new file */
	OWNER_KNOWN,
};

struct store {
	struct database database;
	const char *account;	/* name of the owner's account, for the file; NULL: not known */
	uint8_t keybag_uuid[KEYBAG_UUID_SIZE]; /* of the keybag behind @fd */
	struct {
		enum owner_state state;
		uint8_t keybag[KEYBAG_UUID_SIZE];
		bool recording;	/* in the transaction that is under way */
	} owner;
	int (*keybag)(void *context);
	void *context;
	int fd;			/* -1: to be had from keybag() */
	int keybag_error;	/* what it or the kernel said last, of FAULT_NO_KEYBAG, FAULT_REFUSED and FAULT_KEYBAG */
	bool system;		/* whose keybag it is, for messages: the machine's, or that of a uid */
	uid_t owner_uid;
	bool revoked;		/* a keybag was unloaded in this request: it may be tried again */
	struct child metadata[STORE_CLASSES];	/* the newest that opens: rows are sealed by it */
	/* Earlier ones, that rows were sealed by which have not been written since. */
	struct {
		uint32_t class_number;
		struct child child;
	} earlier[STORE_EARLIER_KEYS];
	unsigned int next_earlier;
	struct child lookup[LOOKUP_KEYS];
	/* Lookup keys that were not made yet when the file had that data version: store_assumed_wrong(). */
	struct {
		bool known;
		uint32_t version;
	} absent[LOOKUP_KEYS];
	bool assumed;		/* one of them was taken to be absent still, by the request under way */
	bool hash_again;	/* a lookup key is damaged: to be made anew, by store_migrate() */
	bool hashing;		/* that is under way */
	/* Whether there are additions that wait, or waited, as the file was when it had that data version: pending_row.h. */
	struct {
		bool known, any, waiting;
		uint32_t version;
	} pending;
	struct backup *backup;	/* backup.h; NULL: none is made or restored */
	int (*redeem)(void *context, const uint8_t ticket[KEYBAG_TICKET_SIZE]);	/* as of engine.h */
	uint8_t *row_key;	/* locked memory of STORE_ROW_KEY_SIZE, zero between uses */
};

/* After FAULT_LOCKED: the number is void since a lock. */
void store_forget_key(struct store *store, struct child *child);
void store_forget_metadata_key(struct store *store, uint32_t class_number, int64_t id);
/* All of them, which another file than before does not have. */
void store_forget_keys(struct store *store);
/* After FAULT_UNLOADED: so are all. */
void store_forget_keybag(struct store *store);

/* The fault for a negative errno of libkeybag; with the next one the only place that knows them. */
enum fault store_key_fault(struct store *store, int error);

/* The same of what concerns a backup keybag as well. */
enum fault store_backup_fault(struct store *store, int error);

/* Whether the keybag was not unlocked since the machine started, as far as can be told. */
bool store_before_first_unlock(const struct store *store);

#endif
