/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the Assuan protocol: what a pinentry is told and what it answers.
 */
#ifndef AGENT_PINENTRY_H
#define AGENT_PINENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "prompter.h"

/* Writes the commands for @prompt. Returns 0 or a negative errno. */
int pinentry_write(int fd, const struct prompt *prompt);

/*
 * Reads @answer, all it has written, NUL-terminated, and unescapes what was typed in place. @asks:
 * a passcode was asked for. Returns 0, -ECANCELED, or -EIO.
 */
int pinentry_read(char *answer, bool asks, const char **ret_passcode, size_t *ret_length);

#endif /* AGENT_PINENTRY_H */
