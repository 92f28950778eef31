/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_FILE_H
#define KEYBAGD_FILE_H

#include <sys/types.h>

/* Overwrites a regular file with zeros, in place and durably. Returns 0 or a negative errno. */
int file_overwrite(int fd);

#endif /* KEYBAGD_FILE_H */
