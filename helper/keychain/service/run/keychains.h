/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of keychains: KEYCHAIN_STATE_FOLDER/<uid>/<name>.db, and system/<name>.db for the
 * machine's.
 */
#ifndef KEYCHAIND_KEYCHAINS_H
#define KEYCHAIND_KEYCHAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "helper/keychain/base/value.h"
#include "keychain_id.h"

#ifndef KEYCHAIN_STATE_FOLDER
#define KEYCHAIN_STATE_FOLDER	"/var/lib/keychain"
#endif

#define KEYCHAIN_SUFFIX	".db"

/* Keychains a user may have, and bytes that one may take up. */
#define MAX_KEYCHAINS		32
#define MAX_KEYCHAIN_BYTES	(UINT64_C(8) << 30)

/* Path of the folder of an owner's. Returns 0 or errSecNotAvailable. */
int keychains_folder(const struct keychain_id *id, char *ret_path, size_t size);

/*
 * Path of the database; the folder is made if it is not there. Returns 0, or an errSec status:
 * errSecNotAvailable, errSecDiskFull, errSecIO, errSecReadOnly; errno tells why.
 */
int keychains_path(const struct keychain_id *id, char *ret_path, size_t size);

/* The view of the machine's CA certificates (system_roots.h). */
bool keychains_is_roots(const struct keychain_id *id);

/* LOGIN_TIME_KEYCHAIN of a user. */
bool keychains_is_login_time(const struct keychain_id *id);

/* Whether there is one, or that cannot be told; the first one and that of the CA certificates always are. */
bool keychains_exists(const struct keychain_id *id);

/* Looks at its database. Whether it is there. */
bool keychains_file(const struct keychain_id *id, struct stat *ret_status);

/* Whether its files have grown over MAX_KEYCHAIN_BYTES; what of them is in use may be less. */
bool keychains_over_quota(const struct keychain_id *id);

/* The number of the owner's keychains: the first one, which need not be there yet, and those made beside it. */
size_t keychains_count(const struct keychain_id *of);

/*
 * The keychain for requests that name none: the one its owner chose, into @id->name. Where there is
 * no such one any more, FIRST_KEYCHAIN; then @ret_gone has the name of what was chosen, else "". Returns 0, or an errSec
 * status where it cannot be told: what is meant for it must not go to the first one.
 */
int keychains_default(struct keychain_id *id, char ret_gone[KEYCHAIN_NAME_SIZE]);

/* Counts the times a default one has changed, of whomever, by this service. */
unsigned int keychains_default_generation(void);

/* Makes it the default of its owner, durably. Returns 0 or an errSec status. */
int keychains_choose_default(const struct keychain_id *id);

/* Names of the owner's keychains, sorted, with their sizes: array of { name, bytes, default }. */
struct value *keychains_list(const struct keychain_id *of);

/*
 * Removes the files, durably. The engine has to be closed. What was the default is so no more, once it is gone. Returns 0
 * or an errSec status.
 */
int keychains_remove(const struct keychain_id *id);

#endif
