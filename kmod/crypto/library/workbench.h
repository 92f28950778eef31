/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The library computes on the stack and in registers, and needs no memory of ours.
 */
#ifndef _KEYBAG_LIBRARY_WORKBENCH_H
#define _KEYBAG_LIBRARY_WORKBENCH_H

struct keybag_workbench {};

static inline void keybag_workbench_init(struct keybag_workbench *bench)
{
}

#endif /* _KEYBAG_LIBRARY_WORKBENCH_H */
