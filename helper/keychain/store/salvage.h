/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged files: what can be read of one goes into a new one. The database has to be closed. Results as of repair.h.
 */
#ifndef KEYCHAIN_SALVAGE_H
#define KEYCHAIN_SALVAGE_H

/*
 * Makes the database @target of all rows of @path that can be read, whatever lies between them; where none of its keys
 * can be read, an empty file. Unless SQLITE_OK is returned there is no such file.
 */
int repair_salvage(const char *path, const char *target);

/* The name of @target of a database, to be freed; NULL without memory. */
char *salvage_name(const char *path);

/* Removes what a crash has left of one. */
void salvage_clean(const char *path);

#endif
