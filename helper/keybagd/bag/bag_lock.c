// SPDX-License-Identifier: GPL-2.0-or-later
#include "bag_lock.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bag_events.h"
#include "daemon/log.h"
#include "keybagd/config/config.h"
#include "keybagd/kernel/device_ioctl.h"
#include "queue.h"

static struct keybag_requester daemon_itself(void)
{
	return (struct keybag_requester){ .uid = geteuid(), .pid = (uint32_t)getpid() };
}

/* Whether it is open, and can lock. A module of another version cannot be asked: any may be. */
static bool is_open(const struct bag *bag)
{
	struct keybag_status status;

	if (device_ioctl_is_foreign())
		return true;
	return device_ioctl_status(bag->uuid, &status) == 0 && status.state == KEYBAG_STATE_UNLOCKED &&
	       status.flags & KEYBAG_STATUS_PASSCODE;
}

static void bag_lock_one(struct bag *bag, uint32_t reason, const char *why)
{
	struct keybag_lock command = { .reason = reason, .requester = daemon_itself() };
	bool was_open = is_open(bag);
	char label[320];
	int result;

	/* One that is about to be unlocked by a request from before is not left open either. */
	queue_void_unlocks(bag);
	memcpy(command.uuid, bag->uuid, sizeof(command.uuid));
	/* One that is closed, too: the kernel voids a try that was begun, whose key may still be in the making. */
	result = device_ioctl(KEYBAG_IOC_LOCK, &command);
	/* Without a module, not in the kernel, gone from it, without a passcode: it has nothing to lock. */
	if (result == -ENXIO || result == -ENOENT || result == -EKEYREVOKED || result == -EOPNOTSUPP)
		return;
	bag_label(bag, label, sizeof(label));
	if (result < 0)
		log_error("%s could not be locked: %s", label, keybag_error_text(result));
	else if (was_open)
		log_info("%s: %s", label, why);
	bag_events_read(bag);
}

void bag_lock_owner(uid_t owner, uint32_t reason, const char *why)
{
	struct bag *bag, *next;

	/* One that is not loaded may be waiting for its first unlock, which is void as well. */
	for (bag = bag_first(); bag; bag = next) {
		next = bag->next;
		if (bag->type == KEYBAG_TYPE_USER && bag->owner == owner)
			bag_lock_one(bag, reason, why);
	}
}

void bag_lock_late(struct bag *bag, const char *why)
{
	bag_lock_one(bag, KEYBAG_REASON_REQUEST, why);
}

int bag_lock_all(uint32_t reason)
{
	struct keybag_lock command = {
		.flags = KEYBAG_LOCK_ALL,
		.reason = reason,
		.requester = daemon_itself(),
	};
	int result;

	queue_void_unlocks(NULL);
	result = device_ioctl(KEYBAG_IOC_LOCK, &command);
	bag_events_read_all();
	return result;
}

uint64_t bag_lock_open_since(uid_t owner)
{
	const struct bag *bag;
	uint64_t first = 0;

	for (bag = bag_first(); bag; bag = bag->next)
		if (bag->loaded && bag->type == KEYBAG_TYPE_USER && bag->owner == owner && bag->open_since_ns &&
		    (!first || bag->open_since_ns < first))
			first = bag->open_since_ns;
	return first;
}

static uint32_t shorter(uint32_t one, uint32_t other)
{
	return !one || (other && other < one) ? other : one;
}

uint32_t bag_lock_after_idle(uid_t owner)
{
	uint32_t seconds = config.lock_after_idle;
	const struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next)
		if (bag->type == KEYBAG_TYPE_USER && (bag->owner == owner || owner == BAG_LOCK_ANYBODY))
			seconds = shorter(seconds, bag->lock_after_idle);
	return seconds;
}
