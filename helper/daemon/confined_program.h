/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that a daemon starts for one task each: they have the descriptors that they are given, and confine
 * themselves to them (confined/confine.h).
 */
#ifndef DAEMON_CONFINED_PROGRAM_H
#define DAEMON_CONFINED_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CONFINED_PROGRAM_DESCRIPTORS	2
#define CONFINED_PROGRAM_FIRST		3	/* number of the first one in the program */

struct confined_program {
	const char *path;
	char *arguments[2];
	char *environment[2];
};

/*
 * A copy of @fd above the numbers that the program has its descriptors by: dup2(2) of one onto itself would leave
 * it to be closed. Returns it or a negative errno.
 */
int confined_program_descriptor(int fd);

/* Starts it, with @count descriptors of that kind. Returns 0 or a negative errno. */
int confined_program_start(const struct confined_program *program, const int *descriptors, size_t count, pid_t *ret_pid);

/*
 * Waits for its end, and ends it after so many seconds. Returns false where the kernel does not let it go, in the
 * midst of a call: it is left behind, and systemd ends it with the service.
 */
bool confined_program_wait(pid_t pid, unsigned int seconds, int *ret_status);

#endif /* DAEMON_CONFINED_PROGRAM_H */
