/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells a process from its children, which may have its number, in a PID namespace of their own.
 */
#ifndef KEYBAG_COMMON_PROCESS_MARK_H
#define KEYBAG_COMMON_PROCESS_MARK_H

#include <stdint.h>

/* The same each time in one process, never 0, and another one than in any process that it was forked from. */
uint64_t process_mark(void);

#endif /* KEYBAG_COMMON_PROCESS_MARK_H */
