/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening of a database's file, once: the handle, its settings, and the tables of a new one.
 */
#ifndef KEYCHAIN_DATABASE_SETUP_H
#define KEYCHAIN_DATABASE_SETUP_H

#include "helper/keychain/store/database.h"

/* How long another program that has the file is waited for. */
#define BUSY_TIMEOUT_MS		20000

/*
 * Opens the file, which is made if it is not there. What is damaged is noted in @database and left as it is. After a
 * failure there may be a handle.
 */
enum fault database_set_up(struct database *database);

/* Closes the file, for which @database stays ready. */
void database_drop_handle(struct database *database);

/* Fills database->mark, and gives the file one if it has none; where that cannot be written it stays without. */
enum fault database_read_mark(struct database *database);

#endif
