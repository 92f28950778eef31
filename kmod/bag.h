/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bag: lock state and class keys of one keybag.
 *
 * The core knows nothing of files or of struct key; file.c and key_type.c are thin front ends on it.
 *
 * Locks, outermost first:
 *   keybag_registry_lock (mutex)  the set of bags, floors, the device key
 *   bag->control (mutex)          one control command at a time; form, record, try, pending change
 *   bag->rwsem                    readers: one operation each. Writers: lock, unlock, unload.
 *   bag->event_lock (spinlock)    transitions and what waits for them; bag->children
 * Under rwsem nothing allocates, faults, sleeps on user memory or calls out.
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

/* Changes of state kept for readers that are slower than the lock. */
#define KEYBAG_EVENT_HISTORY	16

struct keybag_pending;		/* change.c: a prepared change */

/**
 * struct keybag_slot - one class of a bag
 * @key: its ciphers while available (bag->rwsem)
 * @key_generation: of the class key in effect, 0: no such class key (bag->rwsem)
 * @wraps: wraps under that generation; the record stores it in steps
 * @children: open child keys of this class (bag->event_lock to add; bag->rwsem for writing to take out)
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
 * @control: see above
 * @form_bytes: the sealed form in effect, kmalloc'ed (control)
 * @form_length: its length (control)
 * @form: view into @form_bytes, kmalloc'ed (control)
 * @failures: wrong secrets that count (control)
 * @not_before: boot clock, ns; no try before it (control)
 * @try_id: the try begun, 0: none (control; lock clears it)
 * @record_sequence: of the last record sealed (control)
 * @record_dirty: a record newer than the one last saved is wanted
 * @pending: a prepared change, or NULL (control)
 *
 * @event_lock: see above
 * @event_wait: readers of events
 * @state_seq: number of the last transition (event_lock)
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

	struct mutex control;
	u8 *form_bytes;
	size_t form_length;
	struct kb_form *form;
	u32 failures;
	u64 not_before;
	u64 try_id;
	u64 record_sequence;
	atomic_t record_dirty;
	struct keybag_pending *pending;

	spinlock_t event_lock;
	wait_queue_head_t event_wait;
	u64 state_seq;
	struct keybag_event events[KEYBAG_EVENT_HISTORY];
};

/*
 * registry.c. Each get returns a reference to put; NULL or ERR_PTR(-ENOENT) as said.
 */
struct keybag_bag *keybag_bag_by_uuid(const u8 *uuid);	/* or NULL */
struct keybag_bag *keybag_bag_by_owner(kuid_t owner);	/* the user bag of that uid, or NULL */
struct keybag_bag *keybag_bag_system(void);		/* or NULL */
struct keybag_bag *keybag_bag_get(struct keybag_bag *bag);
void keybag_bag_put(struct keybag_bag *bag);

/* Whether @cred may bind to the bag: its owner by euid, or CAP_SYS_ADMIN of the initial namespace. */
bool keybag_bag_permitted(const struct keybag_bag *bag);

/*
 * lock.c. Lock waits for operations in flight, wipes, publishes the event. @reason: KEYBAG_REASON_*.
 * @requester may be NULL: the kernel itself.
 */
int keybag_bag_lock(struct keybag_bag *bag, bool full, u32 reason,
		    const struct keybag_requester *requester);
void keybag_lock_all(bool full, u32 reason, const struct keybag_requester *requester);
void keybag_evict_all(u32 reason, const struct keybag_requester *requester);

/* Panic: overwrites every class key, child key and device subkey in place; takes no lock. */
void keybag_overwrite_all(void);

/*
 * Set between suspend-prepare and resume: unlock answers EBUSY (lock.c). The caller then locks all;
 * an unlock in flight either ends before that or sees the flag.
 */
void keybag_set_suspending(bool suspending);

/*
 * Takes one wrap under the class from its budget. Call under rwsem. @key_generation must be the one
 * in effect. Returns 0 or -EKEYEXPIRED at 2^32; marks the record dirty where a step is crossed.
 */
int keybag_slot_count_wrap(struct keybag_bag *bag, unsigned int class);

/* Fills all but rights, classes and domain. */
void keybag_bag_status(struct keybag_bag *bag, struct keybag_status *status);

#endif /* _KEYBAG_BAG_H */
