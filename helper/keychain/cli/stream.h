/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets by standard streams, past stdio, whose buffers are not wiped.
 */
#ifndef KEYCHAIN_CLI_STREAM_H
#define KEYCHAIN_CLI_STREAM_H

#include <stdbool.h>

#include "helper/common/secret.h"

/*
 * Reads standard input to its end, at most @maximum bytes, into locked memory. Returns 0,
 * -EMSGSIZE, or another negative errno.
 */
int stream_read(size_t maximum, struct secret *ret_secret);

/*
 * Adds to what is in @secret what standard input has next, waiting for it. Returns 1; 0 at its end;
 * -EMSGSIZE where @secret is full; another negative errno.
 */
int stream_read_some(struct secret *secret);

/* Reads one secret from a terminal, without echo, after @prompt. */
int stream_ask(const char *prompt, struct secret *ret_secret);

/* Writes all of it to standard output. Returns 0 or a negative errno. */
int stream_write(const void *bytes, size_t length);

#endif
