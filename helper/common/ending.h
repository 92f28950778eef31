/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Work that is done before a signal ends the program: secrets are wiped, names of unfinished files removed. The kernel
 * gives freed memory to others as it is.
 */
#ifndef KEYBAG_COMMON_ENDING_H
#define KEYBAG_COMMON_ENDING_H

/*
 * Has @action called, in the order of these calls, before SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXCPU or SIGXFSZ ends
 * the program; a signal that is ignored or handled when this is called first stays so. It is called from a signal
 * handler. The same action is added once. At most ENDING_ACTIONS. After the last of them the heap is wiped (heap_wipe()).
 */
#define ENDING_ACTIONS	8
void ending_add(void (*action)(void));

#endif /* KEYBAG_COMMON_ENDING_H */
