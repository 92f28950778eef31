/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Secrets that are typed.
 */
#ifndef KEYBAG_COMMON_TERMINAL_H
#define KEYBAG_COMMON_TERMINAL_H

#include "secret.h"

/*
 * Reads one line into @line, at most two bytes less than it has room for, without its end and with a
 * zero after it, and nothing of what follows. Returns 0, -ENODATA (nothing was left), -EMSGSIZE,
 * or another negative errno.
 */
int line_read(int fd, struct secret *line);

enum terminal_echo {
	TERMINAL_HIDDEN,	/* what is typed is not shown */
	TERMINAL_SHOWN,
};

/*
 * Writes @prompt to @out and reads one line from the terminal @fd into @line as above; what was typed
 * before the prompt is dropped. A signal that ends or stops the program finds the terminal as it was.
 * After a stop (Ctrl-Z and fg, or a start in the background) what had been typed is dropped and the
 * prompt is written again. Returns -EINTR after a signal that should have ended the program and did not.
 * One at a time in a process: the signals' actions are its own meanwhile.
 */
int terminal_ask(int fd, int out, const char *prompt, enum terminal_echo echo, struct secret *line);

/* The same on the terminal of this process, whatever its standard streams are. -ENOTTY: it has none. */
int terminal_ask_own(const char *prompt, enum terminal_echo echo, struct secret *line);

/*
 * Calls @work, and shows nothing that is typed at the terminal @fd meanwhile; it is dropped. A signal that ends or stops
 * the program has its effect when @work is through. One at a time, as above.
 */
void terminal_quiet(int fd, void (*work)(void *context), void *context);

#endif /* KEYBAG_COMMON_TERMINAL_H */
