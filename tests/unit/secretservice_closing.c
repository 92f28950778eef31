// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets that linger for as long as whoever sent them likes are closed without waiting, under the filter of system calls: by a
 * thread, and where a library closes them.
 */
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/daemon/closer.h"
#include "helper/daemon/last_close.h"
#include "helper/userservice/system_calls.h"
#include "tests/unit/lib/lingering.h"
#include "tests/unit/lib/tap.h"

#define MOST	64
/* For what takes moments. */
#define LIMIT_S	20

static int descriptors[MOST];

static void close_all(void *times)
{
	for (size_t at = 0; at < MOST; at++)
		close(descriptors[at]);
	++*(unsigned int *)times;
}

static bool library_closes(void)
{
	unsigned int times = 0;

	last_close_elsewhere(close_all, &times);
	return times == 1;
}

/* The last one is closed when all others are. */
static bool closer_closes(void)
{
	int ends[2];
	char byte;

	if (pipe(ends) < 0)
		return false;
	closer_close(1, descriptors, MOST);
	closer_close(1, &ends[1], 1);
	return read(ends[0], &byte, 1) == 0;
}

/* In a process of its own. A close that lingers ends by the alarm. */
static bool passes(bool (*closes)(void), bool restricted)
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		alarm(LIMIT_S);
		for (size_t at = 0; at < MOST; at++)
			descriptors[at] = lingering_socket();
		if (restricted)
			system_calls_restrict(NULL);
		_exit(!closes());
	}
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

/* The end of the process waits for nothing, and the other ends see what was closed. */
static bool is_closed_while_it_runs(void)
{
	int ends[2], copy;
	char byte;

	if (pipe(ends) < 0)
		return false;
	copy = dup(ends[1]);
	close(ends[1]);
	descriptors[0] = copy;
	/* Those that were open at first are closed with it. */
	return library_closes() && read(ends[0], &byte, 1) == 0;
}

int main(void)
{
	tap_start();
	check(passes(closer_closes, false) && passes(closer_closes, true));
	tap_test("by a thread");
	check(passes(library_closes, false) && passes(library_closes, true));
	tap_test("where a library closes them");
	check(passes(is_closed_while_it_runs, true));
	tap_test("they are closed then");
	return tap_end();
}
