/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is read once from its beginning to its end, in pieces of one size, and must not change meanwhile.
 */
#ifndef KEYBAGCTL_CHUNK_INPUT_H
#define KEYBAGCTL_CHUNK_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "common/cleanup.h"

struct chunk_input {
	const char *name;	/* for messages */
	int fd;
	bool owned;		/* fd is to be closed */
	struct stat before;	/* as it was */
	off_t start;		/* where it began, or -1: what cannot be read twice */
	uint8_t next;		/* first byte of the next piece */
	bool has_next;
};

#define CHUNK_INPUT_NONE ((struct chunk_input){ .fd = -1 })

/* @path: NULL is standard input. Returns 0 or a negative errno (-EISDIR for a folder). */
int chunk_input_open(const char *path, struct chunk_input *ret_input);
void chunk_input_close(struct chunk_input *input);

#define CLEANUP_INPUT CLEANUP(chunk_input_close)

/*
 * Reads @size bytes, or what is left of them. @ret_last: there is nothing behind them. @bytes has room for one more.
 * Returns the length, -ESTALE if a file has another length or time than it had at first, or another negative errno.
 */
ssize_t chunk_input_read(struct chunk_input *input, uint8_t *bytes, size_t size, bool *ret_last);

/* Bytes from where it began to its end, or 0 where nobody knows. */
uint64_t chunk_input_total(const struct chunk_input *input);

/* Back to where it began. Returns 0, or -ESPIPE. */
int chunk_input_rewind(struct chunk_input *input);

#endif /* KEYBAGCTL_CHUNK_INPUT_H */
