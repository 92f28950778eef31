// SPDX-License-Identifier: GPL-2.0-only
/*
 * BIND: ties a descriptor to a bag.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/key.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include "../bag/event.h"
#include "../bag/registry.h"
#include "../data/usercopy.h"
#include "bind.h"
#include "key_type.h"
#include "watch.h"

/* Looks for the collector of keys to have come by, and the time between them: two seconds. */
#define COLLECTOR_TRIES	400
#define COLLECTOR_MS	5

/* The bag behind a handle the caller may search. */
static struct keybag_bag *by_serial(key_serial_t serial)
{
	key_ref_t ref = lookup_user_key(serial, 0, KEY_NEED_SEARCH);
	struct keybag_bag *bag;

	if (IS_ERR(ref))
		return ERR_CAST(ref);
	bag = keybag_key_bag(key_ref_to_ptr(ref));
	key_ref_put(ref);
	return bag;
}

/*
 * request_key() calls /sbin/request-key, which blocks, so nothing of ours is locked. Errors:
 * -EKEYREVOKED, where a handle of a bag that is gone, or a keyring that was revoked, is in the way.
 */
static struct keybag_bag *request_once(const char *description)
{
	struct keybag_bag *bag;
	struct key *key;

	key = request_key(&keybag_key_type, description, KEYBAG_KEY_CALLOUT);
	if (IS_ERR(key))
		/* Refused, or nobody there to ask. */
		return PTR_ERR(key) == -ENOKEY || PTR_ERR(key) == -EKEYREJECTED ?
			ERR_PTR(-ENOENT) : ERR_CAST(key);
	bag = keybag_key_bag(key);
	if (bag == ERR_PTR(-EKEYREVOKED))
		key_invalidate(key);
	key_put(key);
	return bag;
}

/*
 * Has the helper load the bag and make a handle for it. A handle left over from a bag that is gone
 * would be found in the place of a new one, and is removed; until the collector of keys has come
 * by, which runs at once, it is still found, as one that was revoked.
 */
static struct keybag_bag *by_upcall(const char *description)
{
	struct keybag_bag *bag = request_once(description);
	unsigned int tries;

	for (tries = 0; bag == ERR_PTR(-EKEYREVOKED) && tries < COLLECTOR_TRIES; tries++) {
		msleep_interruptible(COLLECTOR_MS);
		if (signal_pending(current))
			return ERR_PTR(-EINTR);
		bag = request_once(description);
	}
	return bag;
}

static struct keybag_bag *by_uid(u32 uid, bool upcall)
{
	kuid_t owner = make_kuid(&init_user_ns, uid);
	char description[KEYBAG_KEY_DESCRIPTION_MAX];
	struct keybag_bag *bag;

	if (!uid_valid(owner))
		return ERR_PTR(-EINVAL);
	/*
	 * Before the look-up: whether others have a bag is nobody's business, nor is its loading.
	 */
	if (!uid_eq(current_euid(), owner) && !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EACCES);

	bag = keybag_bag_by_owner(owner);
	if (bag)
		return bag;
	if (!upcall)
		return ERR_PTR(-ENOENT);
	snprintf(description, sizeof(description), KEYBAG_KEY_USER "%u", uid);
	return by_upcall(description);
}

static struct keybag_bag *by_uuid(const u8 *uuid)
{
	struct keybag_bag *bag = keybag_bag_by_uuid(uuid);

	return bag ?: ERR_PTR(-ENOENT);
}

static struct keybag_bag *by_system(bool upcall)
{
	struct keybag_bag *bag;

	if (!capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EACCES);
	bag = keybag_bag_system();
	if (bag)
		return bag;
	return upcall ? by_upcall(KEYBAG_KEY_SYSTEM) : ERR_PTR(-ENOENT);
}

/* Returns a reference. */
static struct keybag_bag *find(const struct keybag_bind *bind)
{
	bool upcall = !(bind->flags & KEYBAG_BIND_NO_UPCALL);

	switch (bind->by) {
	case KEYBAG_BIND_SERIAL:
		return by_serial(bind->serial);
	case KEYBAG_BIND_UID:
		return by_uid(bind->uid, upcall);
	case KEYBAG_BIND_UUID:
		return by_uuid(bind->uuid);
	case KEYBAG_BIND_SYSTEM:
		return by_system(upcall);
	default:
		return ERR_PTR(-EINVAL);
	}
}

/* Moving content by REWRAP, and child keys to seal what goes along; never UNWRAP or CLONE. */
#define BACKUP_RIGHTS	(KEYBAG_RIGHT_REWRAP | KEYBAG_RIGHT_WATCH | KEYBAG_RIGHT_CHILD_CREATE | \
			 KEYBAG_RIGHT_CHILD_OPEN | KEYBAG_RIGHT_CHILD_ENCRYPT | \
			 KEYBAG_RIGHT_CHILD_DECRYPT)

/* Takes over the reference to @bag, unless it fails. @deadline: boot clock, 0: none. */
static int bind_to(struct keybag_file *file, struct keybag_bag *bag, u32 rights, u64 deadline)
{
	struct keybag_access *access = &file->access;
	int error = 0;

	mutex_lock(&file->lock);
	if (access->bag) {
		error = -EEXIST;
	} else {
		access->grants[0].rights = rights;
		access->grants[0].classes = KEYBAG_CLASSES_ALL;
		access->deadline = deadline;
		access->limited = deadline;
		access->privileged = ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
		file->next_event = keybag_event_last(bag);
		/* Pairs with the acquire in keybag_file_bound(). */
		smp_store_release(&access->bag, bag);
		keybag_watch_bound(file);
	}
	mutex_unlock(&file->lock);
	return error;
}

int keybag_bind_backup(struct keybag_file *file, struct keybag_bag *bag, u64 lifetime_ns)
{
	return bind_to(file, bag, BACKUP_RIGHTS, ktime_get_boottime_ns() + lifetime_ns);
}

long keybag_bind(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_bind bind = {};
	struct keybag_bag *bag;
	int error;

	error = copy_struct_from_user(&bind, sizeof(bind), argument, size);
	if (error)
		return error;
	if (bind.flags & ~KEYBAG_BIND_NO_UPCALL ||
	    (bind.by != KEYBAG_BIND_SERIAL && bind.serial) ||
	    (bind.by != KEYBAG_BIND_UID && bind.uid) ||
	    (bind.by != KEYBAG_BIND_UUID && memchr_inv(bind.uuid, 0, sizeof(bind.uuid))))
		return -EINVAL;
	/* A uid of another namespace, or root there, is not who it seems. */
	if (current_user_ns() != &init_user_ns)
		return -EPERM;
	if (keybag_file_bound(file))
		return -EEXIST;

	bag = find(&bind);
	if (IS_ERR(bag))
		return PTR_ERR(bag);
	/* A handle may be searched by others than the owner of the bag. */
	error = keybag_bag_permitted(bag) ? 0 : -EACCES;
	memcpy(bind.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	/* Before it is bound, so that a failure leaves the descriptor as it was. */
	if (!error)
		error = keybag_copy_struct_to_user(argument, size, &bind, sizeof(bind));
	if (!error)
		error = bind_to(file, bag, KEYBAG_RIGHT_ALL, 0);
	if (error)
		keybag_bag_put(bag);
	return error;
}
