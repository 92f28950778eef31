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

/*
 * The same from the terminal @fd, which does not show it. A signal that ends or stops the program finds
 * the terminal as it was. Returns -EINTR as well, after a signal that did not.
 */
int terminal_read(int fd, struct secret *line);

#endif /* KEYBAG_COMMON_TERMINAL_H */
