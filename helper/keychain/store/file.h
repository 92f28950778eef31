/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of a keychain as a whole: opened, made fit for a request, counted, tidied.
 */
#ifndef KEYCHAIN_FILE_H
#define KEYCHAIN_FILE_H

#include "helper/keychain/store/store.h"

/*
 * Opens the file @path, of a store whose keybag(), context, account, system and owner_uid are set. store_close() in any
 * case.
 */
enum fault store_open(struct store *store, const char *path);
void store_close(struct store *store);

/*
 * Makes the file fit for a request. One that was found damaged by the request before is dealt with first; that of
 * another keybag is exchanged; one of an earlier version is migrated as soon as its classes are open. Nothing more is
 * done to a file that was replaced until that was told: database.moved_aside. *ret_class: the class that a fault of a
 * key is about, or 0.
 */
enum fault store_settle(struct store *store, uint32_t *ret_class);

/* Whether a request that failed is to be made again: the keybag was unloaded, or the file may be mended. */
bool store_to_mend(const struct store *store);

/* The number of items, of every group; @akpu: of that class. After store_settle(). */
enum fault store_count(struct store *store, bool akpu, int64_t *ret_count);

/* The number of additions that wait for the next unlock. */
enum fault store_count_pending(struct store *store, int64_t *ret_count);

/* As database_bytes(), whether database_tidy() has work, and database_tidy(). */
int64_t store_bytes(struct store *store);

/* database_written_by_others(). */
bool store_written_by_others(struct store *store);

/* database_moved(), database_new_mark(), and how often the file was opened. */
bool store_moved(struct store *store);
unsigned int store_opened(const struct store *store);
void store_new_mark(struct store *store);

/* Whether no other program can use it while it is open, as it was opened on a full disk. */
bool store_alone(const struct store *store);
bool store_untidy(const struct store *store);
bool store_tidy(struct store *store);

#endif
