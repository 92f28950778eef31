/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef KEYBAG_COMMON_FOLDER_H
#define KEYBAG_COMMON_FOLDER_H

#include <sys/types.h>

/* Makes a folder of mode @mode, and those above it, which others may read; the umask counts. Returns 0, also where they are there, or -1 with errno. */
int folder_make_all(const char *path, mode_t mode);

/* The same of one that everybody may read, with those above it, whatever the umask: of a daemon, which has one for its files. */
int folder_make_shared(const char *path);

#endif /* KEYBAG_COMMON_FOLDER_H */
