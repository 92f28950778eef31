/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One keychain: its file, and the keys that the kernel holds for it. Belongs to one thread.
 */
#ifndef KEYCHAIN_STORE_H
#define KEYCHAIN_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/keychain/store/database.h"

#define STORE_CLASSES		13	/* numbers of protection classes are less */
#define STORE_ROW_KEY_SIZE	32

/* Keys that lookup hashes are made with. */
enum lookup {
	LOOKUP_ALWAYS = 0,	/* dk: for rows of dk and dku, and for what rows are joined by */
	LOOKUP_FIRST_UNLOCK,	/* ck: for all others */
	LOOKUP_KEYS,
};

/* A child key in the kernel, by its number on our descriptor. */
struct child {
	int number;		/* 0: not open */
	bool fresh;		/* made in the transaction that is under way */
};

struct store {
	struct database database;
	int (*keybag)(void *context);
	void *context;
	int fd;			/* -1: to be had from keybag() */
	int keybag_error;	/* why that had none, with -ENOLINK */
	bool revoked;		/* a keybag was unloaded in this request: it may be tried again */
	struct child metadata[STORE_CLASSES];
	struct child lookup[LOOKUP_KEYS];
	bool hash_again;	/* a lookup key is damaged: to be made anew, by store_migrate() */
	bool hashing;		/* that is under way */
	uint8_t *row_key;	/* locked memory of STORE_ROW_KEY_SIZE, zero between uses */
};

/* A transaction; @write as in database.h. Keys made in one that is rolled back are forgotten. */
int store_begin(struct store *store, bool write, struct outcome *outcome);
int store_commit(struct store *store, struct outcome *outcome);
void store_rollback(struct store *store);

/*
 * Keys. These return 0 or a negative errno, for store_key_failure(), or -EREMOTEIO with @outcome
 * set when it was the database that failed; -ENOLINK: no keybag; -EUCLEAN: a lookup key is damaged.
 * Without @create, -ENODATA where no key was made yet.
 */
int store_descriptor(struct store *store, int *ret_fd);
int store_metadata_key(struct store *store, uint32_t class_number, bool create, int *ret_child,
		       struct outcome *outcome);
int store_lookup_key(struct store *store, enum lookup lookup, bool create, int *ret_child,
		     struct outcome *outcome);

/* After -ENOKEY: the number is void since a lock. */
void store_forget_key(struct store *store, struct child *child);
/* All of them, which another file than before does not have. */
void store_forget_keys(struct store *store);
/* After -EKEYREVOKED: so are all. */
void store_forget_keybag(struct store *store);

/* Whether @error means that the bytes are no good, as opposed to the time or the machine. */
bool store_error_is_damage(int error);

/*
 * Status, text and details for an error of a key of @class_number (0: of no class in
 * particular).
 */
int store_key_failure(struct store *store, int error, uint32_t class_number,
		      struct outcome *outcome);

#endif
