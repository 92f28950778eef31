/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CALLER_H
#define KEYCHAIN_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The process that asks: known from the kernel and root's files, never from the request. */
struct engine_caller {
	uid_t uid;
	/* Access groups in order, without the token group; the first is the default. */
	const char *const *groups;
	size_t group_count;
	/* May read the group of tokens, which is last in order and read-only. */
	bool tokens;
	/* A list with "*": every group. Given to root-owned entitlement files only. */
	bool all_groups;
	/* Identifier of the application, NULL when it has none: what purging goes by. */
	const char *application;
	/* Nothing may be changed: which keychain it is, why, and what to do instead. NULL: it may. */
	const char *read_only;
};

#endif
