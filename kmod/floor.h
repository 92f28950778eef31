/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of a bag until reboot, loaded or not: how new its form is, wrong secrets,
 * wraps.
 */
#ifndef _KEYBAG_FLOOR_H
#define _KEYBAG_FLOOR_H

#include <linux/list.h>
#include "../keybag/record.h"
#include "guess.h"

/**
 * struct keybag_floor - one bag that was loaded since boot
 * @list: in the registry (keybag_registry_lock)
 * @uuid: constant
 * @generation: bag_generation; an older sealed form is refused
 * @guess: guess state
 * @record_sequence: of the last record sealed
 * @wraps: exact counts, of a key_generation each, while the bag is not loaded
 *
 * All but @list and @uuid: the control mutex of the loaded bag, keybag_registry_lock while none is
 * loaded. @generation is also read without the former.
 */
struct keybag_floor {
	struct list_head list;
	u8 uuid[KB_UUID_SIZE];
	u64 generation;
	struct keybag_guess guess;
	u64 record_sequence;
	struct {
		u32 key_generation;
		u64 count;
	} wraps[KB_CLASS_SLOTS];
};

/* Under keybag_registry_lock: that of a bag, or NULL; adds one, or -EDQUOT. */
struct keybag_floor *keybag_floor_find(const u8 *uuid);
int keybag_floor_add(struct keybag_floor *floor);

/* The bag_generation a form must have at least, 0: never seen. Takes keybag_registry_lock. */
u64 keybag_floor_generation(const u8 *uuid);

/* Forgets all, at module exit. */
void keybag_floor_exit(void);

#endif /* _KEYBAG_FLOOR_H */
