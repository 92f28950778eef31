/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line that says how far a long command is: on standard error, if that is a terminal.
 */
#ifndef KEYBAGCTL_PROGRESS_H
#define KEYBAGCTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;	/* "sealing" */
	uint64_t total, done;	/* bytes; a total of 0 is not known */
	uint64_t began, shown;	/* milliseconds */
	bool wanted, visible;
};

/* Nothing is shown in the first second. */
void progress_begin(struct progress *progress, const char *what, uint64_t total);
void progress_add(struct progress *progress, uint64_t bytes);

/* Takes the line away. */
void progress_end(struct progress *progress);

#endif /* KEYBAGCTL_PROGRESS_H */
