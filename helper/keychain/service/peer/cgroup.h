/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts about a process from its control group's path.
 */
#ifndef KEYCHAIND_CGROUP_H
#define KEYCHAIND_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

enum peer_kind {
	PEER_UNCONFINED, /* a program of a session, or of nobody's: not told from others of its
				uid */
	PEER_UNIT,	     /* system unit */
	PEER_FLATPAK,
	PEER_SNAP,
	PEER_CONTAINER, /* something else that has a control group of its own */
};

#define PEER_NAME_SIZE	256

/*
 * Reads "/system.slice/cron.service" and the like. @ret_name: the unit, or the application's
 * identifier; "" for PEER_UNCONFINED. What is not understood is a container: nothing is granted
 * to it by default.
 */
enum peer_kind cgroup_classify(const char *path, char ret_name[PEER_NAME_SIZE]);

/*
 * The path out of the text of /proc/PID/cgroup: of the unified hierarchy, else of systemd's own.
 * Returns false where there is none, or it is longer than @size.
 */
bool cgroup_path(const char *text, char *ret_path, size_t size);

#endif
