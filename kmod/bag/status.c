// SPDX-License-Identifier: GPL-2.0-only
#include <linux/string.h>
#include "bag.h"
#include "registry.h"
#include "rollback.h"
#include "status.h"
#include "stay.h"

static u32 protector_flags(const struct kb_form *form)
{
	u32 flags = 0;
	u32 i;

	for (i = 0; i < form->protector_count; i++) {
		switch (form->protectors[i].kind) {
		case KB_PROTECTOR_PASSCODE:
			flags |= KEYBAG_STATUS_PASSCODE;
			break;
		case KB_PROTECTOR_RECOVERY:
			flags |= KEYBAG_STATUS_RECOVERY;
			break;
		case KB_PROTECTOR_ESCROW:
			flags |= KEYBAG_STATUS_ESCROW;
			break;
		case KB_PROTECTOR_NONE:
			break;
		}
	}
	if (form->recovery_choice == KB_RECOVERY_CONFIRMED)
		flags |= KEYBAG_STATUS_RECOVERY_CONFIRMED;
	if (form->recovery_choice == KB_RECOVERY_REFUSED)
		flags |= KEYBAG_STATUS_RECOVERY_REFUSED;
	if (form->hardware != KB_HARDWARE_NONE)
		flags |= KEYBAG_STATUS_HARDWARE;
	if (kb_form_login_verified(form))
		flags |= KEYBAG_STATUS_LOGIN_VERIFIED;
	return flags;
}

/*
 * Fills in the fields that control commands change. Form and pending change are written under the
 * write side only; each number of the guesses is read by itself. So nobody who may ask for the
 * status can hold those commands up by not getting a processor. Call in a stay.
 */
static void fill_control(struct keybag_bag *bag, struct keybag_status *status)
{
	const struct kb_form *form = bag->sealed.form;

	memcpy(status->uuid, bag->uuid, sizeof(status->uuid));
	status->owner = form->owner;
	status->type = form->type;
	status->bag_generation = form->generation;
	status->retry_after_ns = keybag_throttle_wait(&bag->rollback->throttle);
	status->failures = READ_ONCE(bag->rollback->throttle.failures);
	status->flags = protector_flags(form);
	if (READ_ONCE(bag->rollback->throttle.assumed))
		status->flags |= KEYBAG_STATUS_FAILURES_ASSUMED;
	if (bag->pending)
		status->flags |= KEYBAG_STATUS_PENDING;
	if (atomic_read(&bag->record_dirty) != KEYBAG_RECORD_CLEAN)
		status->flags |= KEYBAG_STATUS_RECORD_DIRTY;
}

/* Call in a stay. */
static void fill_state(struct keybag_bag *bag, struct keybag_status *status)
{
	const struct keybag_event *last;
	unsigned int class;

	for (class = 0; class < KB_CLASS_SLOTS; class++) {
		if (bag->slots[class].key_generation)
			status->classes_present |= KEYBAG_CLASS_BIT(class);
		if (keybag_class_key_ready(&bag->slots[class].key))
			status->classes_available |= KEYBAG_CLASS_BIT(class);
	}
	spin_lock(&bag->event_lock);
	last = &bag->events[bag->state_seq % KEYBAG_EVENT_HISTORY];
	status->state = last->state;
	status->reason = last->reason;
	status->state_seq = last->state_seq;
	status->state_time_ns = last->time_ns;
	status->requester = last->requester;
	spin_unlock(&bag->event_lock);
}

int keybag_bag_status(struct keybag_bag *bag, struct keybag_status *status)
{
	int err;

	memset(status, 0, sizeof(*status));
	keybag_stay_begin(bag);
	err = bag->gone ? -EKEYREVOKED : 0;
	fill_control(bag, status);
	fill_state(bag, status);
	keybag_stay_end(bag);
	return err;
}

int keybag_control_status(struct keybag_status *args)
{
	struct keybag_bag *bag = keybag_bag_by_uuid(args->uuid);
	int err;

	if (!bag)
		return -ENOENT;
	err = keybag_bag_status(bag, args);
	keybag_bag_put(bag);
	return err ? -ENOENT : 0;
}
