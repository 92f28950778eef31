/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_FILE_H
#define KEYBAGD_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Writes it all. Returns 0 or a negative errno. */
int write_all(int fd, const void *bytes, size_t length);

/* Reads up to @capacity bytes, to the end of the file. Returns their number or a negative errno. */
ssize_t read_all(int fd, void *bytes, size_t capacity);

/* Overwrites a regular file with zeros, in place and durably. Returns 0 or a negative errno. */
int overwrite_file(int fd);

/* Makes a folder and those above it. Returns 0, or -1 with errno. */
int make_folders(const char *path, mode_t mode);

#endif /* KEYBAGD_FILE_H */
