/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole inputs and outputs, between a descriptor and the caller's own memory: no buffer in between.
 */
#ifndef KEYBAG_COMMON_IO_H
#define KEYBAG_COMMON_IO_H

#include <stddef.h>
#include <sys/types.h>

/* Reads to the end. Returns the length, -EMSGSIZE for more than @capacity, or a negative errno. */
ssize_t read_all(int fd, void *bytes, size_t capacity);

/* Writes it all. Returns 0 or a negative errno. */
int write_all(int fd, const void *bytes, size_t length);

#endif /* KEYBAG_COMMON_IO_H */
