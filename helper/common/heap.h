/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef KEYBAG_COMMON_HEAP_H
#define KEYBAG_COMMON_HEAP_H

/*
 * Keeps the heap's first MiB in memory, where the limit of locked memory has room for much more: items, their JSON and
 * what libcrypto makes of keys lie there, and would go to a swap device. To be called first.
 */
void heap_lock(void);

/*
 * Zeroes the whole heap, if heap_lock() was called. The last thing that a program does which a signal ends: it may be called
 * from a handler.
 */
void heap_wipe(void);

#endif
