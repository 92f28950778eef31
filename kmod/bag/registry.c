// SPDX-License-Identifier: GPL-2.0-only
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../form/device_key.h"
#include "event.h"
#include "install.h"
#include "pending.h"
#include "registry.h"
#include "stay.h"

LIST_HEAD(keybag_bags);
static unsigned int bag_count;	/* keybag_registry_lock */
static u64 last_number;		/* keybag_registry_lock */

/* The first bag for which @matches is true, with a reference; or NULL. */
static struct keybag_bag *find(bool (*matches)(const struct keybag_bag *bag, const void *what),
			       const void *what)
{
	struct keybag_bag *bag;

	rcu_read_lock();
	list_for_each_entry_rcu(bag, &keybag_bags, list)
		if (matches(bag, what) && kref_get_unless_zero(&bag->refs))
			goto out;
	bag = NULL;
out:
	rcu_read_unlock();
	return bag;
}

/* Backup keybags are reached by their descriptor alone. */
static bool has_uuid(const struct keybag_bag *bag, const void *what)
{
	return bag->type != KEYBAG_TYPE_BACKUP && !memcmp(bag->uuid, what, KB_UUID_SIZE);
}

/* An eviction wipes bags for good before it takes them out of the list: those are nobody's. */
static bool is_present(const struct keybag_bag *bag)
{
	return !READ_ONCE(bag->gone);
}

static bool is_present_of_uuid(const struct keybag_bag *bag, const void *what)
{
	return is_present(bag) && has_uuid(bag, what);
}

static bool has_owner(const struct keybag_bag *bag, const void *what)
{
	return is_present(bag) && bag->type == KEYBAG_TYPE_USER &&
	       uid_eq(bag->owner, *(const kuid_t *)what);
}

static bool is_backup_of(const struct keybag_bag *bag, const void *what)
{
	return is_present(bag) && bag->type == KEYBAG_TYPE_BACKUP &&
	       uid_eq(bag->owner, *(const kuid_t *)what);
}

/* One that is there and not the one named. */
struct other_backup {
	kuid_t owner;
	const struct keybag_bag *but;
};

static bool is_other_backup(const struct keybag_bag *bag, const void *what)
{
	const struct other_backup *other = what;

	return bag != other->but && bag->number < (other->but ? other->but->number : U64_MAX) &&
	       is_backup_of(bag, &other->owner);
}

static bool is_system(const struct keybag_bag *bag, const void *what)
{
	return is_present(bag) && bag->type == KEYBAG_TYPE_SYSTEM;
}

struct keybag_bag *keybag_bag_by_uuid(const u8 *uuid)
{
	return find(is_present_of_uuid, uuid);
}

struct keybag_bag *keybag_bag_by_owner(kuid_t owner)
{
	return find(has_owner, &owner);
}

struct keybag_bag *keybag_backup_by_owner(kuid_t owner)
{
	return find(is_backup_of, &owner);
}

struct keybag_bag *keybag_bag_system(void)
{
	return find(is_system, NULL);
}

static bool comes_after(const struct keybag_bag *bag, const void *what)
{
	return bag->number > *(const u64 *)what;
}

/* By number, for the one before may have left the list. */
struct keybag_bag *keybag_bag_next(struct keybag_bag *previous)
{
	u64 number = previous ? previous->number : 0;

	if (previous)
		keybag_bag_put(previous);
	return find(comes_after, &number);
}

static struct keybag_bag *find_locked(const u8 *uuid)
{
	struct keybag_bag *bag;

	list_for_each_entry(bag, &keybag_bags, list)
		if (has_uuid(bag, uuid))
			return bag;
	return NULL;
}

bool keybag_registry_lists(const u8 *uuid)
{
	lockdep_assert_held(&keybag_registry_lock);
	return find_locked(uuid);
}

/*
 * A record tells how many steps have begun: the count was somewhere in the last. To go on from its
 * end would use up a whole step with the first wrap of each boot. From a place of chance the wraps
 * of many boots add up to what they were. But a limit that was reached stays so.
 */
static u64 wraps_of_record(u32 steps)
{
	u64 end = (u64)steps * KB_RECORD_WRAP_STEP;

	if (!steps || end == KEYBAG_MAX_OWNER_WRAPS || end >= KEYBAG_MAX_WRAPS)
		return end;
	return end - get_random_u32() % KB_RECORD_WRAP_STEP;
}

