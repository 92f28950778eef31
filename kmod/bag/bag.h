/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bag: lock state and class keys of one keybag.
 *
 * It knows nothing of files or of struct key, which are in front/.
 *
 * Its states are those of keybag/state.h. What changes them:
 *
 *   → before first unlock   LOAD, with a passcode: keybag_load(); a full lock: keybag_bag_lock()
 *   → locked      a lock: keybag_bag_lock(), keybag_lock_all(); a first-only unlock:
 *                 keybag_unlock(); a first passcode during suspend: keybag_commit()
 *   → unlocked    keybag_unlock(); LOAD, without a passcode: keybag_load(); the passcode goes:
 *                 keybag_commit()
 *   → gone        UNLOAD, of a backup keybag its descriptor's end: keybag_registry_remove();
 *                 of a backup keybag a lock of its owner's: keybag_bag_lock();
 *                 EVICT: keybag_evict_all()
 *
 * Locks, outermost first:
 *   keybag_device_lock (rwsem)    subkeys of the device key; readers: commands that use them
 *   bag->control (mutex)          one control command at a time; form, guesses
 *   keybag_registry_lock (mutex)  the set of bags, floors; nobody waits for another lock with it
 *   bag->rwsem                    readers: stays, by stay.h alone; writers: lock, unlock, commit,
 *                                 unload
 *   bag->event_lock (spinlock)    transitions and what waits for them; slot->children in stays
 * Under rwsem nothing allocates, faults, sleeps on user memory or calls out, and readers do not
 * sleep at all; under the others nothing touches user memory, and what allocates does so without
 * I/O. A lock wipes with the rwsem alone, so it waits for operations in flight and nothing else;
 * KEYBAG_IOC_LOCK then waits for a command that holds control, before it returns.
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
#include <linux/workqueue.h>
#include "../../keybag/form.h"
#include "../../keybag/record.h"
#include "../../keybag/state.h"
#include "../crypto/class_key.h"
#include "../form/sealed_form.h"
#include "../uapi/keybag.h"

/* Changes of state kept for readers that are slower than the lock. */
#define KEYBAG_EVENT_HISTORY	16

struct keybag_pending;		/* pending.h: a prepared change */
struct keybag_rollback;		/* rollback.h: what is remembered until reboot */

/* Held for as long as it takes to change the set or to walk it; never over an allocation. */
extern struct mutex keybag_registry_lock;

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
 * @children: open child keys of this class (bag->event_lock in a stay; or bag->rwsem for writing)
 */
struct keybag_slot {
	struct keybag_class_key key;
	u32 key_generation;
	atomic64_t wraps;
	struct list_head children;
};

/**
 * struct keybag_child - one open child key
 * @list: in &struct keybag_slot.children from before it has a key until after (bag->event_lock in a
 *        stay; or bag->rwsem for writing, alone)
 * @key: its ciphers; empty once wiped (to set and to wipe, a stay of whoever opens or closes it; or
 *       bag->rwsem for writing)
 * @class: of the class key that wraps it, constant
 * @key_generation: of that class key, constant
 * @wraps: blobs made since it was opened, at most 2^32
 *
 * It is in two places: in the table of its descriptor, which owns it, and in the list of its class,
 * through which lock finds it. Lock takes it out of the list and wipes its ciphers; the number
 * stays, without a key, until it is closed.
 *
 * Operations find it in the descriptor's table, in a stay; to close it is to take it out there,
 * wait for the stays that had begun, and free it. So no reference is counted.
 */
struct keybag_child {
	struct list_head list;
	struct keybag_class_key key;
	u8 class;
	u32 key_generation;
	atomic64_t wraps;
};

