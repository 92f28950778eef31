/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether folders still are where they were. A watch of a folder stays with the folder, wherever it is moved to and
 * whatever takes its place: this one is of all that is above it, and of mounts, so that nobody has to look the path up.
 */
#ifndef KEYCHAIND_PLACE_WATCH_H
#define KEYCHAIND_PLACE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct place_watch {
	const char *const *folders;
	size_t count;
	int above;		/* inotify of the folders above; -1: none */
	int mounts;		/* the table of mounts, which can be polled; -1: none */
	bool whole;		/* all that is above is watched, and nothing on the way is a link */
	time_t second;		/* when it was asked last: what no watch sees is seen after a second; -1: never */
};

#define PLACE_WATCH_NONE { .above = -1, .mounts = -1 }

/*
 * Begins anew, with these folders, which stay the caller's. What moves from now on stirs it; where it cannot be watched, it is always stirred.
 */
void place_watch_begin(struct place_watch *watch, const char *const *folders, size_t count);

/*
 * Whether one of the paths may lead elsewhere now, and is to be looked up: one that has not been looked up since it was
 * begun may. *@ret_ready: whether @descriptor, of an inotify, has events; it is asked for in the same call. Where the
 * kernel does not say, both are so.
 */
bool place_watch_stirred(struct place_watch *watch, int descriptor, bool *ret_ready);

#endif
