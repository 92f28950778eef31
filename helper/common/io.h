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

/*
 * The same of what others may have made O_NONBLOCK, as programs in front of a pipe and on the same terminal do: waits
 * where there is nothing yet, which read_all() answers -EAGAIN.
 */
ssize_t read_all_waiting(int fd, void *bytes, size_t capacity);

/* One read(2) or write(2) that is neither interrupted nor fails as it would have to wait. Returns as these, errno is set. */
ssize_t read_waiting(int fd, void *bytes, size_t length);
ssize_t write_waiting(int fd, const void *bytes, size_t length);

/* Writes it all, waiting where it has to. Returns 0 or a negative errno. */
int write_all(int fd, const void *bytes, size_t length);

#endif /* KEYBAG_COMMON_IO_H */
