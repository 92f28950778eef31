/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that tables have given to rows: part of salvage.h.
 */
#ifndef KEYCHAIN_SALVAGE_SEQUENCE_H
#define KEYCHAIN_SALVAGE_SEQUENCE_H

#include <sqlite3.h>

/*
 * Numbers of rows are not used again: a reference of an item that was deleted must not lead to another one. Where the
 * last one is not known, the next ones are far above all that are there. Returns a result of SQLite's.
 */
int salvage_sequences(const char *path, sqlite3 *to);

#endif
