/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All entitlement files: read when they change, matched in the order of their names. May be called
 * by any thread.
 */
#ifndef KEYCHAIND_ENTITLEMENTS_H
#define KEYCHAIND_ENTITLEMENTS_H

#include "helper/keychain/base/value.h"
#include "helper/keychain/service/peer/connection.h"
#include "identity.h"

/* The build says where they are installed: DATADIR of the Makefile. */
#ifndef ENTITLEMENTS_OF_PACKAGES
#define ENTITLEMENTS_OF_PACKAGES	"/usr/share/keychain/entitlements.d"
#endif
#ifndef ENTITLEMENTS_OF_ADMINISTRATOR
#define ENTITLEMENTS_OF_ADMINISTRATOR	"/etc/keychain/entitlements.d"
#endif

/* Reads them again now, and says in the journal what is wrong with some. */
void entitlements_reload(void);

/* Counts the times the files have changed. */
unsigned int entitlements_generation(void);

/*
 * Fills in what the peer may do: by the first file that matches, else the group unconfined.UID of a
 * program that is not confined, else nothing. Returns 0, -ENOMEM, or another negative errno where the files were never
 * read and cannot be read now. What was read before counts where they cannot be read any more (passing.h).
 */
int entitlements_apply(struct identity *identity, const struct connection *connection);

/* Whether a file names executables at all: only then has keybagd to be asked about one. */
bool entitlements_name_executables(void);

/* Whether one takes privilege. */
bool entitlements_ask_privilege(void);

/*
 * Arrays of dictionaries for people: the files, and what is wrong with some. NULL without memory.
 */
struct value *entitlements_report(void);

#endif
