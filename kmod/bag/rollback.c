// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "bag.h"
#include "rollback.h"

static LIST_HEAD(rollbacks);
static unsigned int count;

/* Protects the generations and forms of all floors. The innermost lock. */
static DEFINE_SPINLOCK(forms_lock);

static DEFINE_MUTEX(hold_lock);
static bool removable;	/* the parameter (hold_lock) */
static bool wanted;	/* there is something to remember (hold_lock) */
static bool held;	/* we have a reference to ourselves (hold_lock) */

static void hold_settle(void)
{
	lockdep_assert_held(&hold_lock);
	/* It fails only where the module is going already. */
	if (wanted && !removable && !held) {
		held = try_module_get(THIS_MODULE);
	} else if (removable && held) {
		module_put(THIS_MODULE);
		held = false;
	}
}

/*
 * From now on there is something to remember: rmmod is refused, unless the parameter "removable" is
 * set.
 */
static void hold(void)
{
	mutex_lock(&hold_lock);
	wanted = true;
	hold_settle();
	mutex_unlock(&hold_lock);
}

static int hold_set(const char *value, const struct kernel_param *param)
{
	int err;

	mutex_lock(&hold_lock);
	err = param_set_bool(value, param);
	if (!err)
		hold_settle();
	mutex_unlock(&hold_lock);
	return err;
}

static const struct kernel_param_ops hold_param = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = hold_set,
	.get = param_get_bool,
};

module_param_cb(removable, &hold_param, &removable, 0644);
__MODULE_PARM_TYPE(removable, "bool");
MODULE_PARM_DESC(removable,
		 "the module may be removed, and forget delays and the newest form of each keybag");

struct keybag_rollback *keybag_rollback_find(const u8 *uuid)
{
	struct keybag_rollback *rollback;

	lockdep_assert_held(&keybag_registry_lock);
	list_for_each_entry(rollback, &rollbacks, list)
		if (!memcmp(rollback->uuid, uuid, KB_UUID_SIZE))
			return rollback;
	return NULL;
}

int keybag_rollback_add(struct keybag_rollback **fresh, const u8 *uuid,
			struct keybag_rollback **ret)
{
	struct keybag_rollback *rollback = *fresh;

	lockdep_assert_held(&keybag_registry_lock);
	if (count >= KEYBAG_MAX_FLOORS)
		return -EDQUOT;
	memcpy(rollback->uuid, uuid, KB_UUID_SIZE);
	list_add(&rollback->list, &rollbacks);
	count++;
	*fresh = NULL;
	*ret = rollback;
	hold();
	return 0;
}

bool keybag_rollback_seen(const u8 *uuid)
{
	bool seen;

	mutex_lock(&keybag_registry_lock);
	seen = keybag_rollback_find(uuid);
	mutex_unlock(&keybag_registry_lock);
	return seen;
}

static bool is(const u8 *identity, const struct keybag_sealed_form *sealed)
{
	return !memcmp(identity, sealed->identity, KEYBAG_FORM_IDENTITY);
}

bool keybag_rollback_accepts(struct keybag_rollback *rollback,
			     const struct keybag_sealed_form *sealed)
{
	u64 generation = sealed->form->generation;
	bool accepted;

	spin_lock(&forms_lock);
	accepted = generation >= rollback->generation &&
		   (generation > rollback->issued || is(rollback->form, sealed) ||
		    is(rollback->waiting, sealed));
	spin_unlock(&forms_lock);
	return accepted;
}

int keybag_rollback_issue(struct keybag_rollback *rollback, u64 generation, u64 *ret_generation)
{
	int err = 0;

	spin_lock(&forms_lock);
	generation = max(rollback->issued, generation);
	if (generation < KB_FORM_MAX_GENERATION)
		rollback->issued = generation + 1;
	else
		err = -EDQUOT;
	*ret_generation = rollback->issued;
	spin_unlock(&forms_lock);
	return err;
}

/* Call with forms_lock held. */
static void raise(struct keybag_rollback *rollback, const struct keybag_sealed_form *sealed)
{
	rollback->generation = sealed->form->generation;
	rollback->issued = max(rollback->issued, rollback->generation);
	memcpy(rollback->form, sealed->identity, KEYBAG_FORM_IDENTITY);
	memset(rollback->waiting, 0, sizeof(rollback->waiting));
	rollback->recovered = false;
}

void keybag_rollback_raise(struct keybag_rollback *rollback,
			   const struct keybag_sealed_form *sealed)
{
	spin_lock(&forms_lock);
	raise(rollback, sealed);
	spin_unlock(&forms_lock);
}

void keybag_rollback_see(struct keybag_rollback *rollback, const struct keybag_sealed_form *sealed)
{
	spin_lock(&forms_lock);
	if (sealed->form->generation > rollback->issued)
		raise(rollback, sealed);
	spin_unlock(&forms_lock);
}

void keybag_rollback_wait(struct keybag_rollback *rollback, const u8 *identity, bool recovered)
{
	spin_lock(&forms_lock);
	memcpy(rollback->waiting, identity, KEYBAG_FORM_IDENTITY);
	rollback->recovered = recovered;
	spin_unlock(&forms_lock);
}

bool keybag_rollback_is_recovered(struct keybag_rollback *rollback,
				  const struct keybag_sealed_form *sealed)
{
	bool recovered;

	spin_lock(&forms_lock);
	recovered = rollback->recovered && is(rollback->waiting, sealed);
	spin_unlock(&forms_lock);
	return recovered;
}

void keybag_rollback_pause(void)
{
	struct keybag_rollback *rollback;

	mutex_lock(&keybag_registry_lock);
	list_for_each_entry(rollback, &rollbacks, list)
		keybag_throttle_pause(&rollback->throttle);
	mutex_unlock(&keybag_registry_lock);
}

void keybag_rollback_resume(void)
{
	struct keybag_rollback *rollback;

	mutex_lock(&keybag_registry_lock);
	list_for_each_entry(rollback, &rollbacks, list)
		keybag_throttle_resume(&rollback->throttle);
	mutex_unlock(&keybag_registry_lock);
}

void keybag_rollback_exit(void)
{
	struct keybag_rollback *rollback, *next;

	list_for_each_entry_safe(rollback, next, &rollbacks, list)
		kfree_sensitive(rollback);
}