/**
 * struct keybag_bag - one loaded keybag
 * @refs: the registry, open descriptors, handles and in-kernel users
 * @list: in the registry (keybag_registry_lock; read under RCU by the panic wipe)
 * @rcu: frees it
 * @number: of those taken in it is the so many'th, since the module is there; constant
 * @listed: in the registry (keybag_registry_lock)
 * @uuid: constant
 * @type: enum keybag_type, constant
 * @owner: constant; INVALID_UID for a system bag; of a backup keybag the uid that it was made or
 *	opened for
 *
 * @rwsem: see above
 * @stay_wait: those that wait until a stay may begin
 * @gone: unloaded or evicted, for good (rwsem to change)
 * @state: enum kb_state (rwsem to change; event_lock for a consistent status)
 * @lock_round: keybag_lock_all() that passed it last in its first round (rwsem to change)
 * @full_lock_round: the same of those that were full locks: others leave keys that it takes away
 * @can_lock: false without passcode and for a system bag (rwsem)
 * @slots: by class number
 *
 * @try_id: the try begun, 0: none; a command that tries a secret takes it, lock clears it
 * @try_running: the try whose secret is being tried, 0: none, or a lock came since (control to set)
 * @pending: a prepared change, or NULL (control or a stay to read; control and rwsem for writing to
 *	change)
 * @record_dirty: enum keybag_record_state
 *
 * @control: see above
 * @sealed: the sealed form in effect (control or a stay to read; control and rwsem for writing to
 *	change)
 * @record_read: sequence of the record READ_RECORD returned last (control)
 * @rollback: guesses, record and the generation floor, constant; what is in it: control. That of a
 *	backup keybag is its own, and empty
 *
 * @event_lock: see above
 * @event_wait: readers of events
 * @child_count: open child keys, at most KEYBAG_MAX_BAG_CHILDREN of descriptors bound without and
 *	with CAP_SYS_ADMIN each: their ciphers are memory that is charged to nobody
 * @state_seq: number of the last transition (event_lock)
 * @wake_work: wakes @event_wait, with a reference (event.c)
 * @notice: in a queue of bags in-kernel users are to be told of (event.c)
 * @next_notice: state_seq of the event they are told of next (event.c)
 * @events: ring by state_seq % KEYBAG_EVENT_HISTORY (event_lock)
 */
struct keybag_bag {
	struct kref refs;
	struct list_head list;
	struct rcu_head rcu;
	u64 number;
	bool listed;
	u8 uuid[KB_UUID_SIZE];
	u32 type;
	kuid_t owner;

	struct rw_semaphore rwsem;
	wait_queue_head_t stay_wait;
	bool gone;
	enum kb_state state;
	u64 lock_round;
	u64 full_lock_round;
	bool can_lock;
	struct keybag_slot slots[KB_CLASS_SLOTS];

	atomic64_t try_id;
	atomic64_t try_running;
	struct keybag_pending *pending;
	atomic_t record_dirty;

	struct mutex control;		/* form, record, guesses, pending change */
	struct keybag_sealed_form sealed;
	u64 record_read;
	struct keybag_rollback *rollback;

	spinlock_t event_lock;		/* events; slot->children in stays */
	wait_queue_head_t event_wait;
	atomic_t child_count[2];
	u64 state_seq;
	struct work_struct wake_work;
	struct list_head notice;
	u64 next_notice;
	struct keybag_event events[KEYBAG_EVENT_HISTORY];
};

/*
 * A bag of that form, which becomes its own, locked and empty; takes effect by
 * keybag_registry_add().
 */
struct keybag_bag *keybag_bag_new(struct keybag_sealed_form *sealed);

struct keybag_bag *keybag_bag_get(struct keybag_bag *bag);
void keybag_bag_put(struct keybag_bag *bag);

/* Whether the caller may bind to it: the owner by euid, or CAP_SYS_ADMIN (initial ns). */
bool keybag_bag_permitted(const struct keybag_bag *bag);

/* Wipes what @state does not allow: class keys and their children. Call with rwsem for writing. */
void keybag_bag_wipe(struct keybag_bag *bag, enum kb_state state);

/* Wipes all of them. Call with rwsem for writing. */
void keybag_bag_wipe_all(struct keybag_bag *bag);

/* Wipes a class key and its children. Call with rwsem for writing. */
void keybag_slot_wipe(struct keybag_slot *slot);

#endif /* _KEYBAG_BAG_H */
