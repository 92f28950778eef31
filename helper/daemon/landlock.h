/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Landlock: what a process may do with files from now on, it and what it starts.
 */
#ifndef DAEMON_LANDLOCK_H
#define DAEMON_LANDLOCK_H

#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>

#define LANDLOCK_READ	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define LANDLOCK_CHANGE	(LANDLOCK_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
			 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR)

struct landlock_place {
	const char *path;	/* of a file, or a folder with all below it; one that is not there needs no permission */
	uint64_t access;
};

/*
 * Permits these places and nothing else of the first version of Landlock, for good, and forbids new privileges. Says so where the
 * kernel has none, or refuses.
 */
void landlock_confine(const struct landlock_place *places, size_t count);

#endif /* DAEMON_LANDLOCK_H */
