/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Security labels of processes, as AppArmor and others give them.
 */
#ifndef SECRETSERVICE_LABEL_H
#define SECRETSERVICE_LABEL_H

#include <stdbool.h>

#define LABEL_SIZE	1024	/* with the NUL */

/* Whether a process has that label: the one in the file @path, /proc/PID/attr/current. False where it cannot be read. */
bool label_matches(const char *label, const char *path);

#endif /* SECRETSERVICE_LABEL_H */
