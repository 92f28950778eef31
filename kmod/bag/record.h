/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record of a bag: guesses and wraps, as they are saved.
 */
#ifndef _KEYBAG_RECORD_H
#define _KEYBAG_RECORD_H

#include "../form/sealed_record.h"
#include "bag.h"

/*
 * Takes one wrap from the budget of the class key in effect. Call in a stay. Returns 0 or
 * -EKEYEXPIRED at 2^32; marks the record dirty where a step is crossed. The second half is for
 * @privileged alone: any program of the owner could use up the whole, which nobody gets back.
 */
int keybag_slot_count_wrap(struct keybag_bag *bag, unsigned int class, bool privileged);

/*
 * Seals the present record of a bag, with @failures: the next in sequence. Call with bag->control
 * held.
 */
int keybag_bag_record_seal(struct keybag_workspace *workspace, struct keybag_bag *bag, u32 failures,
			   struct keybag_sealed_record *out);

/* KEYBAG_IOC_READ_RECORD, RECORD_SAVED. */
int keybag_read_record(struct keybag_read *args);
int keybag_record_saved(struct keybag_record_saved *args);

#endif /* _KEYBAG_RECORD_H */
