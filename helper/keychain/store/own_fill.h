/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index of own attributes (own_index.h) made anew, in a file that was damaged or is a new one.
 */
#ifndef KEYCHAIN_OWN_FILL_H
#define KEYCHAIN_OWN_FILL_H

#include <sqlite3.h>

/* All of it, from the columns "own", in a transaction that writes. Returns a result of SQLite's. */
int own_fill(sqlite3 *handle);

#endif
