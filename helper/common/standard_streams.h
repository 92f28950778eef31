/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Standard input, output and error of a program that passes secrets through them.
 */
#ifndef KEYBAG_HELPER_STANDARD_STREAMS_H
#define KEYBAG_HELPER_STANDARD_STREAMS_H

/*
 * Before anything is opened: takes the places of those that are closed, with what can neither be read
 * nor written. Otherwise the next descriptor would have that number, and a secret for standard output
 * would go to a daemon's socket. What is printed from then on waits where standard output is O_NONBLOCK. Returns 0 or a
 * negative errno.
 */
int standard_streams_begin(void);

/*
 * Writes out what stdio still holds of standard output. Returns 0, or a negative errno: not all that
 * was printed has arrived, now or before.
 */
int standard_streams_flush(void);

/* The same at the end of the program: also what a server of files says only when its file is closed. */
int standard_streams_end(void);

#endif /* KEYBAG_HELPER_STANDARD_STREAMS_H */
