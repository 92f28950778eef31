/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of options that more than one command takes. The command says what is wrong with one.
 */
#ifndef CLI_ARGUMENT_H
#define CLI_ARGUMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A decimal number from @minimum to @maximum and nothing else. */
bool argument_number(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *ret_number);

/* The largest number of a user: the one above it means none. */
#define ARGUMENT_MAX_UID	(UINT32_MAX - 1)

/*
 * A user by name, or else by number; with "+" before it by number alone, which asks no directory. Returns 0, -ENOENT where there is no user of that name, -ERANGE for a number
 * that no user can have, or -EIO where a directory of users does not answer: errno says more.
 */
int argument_user(const char *text, uid_t *ret_uid);

#endif
