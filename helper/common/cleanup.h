/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Cleanup attributes: the resource is released wherever the scope is left.
 */
#ifndef KEYBAG_COMMON_CLEANUP_H
#define KEYBAG_COMMON_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

/* @name, for CLEANUP(), of a pointer to what @function releases; that has to take NULL, or its variables are never NULL. */
#define DEFINE_CLEANUP(type, name, function)	\
	static inline void name(type **object)	\
	{					\
		function(*object);		\
	}

static inline void cleanup_descriptor(int *descriptor)
{
	int error = errno;

	if (*descriptor >= 0)
		close(*descriptor);
	errno = error;
}

static inline void cleanup_memory(void *address)
{
	free(*(void **)address);
}

static inline void cleanup_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static inline void cleanup_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

#define CLEANUP_FD CLEANUP(cleanup_descriptor)
#define CLEANUP_FREE CLEANUP(cleanup_memory)
#define CLEANUP_FILE CLEANUP(cleanup_file)
#define CLEANUP_FOLDER CLEANUP(cleanup_folder)

/* The descriptor, which the scope no longer closes. */
static inline int take_descriptor(int *descriptor)
{
	int taken = *descriptor;

	*descriptor = -1;
	return taken;
}

#endif /* KEYBAG_COMMON_CLEANUP_H */
