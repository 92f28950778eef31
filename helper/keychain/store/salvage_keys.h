/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wrapped keys on leaves, where nothing leads to them: part of salvage.h.
 */
#ifndef KEYCHAIN_SALVAGE_KEYS_H
#define KEYCHAIN_SALVAGE_KEYS_H

#include <sqlite3.h>
#include <stdint.h>

/*
 * Copies those of the file @whole that @to does not have, in a transaction. Of which table one was is not to be told: it goes
 * into both, unless @to has a lookup key of its class; what does not open with the keybag is passed over there. *ret_copied
 * counts up. Returns a result of SQLite's.
 */
int salvage_keys(const char *whole, sqlite3 *to, int64_t *ret_copied);

/*
 * Where rows were saved and the key that they are looked up by was not, notes one that is damaged: without any it would be taken
 * for one that was never made, and the rows be found by nothing. In a transaction of the caller's.
 */
int salvage_note_lost(sqlite3 *to);

#endif
