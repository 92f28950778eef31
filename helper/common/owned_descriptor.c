// SPDX-License-Identifier: LGPL-2.1-or-later
#include "owned_descriptor.h"

#include <stdbool.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "process_mark.h"

struct owned_descriptor owned_descriptor_of(int number)
{
	struct owned_descriptor owned = { .number = number, .process = process_mark() };
	struct stat status;

	if (number >= 0 && fstat(number, &status) == 0) {
		owned.device = status.st_dev;
		owned.inode = status.st_ino;
	}
	return owned;
}

/* A file without a type shares its inode with others, as pidfds do before Linux 6.9. */
static bool is_the_same(const struct owned_descriptor *owned)
{
	struct stat status;

	return fstat(owned->number, &status) == 0 && status.st_dev == owned->device && status.st_ino == owned->inode &&
	       (status.st_mode & S_IFMT || owned->process == process_mark());
}

void owned_descriptor_close(struct owned_descriptor *owned)
{
	if (owned->number >= 0 && is_the_same(owned))
		cleanup_descriptor(&owned->number);
	*owned = OWNED_DESCRIPTOR_NONE;
}
