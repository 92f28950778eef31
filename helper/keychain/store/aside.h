/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of databases put aside, and brought back: renamed within their folder, durably, with what
 * SQLite keeps beside them. Nothing is opened: closing a descriptor of a database would give up the
 * locks that SQLite has on it.
 *
 *	NAME.damaged-YYYYMMDDTHHMMSSZ	was found damaged
 *	NAME.keybag-UUID		belongs to another keybag than its owner's present one
 *	NAME.ready			takes the place of a damaged one
 */
#ifndef KEYCHAIN_ASIDE_H
#define KEYCHAIN_ASIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/keychain/store/fault.h"

#define ASIDE_UUID_SIZE		16
#define ASIDE_DAMAGED		".damaged-"
#define ASIDE_KEYBAG		".keybag-"
#define ASIDE_READY		".ready"

/*
 * Says that @successor, a whole database that is closed and on the disk, is to take the place of @path, which is
 * damaged: it gets the name of @path with ASIDE_READY. From here on this is not undone: after a crash the next start
 * finds aside_prepared(), and calls aside_damaged() again.
 */
enum fault aside_prepare(const char *path, const char *successor, struct fault_reason *reason);
enum fault aside_prepared(const char *path, bool *ret_prepared, struct fault_reason *reason);

/*
 * Puts @path aside and the successor into its place, in one step where the file system has hard links.
 * *ret_target: where it went, to be freed. The database has to be closed. Returns a fault, as all of these do.
 */
enum fault aside_damaged(const char *path, char **ret_target, struct fault_reason *reason);

/* Removes a successor, with the keychain that it is of. Returns 0 or a negative errno. */
int aside_forget(const char *path);

/*
 * Puts aside a file of the keybag @uuid, NULL: of one that is not known; nothing takes its place. Nothing may be left in
 * its WAL. What was damaged of that keybag's goes along.
 */
enum fault aside_keybag(const char *path, const uint8_t *uuid, char **ret_target, struct fault_reason *reason);

/* *ret_exists: a file of that keybag is aside. A fault: that cannot be told. */
enum fault aside_exists(const char *path, const uint8_t uuid[ASIDE_UUID_SIZE], bool *ret_exists, struct fault_reason *reason);

/* Brings it back to @path, which must not be there. */
enum fault aside_restore(const char *path, const uint8_t uuid[ASIDE_UUID_SIZE], struct fault_reason *reason);

#endif
