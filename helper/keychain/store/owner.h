/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The owner of a database: the keybag that its keys are wrapped by, and the account that it was made for,
 * both recorded in it by the first write. The file of another keybag is put aside (aside.h), and comes
 * back when that keybag does.
 */
#ifndef KEYCHAIN_OWNER_H
#define KEYCHAIN_OWNER_H

#include "helper/keychain/store/store.h"

/*
 * Whether the file is that of the keybag behind @fd. FAULT_OTHER_KEYBAG: of another one, or that of this one is
 * aside: owner_exchange(); FAULT_LOCKED: that cannot be told until the keybag is unlocked.
 */
enum fault owner_check(struct store *store, int fd);

/* In a transaction that writes, of a file that passed: records it, if that was not done yet. */
enum fault owner_record(struct store *store);
/* The same of one that this transaction has brought to the present version. */
enum fault owner_record_migrated(struct store *store);

/*
 * After FAULT_OTHER_KEYBAG: puts the file aside, brings back that of the present keybag or makes a new one, and
 * opens it. database.set_aside says where the other one went.
 */
enum fault owner_exchange(struct store *store);

/* The account that an open file says it was made for; "": it does not. */
#define OWNER_ACCOUNT_SIZE	256
enum fault owner_account(struct store *store, char ret_account[OWNER_ACCOUNT_SIZE]);

/*
 * Reads a file's own record, for callers without a store of it: @ret_account is "" where it says nothing.
 * Returns the number of its items, or -1 where it cannot be read.
 */
int64_t owner_look(const char *path, char ret_account[OWNER_ACCOUNT_SIZE]);

#endif
