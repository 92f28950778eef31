/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * The guess table: how long to wait after so many wrong secrets.
 *
 *   failures so far  0-3   4      5      6       7    8    9    more
 *   delay            0     1 min  5 min  15 min  1 h  3 h  8 h  8 h again
 *
 * Source: the published security guide of the system whose behaviour this project follows. A
 * delay follows the guess it stands at there: the tenth guess is the first without one of its own.
 */
#ifndef KEYBAG_GUESS_H
#define KEYBAG_GUESS_H

#include "port.h"

/* Failures assumed when no authentic record exists: the next try waits for the last delay. */
#define KB_GUESS_FAILURES_UNKNOWN	9

/* Seconds to wait, from the last failure (or from load), before the next try. */
u32 kb_guess_delay(u32 failures);

#endif /* KEYBAG_GUESS_H */
