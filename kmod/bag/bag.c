// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "bag.h"
#include "pending.h"

/* The set of bags, the set of floors. */
DEFINE_MUTEX(keybag_registry_lock);

struct keybag_bag *keybag_bag_new(struct keybag_sealed_form *sealed)
{
	const struct kb_form *form = sealed->form;
	struct keybag_bag *bag = kzalloc(sizeof(*bag), GFP_KERNEL);
	unsigned int class;
	u32 i;

	if (!bag)
		return NULL;
	kref_init(&bag->refs);
	INIT_LIST_HEAD(&bag->list);
	INIT_LIST_HEAD(&bag->notice);
	memcpy(bag->uuid, form->uuid, KB_UUID_SIZE);
	bag->type = form->type;
	bag->owner = form->type == KB_FORM_SYSTEM ? INVALID_UID :
						    make_kuid(&init_user_ns, form->owner);
	init_rwsem(&bag->rwsem);
	init_waitqueue_head(&bag->stay_wait);
	bag->state = KB_STATE_BEFORE_FIRST_UNLOCK;
	bag->can_lock = form->type != KB_FORM_SYSTEM &&
			kb_form_protector_of(form, KB_PROTECTOR_PASSCODE);
	for (class = 0; class < KB_CLASS_SLOTS; class++)
		INIT_LIST_HEAD(&bag->slots[class].children);
	for (i = 0; i < form->class_key_count; i++)
		if (form->class_keys[i].copies)
			bag->slots[form->class_keys[i].class].key_generation =
				form->class_keys[i].key_generation;
	mutex_init(&bag->control);
	spin_lock_init(&bag->event_lock);
	init_waitqueue_head(&bag->event_wait);

	bag->sealed = *sealed;
	*sealed = (struct keybag_sealed_form){};
	return bag;
}

static void bag_release(struct kref *refs)
{
	struct keybag_bag *bag = container_of(refs, struct keybag_bag, refs);
	unsigned int class;

	/* Unload has wiped all; this is for a bag that was never taken in. */
	for (class = 0; class < KB_CLASS_SLOTS; class++)
		keybag_class_key_wipe(&bag->slots[class].key);
	keybag_pending_free(bag->pending);
	/* Others leave theirs behind, until reboot. */
	if (bag->type == KEYBAG_TYPE_BACKUP)
		kfree(bag->rollback);
	keybag_sealed_form_free(&bag->sealed);
	kfree_rcu(bag, rcu);
}

struct keybag_bag *keybag_bag_get(struct keybag_bag *bag)
{
	kref_get(&bag->refs);
	return bag;
}

void keybag_bag_put(struct keybag_bag *bag)
{
	kref_put(&bag->refs, bag_release);
}

static void wipe_children(struct list_head *children)
{
	struct keybag_child *child, *next;

	list_for_each_entry_safe(child, next, children, list) {
		/* In this order: a panic in between finds what is left. */
		keybag_class_key_wipe(&child->key);
		list_del_init(&child->list);
	}
}

void keybag_slot_wipe(struct keybag_slot *slot)
{
	keybag_class_key_wipe(&slot->key);
	wipe_children(&slot->children);
}

void keybag_bag_wipe(struct keybag_bag *bag, enum kb_state state)
{
	unsigned int i;

	lockdep_assert_held_write(&bag->rwsem);
	for (i = 0; i < kb_class_count; i++)
		if (!kb_state_allows(state, &kb_classes[i]))
			keybag_slot_wipe(&bag->slots[kb_classes[i].class]);
	if (state != KB_STATE_UNLOCKED)
		keybag_pending_wipe(bag->pending);
}

void keybag_bag_wipe_all(struct keybag_bag *bag)
{
	unsigned int class;

	lockdep_assert_held_write(&bag->rwsem);
	for (class = 0; class < KB_CLASS_SLOTS; class++)
		keybag_slot_wipe(&bag->slots[class]);
	keybag_pending_wipe(bag->pending);
}

bool keybag_bag_permitted(const struct keybag_bag *bag)
{
	if (bag->type == KEYBAG_TYPE_USER && current_user_ns() == &init_user_ns &&
	    uid_eq(current_euid(), bag->owner))
		return true;
	return capable(CAP_SYS_ADMIN);
}
