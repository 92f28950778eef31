/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file in the place of another or of none, readable by its owner alone, whole or not at all: until it is finished it
 * has no name, or one that a signal which ends the program removes.
 */
#ifndef CLI_OUTPUT_FILE_H
#define CLI_OUTPUT_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/cleanup.h"

struct output_file {
	const char *path;	/* the caller's; NULL: standard output */
	int fd;
	bool owned;		/* fd is to be closed */
	bool special;		/* a descriptor, a device or a pipe: written to as it is */
	off_t length;		/* that a file had on which the descriptor was open before, or -1 */
	off_t written;		/* bytes that were appended */
	char temporary[PATH_MAX];	/* name until it is finished, or "" */
};

#define OUTPUT_FILE_NONE ((struct output_file){ .fd = -1, .length = -1 })

/*
 * Begins a file. @path: as long as @ret_file lives; NULL: standard output. A device or pipe of that name is written to,
 * and so is the descriptor that it stands for (/dev/stdout, /dev/fd/3). -EACCES: a pipe of somebody else's in a folder
 * where anyone may put files; -ENAMETOOLONG, before anything is written. One at a time in a process. Returns 0 or a negative
 * errno.
 */
int output_file_begin(const char *path, struct output_file *ret_file);

/* The same for a name that was not given by the user but made of another: a file, and nothing that is there already. */
int output_file_begin_new(const char *path, struct output_file *ret_file);

int output_file_append(struct output_file *file, const void *bytes, size_t length);

/*
 * Makes it durable, also what a descriptor or a disk was given, and gives it its name. @replace: in the place of a file of
 * that name, otherwise -EEXIST where there is one. Returns 0 or a negative errno.
 */
int output_file_finish(struct output_file *file, bool replace);

/* Releases it; what was not finished is removed, and a file that standard output alone has written to is cut back. */
void output_file_end(struct output_file *file);

#define CLEANUP_OUTPUT_FILE CLEANUP(output_file_end)

/* All of it at once, replacing. Returns 0 or a negative errno. */
int output_file_write(const char *path, const void *bytes, size_t length);

#endif /* CLI_OUTPUT_FILE_H */
