/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets by standard streams, past stdio, whose buffers are not wiped.
 */
#ifndef KEYCHAIN_CLI_STREAM_H
#define KEYCHAIN_CLI_STREAM_H

#include <stdbool.h>

#include "helper/common/secret.h"

/*
 * Reads standard input to its end, at most @maximum bytes, into locked memory, no more of it than what
 * comes needs. Returns 0, -EMSGSIZE, -ENOMEM (stream_problem() says why), or another negative errno.
 */
int stream_read(size_t maximum, struct secret *ret_secret);

/*
 * Adds to what is in @secret, which grows up to @maximum bytes, what standard input has next, waiting
 * for it. Returns 1; 0 at its end; -EMSGSIZE where there is no more room; -ENOMEM; another negative
 * errno.
 */
int stream_read_some(size_t maximum, struct secret *secret);

/* The meaning of a negative errno of these functions; part of a sentence, until the next call. */
const char *stream_problem(int error);

/* Reads one secret from a terminal, without echo, after @prompt. */
int stream_ask(const char *prompt, struct secret *ret_secret);

/* The same of an answer that is no secret, with echo. */
int stream_ask_shown(const char *prompt, struct secret *ret_answer);

/* Writes all of it to standard output. Returns 0 or a negative errno. */
int stream_write(const void *bytes, size_t length);

#endif
