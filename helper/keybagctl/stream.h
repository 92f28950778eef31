/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole inputs and outputs, between a descriptor and the caller's own memory: no buffer in between.
 */
#ifndef KEYBAGCTL_STREAM_H
#define KEYBAGCTL_STREAM_H

#include <stddef.h>
#include <sys/types.h>

/* Reads to the end. Returns the length, -EMSGSIZE for more than @capacity, or a negative errno. */
ssize_t stream_read(int fd, void *bytes, size_t capacity);

/* Writes it all. Returns 0 or a negative errno. */
int stream_write(int fd, const void *bytes, size_t length);

/* A file in the place of whatever is there, readable by its owner alone, whole or not at all. */
int stream_write_file(const char *path, const void *bytes, size_t length);

#endif /* KEYBAGCTL_STREAM_H */
