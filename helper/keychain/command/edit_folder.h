/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder of this program's own, in memory and for its user alone, with the one file that an editor is given. Editors leave copies
 * beside their files: the folder goes with all that is in it, also when a signal ends the program.
 */
#ifndef KEYCHAIN_EDIT_FOLDER_H
#define KEYCHAIN_EDIT_FOLDER_H

#include <limits.h>
#include <stdio.h>

/*
 * Makes it, once at a time, and an empty file in it, whose path is left in @ret_path, also where that fails. Returns a descriptor
 * of the file to write to, or a negative errno.
 */
int edit_folder_make(char ret_path[PATH_MAX]);

/* The file as the editor has left it, or NULL with errno: it has to be a regular one of this user. */
FILE *edit_folder_read(const char *path);

/* The folder and what is in it, but for folders. Nothing if there is none. */
void edit_folder_remove(void);

#endif /* KEYCHAIN_EDIT_FOLDER_H */
