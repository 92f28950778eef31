/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls of a program that has all its files open: memory, reading and writing of descriptors, and its end. It opens
 * no file, reaches no network, starts nothing, and looks into no other process.
 */
#ifndef CONFINED_CONFINE_H
#define CONFINED_CONFINE_H

/*
 * Refuses all others, for good (EPERM), and forbids new privileges. Returns 0, or a negative errno, also where the kernel has no
 * such filters.
 */
int confine_calls(void);

#endif
