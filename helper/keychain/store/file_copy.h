/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of a damaged database, which has to be closed: a descriptor of it that is closed gives up the locks that SQLite
 * has on it. What bears the copy's name goes first. Both return a result of SQLite's, as of repair.h; whatever it is, the
 * caller removes the copy (beside_remove()).
 */
#ifndef KEYCHAIN_FILE_COPY_H
#define KEYCHAIN_FILE_COPY_H

/* With its WAL, and with a header that makes sense: all of it is known or follows from the file's length. */
int file_copy_with_header(const char *path, const char *copy);

/* With what is in the WAL in its pages, and without a WAL. */
int file_copy_whole(const char *path, const char *copy);

#endif
