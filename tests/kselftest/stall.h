/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that are not there: whoever touches one waits until the test lets him go.
 */
#ifndef KEYBAG_SELFTEST_STALL_H
#define KEYBAG_SELFTEST_STALL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define STALL_PAGES	4

enum stall_backing {
	STALL_USERFAULTFD,
	STALL_FUSE,		/* a file of a file system whose server does not answer */
};

struct stall {
	enum stall_backing backing;
	void *pages;		/* STALL_PAGES of them; all zero once they are there */
	size_t length;
	int fd;			/* userfaultfd, or the file */
	pid_t server;		/* FUSE: the process that serves it */
	struct stall_shared *shared;
};

/* Returns 0, or a negative errno: this kernel or user cannot do it. */
int stall_open(struct stall *stall, enum stall_backing backing);

/* Waits until somebody waits for a page. False after @milliseconds. */
bool stall_wait(struct stall *stall, int milliseconds);

/* Gives all pages from now on. */
void stall_release(struct stall *stall);

void stall_close(struct stall *stall);

#endif /* KEYBAG_SELFTEST_STALL_H */
