// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "api.h"
#include "device_key.h"
#include "event.h"
#include "pending.h"
#include "registry.h"

/* The set of bags, the set of floors. */
DEFINE_MUTEX(keybag_registry_lock);
LIST_HEAD(keybag_bags);
static unsigned int bag_count;	/* keybag_registry_lock */

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

static bool has_uuid(const struct keybag_bag *bag, const void *what)
{
	return !memcmp(bag->uuid, what, KB_UUID_SIZE);
}

static bool has_owner(const struct keybag_bag *bag, const void *what)
{
	return bag->type == KEYBAG_TYPE_USER && uid_eq(bag->owner, *(const kuid_t *)what);
}

static bool is_system(const struct keybag_bag *bag, const void *what)
{
	return bag->type == KEYBAG_TYPE_SYSTEM;
}

struct keybag_bag *keybag_bag_by_uuid(const u8 *uuid)
{
	return find(has_uuid, uuid);
}

struct keybag_bag *keybag_bag_by_owner(kuid_t owner)
{
	return find(has_owner, &owner);
}

struct keybag_bag *keybag_bag_system(void)
{
	return find(is_system, NULL);
}

static struct keybag_bag *find_locked(const u8 *uuid)
{
	struct keybag_bag *bag;

	list_for_each_entry(bag, &keybag_bags, list)
		if (has_uuid(bag, uuid))
			return bag;
	return NULL;
}

/* Counts on from what is remembered, or from what was saved. */
static void restore_wraps(struct keybag_bag *bag, bool known, const struct kb_record *record)
{
	const struct keybag_floor *floor = bag->floor;
	unsigned int class;

	for (class = 0; class < KB_CLASS_SLOTS; class++) {
		u32 key_generation = bag->slots[class].key_generation;
		u64 count = 0;

		if (!key_generation)
			continue;
		if (known && floor->wraps[class].key_generation == key_generation)
			count = floor->wraps[class].count;
		else if (record && record->wraps[class].key_generation == key_generation)
			count = (u64)record->wraps[class].steps * KB_RECORD_WRAP_STEP;
		atomic64_set(&bag->slots[class].wraps, count);
	}
}

static void remember_wraps(struct keybag_bag *bag)
{
	struct keybag_floor *floor = bag->floor;
	unsigned int class;

	for (class = 0; class < KB_CLASS_SLOTS; class++) {
		floor->wraps[class].key_generation = bag->slots[class].key_generation;
		floor->wraps[class].count = atomic64_read(&bag->slots[class].wraps);
	}
}

int keybag_registry_add(struct keybag_bag *bag, struct keybag_floor **fresh,
			const struct kb_record *record, u64 record_sequence)
{
	u64 generation = bag->sealed.form->generation;
	struct keybag_floor *floor;
	bool known;
	int err = 0;

	mutex_lock(&keybag_registry_lock);
	floor = keybag_floor_find(bag->uuid);
	known = floor;
	if (find_locked(bag->uuid))
		err = -EEXIST;
	else if (known && generation < floor->generation)
		err = -ESTALE;
	else if (bag_count >= KEYBAG_MAX_BAGS)
		err = -EDQUOT;
	else if (!known)
		err = keybag_floor_add(*fresh);
	if (err)
		goto out;

	if (!known) {
		floor = *fresh;
		*fresh = NULL;
		memcpy(floor->uuid, bag->uuid, KB_UUID_SIZE);
		keybag_guess_start(&floor->guess, record);
	}
	WRITE_ONCE(floor->generation, generation);
	floor->record_sequence = max(floor->record_sequence, record_sequence);
	bag->floor = floor;
	restore_wraps(bag, known, record);
	list_add_tail_rcu(&keybag_bag_get(bag)->list, &keybag_bags);
	bag_count++;
out:
	mutex_unlock(&keybag_registry_lock);
	return err;
}

/* Takes it out; drops the registry's reference. */
static void unload_locked(struct keybag_bag *bag, u32 reason,
			  const struct keybag_requester *requester)
{
	struct keybag_pending *pending;

	lockdep_assert_held(&keybag_registry_lock);
	mutex_lock(&bag->control);
	down_write(&bag->rwsem);
	WRITE_ONCE(bag->gone, true);
	atomic64_set(&bag->try_id, 0);
	keybag_bag_wipe_all(bag);
	pending = bag->pending;
	bag->pending = NULL;
	keybag_event_publish(bag, KEYBAG_STATE_GONE, reason, requester);
	up_write(&bag->rwsem);

	remember_wraps(bag);
	keybag_pending_free(pending);
	list_del_rcu(&bag->list);
	bag_count--;
	mutex_unlock(&bag->control);
	keybag_bag_put(bag);
}

void keybag_registry_remove(struct keybag_bag *bag, u32 reason,
			    const struct keybag_requester *requester)
{
	mutex_lock(&keybag_registry_lock);
	if (!bag->gone)
		unload_locked(bag, reason, requester);
	mutex_unlock(&keybag_registry_lock);
	keybag_notify();
}

int keybag_unload(struct keybag_unload *args)
{
	struct keybag_bag *bag = keybag_bag_by_uuid(args->uuid);

	if (!bag)
		return -ENOENT;
	keybag_registry_remove(bag, KEYBAG_REASON_UNLOAD, &args->requester);
	keybag_bag_put(bag);
	return 0;
}

void keybag_evict_all(u32 reason, const struct keybag_requester *requester)
{
	struct keybag_bag *bag, *next;

	/* Without a device key no command can bring a bag in while the others go. */
	down_write(&keybag_device_lock);
	keybag_device_key_wipe();
	mutex_lock(&keybag_registry_lock);
	list_for_each_entry_safe(bag, next, &keybag_bags, list)
		unload_locked(bag, reason, requester);
	mutex_unlock(&keybag_registry_lock);
	up_write(&keybag_device_lock);
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
