/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of a bag until reboot, loaded or not: which form is in effect, the generations given to
 * others, wrong secrets, wraps.
 */
#ifndef _KEYBAG_ROLLBACK_H
#define _KEYBAG_ROLLBACK_H

#include <linux/list.h>
#include "../../keybag/record.h"
#include "../form/sealed_form.h"
#include "throttle.h"

/**
 * struct keybag_rollback - one bag that was loaded, or recovered, since boot
 * @list: in the registry (keybag_registry_lock)
 * @uuid: constant
 * @loaded: was loaded; what follows it counts from then on (keybag_registry_lock)
 * @generation: bag_generation of the form in effect; an older one is refused
 * @issued: highest generation seen or given to a form; none is given twice
 * @form: identity of the form in effect: loaded or committed last, or opened by a recovery
 * @waiting: identity of a form that was issued and neither took effect nor was given up: its bag
 *	was unloaded with it, or it is that of a recovery; zero: none
 * @recovered: @waiting is that of a recovery, by a secret that was right
 * @throttle: guess state
 * @record_sequence: of the last record sealed
 * @wraps: exact counts, of a key_generation each, while the bag is not loaded
 *
 * @generation to @waiting: rollback.c's own lock. The rest: the control mutex of the loaded bag,
 * keybag_registry_lock while none is loaded.
 */
struct keybag_rollback {
	struct list_head list;
	u8 uuid[KB_UUID_SIZE];
	bool loaded;
	u64 generation;
	u64 issued;
	u8 form[KEYBAG_FORM_IDENTITY];
	u8 waiting[KEYBAG_FORM_IDENTITY];
	bool recovered;
	struct keybag_throttle throttle;
	u64 record_sequence;
	struct {
		u32 key_generation;
		u64 count;
	} wraps[KB_CLASS_SLOTS];
};

/*
 * Under keybag_registry_lock: that of a bag, or NULL; adds the empty @fresh, which it takes, or
 * -EDQUOT.
 */
struct keybag_rollback *keybag_rollback_find(const u8 *uuid);
int keybag_rollback_add(struct keybag_rollback **fresh, const u8 *uuid,
			struct keybag_rollback **ret);

/* Whether there is one of that bag. Takes keybag_registry_lock. */
bool keybag_rollback_seen(const u8 *uuid);

/*
 * Whether a form may be loaded: the one in effect, one that waits, or one that is newer than all
 * that were issued here. Not one that was given up, nor another of the same generation.
 */
bool keybag_rollback_accepts(struct keybag_rollback *rollback,
			     const struct keybag_sealed_form *sealed);

/*
 * A generation for a form that follows the one of @generation: never given before. -EDQUOT: there
 * are no more.
 */
int keybag_rollback_issue(struct keybag_rollback *rollback, u64 generation, u64 *ret_generation);

/* The form takes effect. */
void keybag_rollback_raise(struct keybag_rollback *rollback,
			   const struct keybag_sealed_form *sealed);

/*
 * The form was opened by a recovery. One that is newer than all is the one in effect from then on:
 * where the result is lost it can be recovered again, or loaded.
 */
void keybag_rollback_see(struct keybag_rollback *rollback, const struct keybag_sealed_form *sealed);

/*
 * The form of that identity is out there, and may be loaded later, in place of one before.
 * @recovered: it is that of a recovery.
 */
void keybag_rollback_wait(struct keybag_rollback *rollback, const u8 *identity, bool recovered);

/* Whether the form is that of the last recovery, and waits. */
bool keybag_rollback_is_recovered(struct keybag_rollback *rollback,
				  const struct keybag_sealed_form *sealed);

/* Around the time in which the machine is off with its memory on disk; no bag is loaded. */
void keybag_rollback_pause(void);
void keybag_rollback_resume(void);

/* Forgets all, at module exit. */
void keybag_rollback_exit(void);

#endif /* _KEYBAG_ROLLBACK_H */