/* Counts on from what is remembered, or from what was saved. */
static void restore_wraps(struct keybag_bag *bag, bool known, const struct kb_record *record)
{
	const struct keybag_rollback *rollback = bag->rollback;
	unsigned int class;

	for (class = 0; class < KB_CLASS_SLOTS; class++) {
		u32 key_generation = bag->slots[class].key_generation;
		u64 count = 0;

		if (!key_generation)
			continue;
		if (known && rollback->wraps[class].key_generation == key_generation)
			count = rollback->wraps[class].count;
		else if (record && record->wraps[class].key_generation == key_generation)
			count = wraps_of_record(record->wraps[class].steps);
		atomic64_set(&bag->slots[class].wraps, count);
	}
}

static void remember_wraps(struct keybag_bag *bag)
{
	struct keybag_rollback *rollback = bag->rollback;
	unsigned int class;

	for (class = 0; class < KB_CLASS_SLOTS; class++) {
		rollback->wraps[class].key_generation = bag->slots[class].key_generation;
		rollback->wraps[class].count = atomic64_read(&bag->slots[class].wraps);
	}
}

/*
 * Lists the bag before it puts the ciphers into it, for a panic finds them in one place or the
 * other. Nobody else knows the bag yet, so its lock is not waited for.
 */
static void list_with_keys(struct keybag_bag *bag, struct keybag_workspace *workspace)
{
	bool locked = keybag_write_trylock(bag);

	WARN_ON_ONCE(!locked);
	bag->number = ++last_number;
	bag->listed = true;
	list_add_tail_rcu(&keybag_bag_get(bag)->list, &keybag_bags);
	bag_count++;
	keybag_install(bag, workspace);
	keybag_write_unlock(bag);
}

int keybag_registry_add(struct keybag_bag *bag, struct keybag_workspace *workspace,
			struct keybag_rollback **fresh, const struct kb_record *record,
			u64 record_sequence)
{
	struct keybag_rollback *rollback;
	bool known;
	int err = 0;

	mutex_lock(&keybag_registry_lock);
	rollback = keybag_rollback_find(bag->uuid);
	if (find_locked(bag->uuid))
		err = -EEXIST;
	else if (rollback && !keybag_rollback_accepts(rollback, &bag->sealed))
		err = -ESTALE;
	else if (bag_count >= KEYBAG_MAX_BAGS)
		err = -EDQUOT;
	else if (!rollback)
		err = keybag_rollback_add(fresh, bag->uuid, &rollback);
	if (err)
		goto out;

	known = rollback->loaded;
	if (!known)
		keybag_throttle_start(&rollback->throttle, record);
	else if (keybag_rollback_is_recovered(rollback, &bag->sealed))
		keybag_throttle_right(&rollback->throttle);
	rollback->loaded = true;
	keybag_rollback_raise(rollback, &bag->sealed);
	rollback->record_sequence = max(rollback->record_sequence, record_sequence);
	bag->rollback = rollback;
	restore_wraps(bag, known, record);
	list_with_keys(bag, workspace);
out:
	mutex_unlock(&keybag_registry_lock);
	return err;
}

int keybag_registry_add_backup(struct keybag_bag *bag, struct keybag_workspace *workspace)
{
	int err = 0;

	mutex_lock(&keybag_registry_lock);
	if (bag_count >= KEYBAG_MAX_BAGS)
		err = -EDQUOT;
	else
		list_with_keys(bag, workspace);
	mutex_unlock(&keybag_registry_lock);
	return err;
}

void keybag_registry_retire(struct keybag_bag *bag, u32 reason,
			    const struct keybag_requester *requester)
{
	if (bag->gone)
		return;
	WRITE_ONCE(bag->gone, true);
	atomic64_set(&bag->try_id, 0);
	atomic64_set(&bag->try_running, 0);
	keybag_bag_wipe_all(bag);
	keybag_event_publish(bag, KEYBAG_STATE_GONE, reason, requester);
}

