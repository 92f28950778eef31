/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keybags from disk into the kernel.
 */
#ifndef KEYBAGD_LOAD_H
#define KEYBAGD_LOAD_H

#include "operation.h"

/*
 * Worker: loads the keybag of the operation if it is not loaded. operation->info says what the form in effect says,
 * the result in which state the keybag is. The form is read once: when it is loaded, or has changed since. Returns 0,
 * or a negative errno that is in the result.
 */
int load_bag(struct operation *operation);

/* Worker: reads the form in effect of a keybag that is loaded, when it has changed. */
int load_info(struct operation *operation);

/* Worker: takes the keybag of the operation out of the kernel. Returns 0 or a negative errno. */
int load_unload(struct operation *operation);

/* Main thread: unloads, when it is their turn, keybags whose uid has become another account's. One check a keybag waits at most. */
void load_check_owners(void);

/* Main thread: notes for status why a load failed; finish() of operations that load. */
void load_note_result(struct operation *operation);

#endif /* KEYBAGD_LOAD_H */
