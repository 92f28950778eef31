/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bag: lock state and class keys of one keybag.
 *
 * The core knows nothing of files or of struct key; file.c and key_type.c are thin front ends on
 * it.
 *
 * Locks, outermost first:
 *   keybag_device_lock (rwsem)    subkeys of the device key; readers: commands that use them
 *   keybag_registry_lock (mutex)  the set of bags, floors
 *   bag->control (mutex)          one control command at a time; form, guesses
 *   bag->rwsem                    readers: one operation; writers: lock, unlock, commit, unload
 *   bag->event_lock (spinlock)    transitions and what waits for them; adding to slot->children
 * Under rwsem nothing allocates, faults, sleeps on user memory or calls out; under the others
 * nothing touches user memory, and what allocates does so without I/O. Lock takes the rwsem alone,
 * so it waits for operations in flight and for nothing else.
 */
#ifndef _KEYBAG_BAG_H
#define _KEYBAG_BAG_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include "class_key.h"
#include "uapi/keybag.h"
#include "../keybag/form.h"
#include "../keybag/record.h"
#include "../keybag/state.h"
#include "sealed_form.h"

/* Changes of state kept for readers that are slower than the lock. */
#define KEYBAG_EVENT_HISTORY	16

struct keybag_floor;		/* floor.h: what is remembered until reboot */
struct keybag_pending;		/* pending.h: a prepared change */

/* Whether a record has to be saved. */
enum keybag_record_state {
	KEYBAG_RECORD_CLEAN,	/* nothing to save but what commands return */
	KEYBAG_RECORD_DIRTY,	/* something changed by itself: wraps, a try voided by lock */
	KEYBAG_RECORD_SEALED,	/* READ_RECORD was told, and has not said yet that it is saved */
};

/**
 * struct keybag_slot - one class of a bag
 * @key: its ciphers while available (bag->rwsem)
 * @key_generation: of the class key in effect, 0: no such class key (bag->rwsem)
 * @wraps: wraps under that generation; the record stores it in steps
 * @children: open child keys of this class (bag->event_lock to add; bag->rwsem for writing to take
 *	out)
 */
struct keybag_slot {
	struct keybag_class_key key;
	u32 key_generation;
	atomic64_t wraps;
	struct list_head children;
};

/**
 * struct keybag_bag - one loaded keybag
 * @refs: the registry, open descriptors, handles and in-kernel users
 * @list: in the registry (keybag_registry_lock; read under RCU by the panic wipe)
 * @rcu: frees it
 * @uuid: constant
 * @type: enum keybag_type, constant
 * @owner: constant; INVALID_UID for a system bag
 *
 * @rwsem: see above
 * @gone: unloaded or evicted, for good (rwsem)
 * @state: enum kb_state (rwsem to change; event_lock for a consistent status)
 * @can_lock: false without passcode and for a system bag (rwsem)
 * @slots: by class number
 *
 * @try_id: the try begun, 0: none; unlock takes it under rwsem, lock clears it
 * @pending: a prepared change, or NULL (control to read; control and rwsem for writing to change)
 * @record_dirty: enum keybag_record_state
 *
 * @control: see above
 * @sealed: the sealed form in effect (control)
 * @record_read: sequence of the record READ_RECORD returned last (control)
 * @floor: guesses, record and the generation floor, constant; what is in it: control
 *
 * @event_lock: see above
 * @event_wait: readers of events
 * @child_count: open child keys, at most KEYBAG_MAX_BAG_CHILDREN: their ciphers are memory that is
 *	charged to nobody
 * @state_seq: number of the last transition (event_lock)
 * @notice: in the queue of bags in-kernel users are to be told of (api.c)
 * @next_notice: state_seq of the event they are told of next (api.c)
 * @events: ring by state_seq % KEYBAG_EVENT_HISTORY (event_lock)
 */
struct keybag_bag {
	struct kref refs;
	struct list_head list;
	struct rcu_head rcu;
	u8 uuid[KB_UUID_SIZE];
	u32 type;
	kuid_t owner;

	struct rw_semaphore rwsem;
	bool gone;
	enum kb_state state;
	bool can_lock;
	struct keybag_slot slots[KB_CLASS_SLOTS];

	atomic64_t try_id;
	struct keybag_pending *pending;
	atomic_t record_dirty;

	struct mutex control;		/* form, record, guesses, pending change */
	struct keybag_sealed_form sealed;
	u64 record_read;
	struct keybag_floor *floor;

	spinlock_t event_lock;		/* events, and adding to slot->children */
	wait_queue_head_t event_wait;
	atomic_t child_count;
	u64 state_seq;
	struct list_head notice;
	u64 next_notice;
	struct keybag_event events[KEYBAG_EVENT_HISTORY];
};

/*
 * bag.c
 */

/*
 * A bag of that form, which becomes its own, locked and empty; takes effect by
 * keybag_registry_add().
 */
struct keybag_bag *keybag_bag_new(struct keybag_sealed_form *sealed);

/* Wipes what @state does not allow: class keys and their children. Call with rwsem for writing. */
void keybag_bag_wipe(struct keybag_bag *bag, enum kb_state state);

/* Wipes all of them. Call with rwsem for writing. */
void keybag_bag_wipe_all(struct keybag_bag *bag);

/* Wipes a class key and its children. Call with rwsem for writing. */
void keybag_slot_wipe(struct keybag_slot *slot);

/*
 * registry.c. Each get returns a reference to put; NULL or ERR_PTR(-ENOENT) as said.
 */
struct keybag_bag *keybag_bag_by_uuid(const u8 *uuid);	/* or NULL */
struct keybag_bag *keybag_bag_by_owner(kuid_t owner);	/* the user bag of that uid, or NULL */
struct keybag_bag *keybag_bag_system(void);		/* or NULL */
struct keybag_bag *keybag_bag_get(struct keybag_bag *bag);
void keybag_bag_put(struct keybag_bag *bag);

/* bag.c. Whether the caller may bind to it: the owner by euid, or CAP_SYS_ADMIN (initial ns). */
bool keybag_bag_permitted(const struct keybag_bag *bag);

/*
 * lock.c. Lock waits for operations in flight, wipes, publishes the event, KEYBAG_REASON_* in it.
 * @requester may be NULL: the kernel itself.
 */
int keybag_bag_lock(struct keybag_bag *bag, bool full, u32 reason,
		    const struct keybag_requester *requester);
void keybag_lock_all(bool full, u32 reason, const struct keybag_requester *requester);
void keybag_evict_all(u32 reason, const struct keybag_requester *requester);

/*
 * Panic: overwrites every class key, child key and device subkey, and what commands under way have
 * in their workspaces, in place; takes no lock.
 */
void keybag_overwrite_all(void);

/*
 * Set between suspend-prepare and resume: unlock answers EBUSY (lock.c). The caller then locks all;
 * an unlock in flight either ends before that or sees the flag, which it asks for under bag->rwsem.
 */
void keybag_set_suspending(bool suspending);
bool keybag_suspending(void);

/*
 * sealed_record.c. Takes one wrap from the budget of the class key in effect. Call under rwsem.
 * Returns 0 or -EKEYEXPIRED at 2^32; marks the record dirty where a step is crossed.
 */
int keybag_slot_count_wrap(struct keybag_bag *bag, unsigned int class);

/* status.c. Fills all but rights, classes and domain. */
void keybag_bag_status(struct keybag_bag *bag, struct keybag_status *status);

#endif /* _KEYBAG_BAG_H */
