/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the Assuan protocol: what a pinentry is told and what it answers.
 */
#ifndef AGENT_PINENTRY_H
#define AGENT_PINENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "prompter.h"

/* Writes the commands for @prompt. Returns how many these are, or a negative errno. */
int pinentry_write(int fd, const struct prompt *prompt);

/*
 * Reads @answer, all it has written, NUL-terminated, and unescapes what was typed in place. @commands: what pinentry_write() has
 * returned. Returns 0, -ECANCELED, or -EIO. Who confirms agrees only where each command was answered: it may have ended before.
 */
int pinentry_read(char *answer, enum prompt_kind kind, int commands, const char **ret_passcode, size_t *ret_length);

#endif /* AGENT_PINENTRY_H */