/* Takes it out, retired; drops the registry's reference. Call with bag->control held. */
static void unlist(struct keybag_bag *bag)
{
	lockdep_assert_held(&bag->control);
	mutex_lock(&keybag_registry_lock);
	if (bag->listed) {
		remember_wraps(bag);
		list_del_rcu(&bag->list);
		bag->listed = false;
		bag_count--;
		keybag_bag_put(bag);
	}
	mutex_unlock(&keybag_registry_lock);
}

static void unload(struct keybag_bag *bag, u32 reason, const struct keybag_requester *requester)
{
	struct keybag_pending *pending = NULL;

	mutex_lock(&bag->control);
	keybag_write_lock(bag);
	keybag_registry_retire(bag, reason, requester);
	swap(pending, bag->pending);
	keybag_write_unlock(bag);

	/* It may be durable already. */
	if (pending)
		keybag_rollback_wait(bag->rollback, pending->sealed.identity, false);
	keybag_pending_free(pending);
	unlist(bag);
	mutex_unlock(&bag->control);
}

void keybag_registry_end_backups(kuid_t owner, const struct keybag_bag *but)
{
	const struct other_backup other = { .owner = owner, .but = but };
	struct keybag_bag *bag;

	while ((bag = find(is_other_backup, &other))) {
		unload(bag, KEYBAG_REASON_UNLOAD, NULL);
		keybag_bag_put(bag);
	}
}

void keybag_registry_remove(struct keybag_bag *bag, u32 reason,
			    const struct keybag_requester *requester)
{
	unload(bag, reason, requester);
	if (bag->type == KEYBAG_TYPE_USER)
		keybag_registry_end_backups(bag->owner, NULL);
	keybag_notify();
}

int keybag_unload(struct keybag_unload *args)
{
	/* One that is gone already, too: then its end is waited for. */
	struct keybag_bag *bag = find(has_uuid, args->uuid);

	if (!bag)
		return -ENOENT;
	keybag_registry_remove(bag, KEYBAG_REASON_UNLOAD, &args->requester);
	keybag_bag_put(bag);
	return 0;
}

void keybag_evict_all(u32 reason, const struct keybag_requester *requester)
{
	struct keybag_bag *bag = NULL;

	/* First what nobody uses, for commands under way may hold up what follows. */
	while ((bag = keybag_bag_next(bag))) {
		if (!keybag_write_trylock(bag))
			continue;
		keybag_registry_retire(bag, reason, requester);
		keybag_write_unlock(bag);
	}

	/*
	 * Then the others, still without a lock that a command under way may hold, so that no such
	 * command keeps any key in memory.
	 */
	while ((bag = keybag_bag_next(bag))) {
		keybag_write_lock(bag);
		keybag_registry_retire(bag, reason, requester);
		keybag_write_unlock(bag);
	}

	/* Without a device key no command can bring a bag in while the others go. */
	down_write(&keybag_device_lock);
	keybag_device_key_wipe();
	while ((bag = keybag_bag_next(bag)))
		unload(bag, reason, requester);
	up_write(&keybag_device_lock);
	keybag_throttle_forget();
	keybag_notify();
}

int keybag_evict(struct keybag_evict *args)
{
	if (args->reserved || args->reason != KEYBAG_REASON_EVICT)
		return -EINVAL;
	keybag_evict_all(args->reason, &args->requester);
	return 0;
}

int keybag_list(struct keybag_list *args)
{
	u32 capacity = min_t(u32, args->capacity, KEYBAG_MAX_BAGS);
	struct keybag_bag *bag;
	u32 count = 0;
	u8 *uuids;
	int err = 0;

	uuids = kvcalloc(capacity + 1, KB_UUID_SIZE, GFP_KERNEL);
	if (!uuids)
		return -ENOMEM;
	mutex_lock(&keybag_registry_lock);
	list_for_each_entry(bag, &keybag_bags, list) {
		if (bag->type == KEYBAG_TYPE_BACKUP)
			continue;
		if (count < capacity)
			memcpy(uuids + count * KB_UUID_SIZE, bag->uuid, KB_UUID_SIZE);
		count++;
	}
	mutex_unlock(&keybag_registry_lock);
	args->count = count;
	if (copy_to_user(u64_to_user_ptr(args->uuids), uuids, min(count, capacity) * KB_UUID_SIZE))
		err = -EFAULT;
	kvfree(uuids);
	return err;
}
