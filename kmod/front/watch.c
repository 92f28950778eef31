// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/uaccess.h>
#include "../bag/event.h"
#include "../compat.h"
#include "../data/file.h"
#include "watch.h"

/* Call with bag->event_lock held. */
static bool last_is_gone(const struct keybag_bag *bag)
{
	return bag->events[bag->state_seq % KEYBAG_EVENT_HISTORY].state == KEYBAG_STATE_GONE;
}

/* Nothing more will come: "gone" was the last event, and was read. */
static bool at_end(const struct keybag_file *file, struct keybag_bag *bag)
{
	bool end;

	spin_lock(&bag->event_lock);
	end = READ_ONCE(file->next_event) > bag->state_seq && last_is_gone(bag);
	spin_unlock(&bag->event_lock);
	return end;
}

static bool readable(const struct keybag_file *file, struct keybag_bag *bag)
{
	return READ_ONCE(file->next_event) <= keybag_event_last(bag);
}

/* 0, or why the descriptor may not watch, or not any longer. */
static int check(const struct keybag_file *file)
{
	u32 rights;

	if (keybag_access_expired(&file->access))
		return -EKEYEXPIRED;
	rights = READ_ONCE(keybag_access_grant(&file->access)->rights);
	return rights & KEYBAG_RIGHT_WATCH ? 0 : -EACCES;
}

static bool may_go_on(const struct keybag_file *file, struct keybag_bag *bag)
{
	return readable(file, bag) || at_end(file, bag) || check(file);
}

static enum hrtimer_restart on_expiry(struct hrtimer *timer)
{
	struct keybag_file *file = container_of(timer, struct keybag_file, expiry);

	/* Not from here: many may wait, and many clones end now. */
	keybag_event_wake_soon(file->access.bag);
	return HRTIMER_NORESTART;
}

/* The end of a clone's time has to wake who waits. It goes on while the machine sleeps. */
static void start_expiry(struct keybag_file *file)
{
	mutex_lock(&file->lock);
	if (!file->expiry_set)
		hrtimer_setup(&file->expiry, on_expiry, CLOCK_BOOTTIME, HRTIMER_MODE_ABS);
	file->expiry_set = true;
	if (!hrtimer_active(&file->expiry))
		hrtimer_start(&file->expiry, ns_to_ktime(file->access.deadline), HRTIMER_MODE_ABS);
	mutex_unlock(&file->lock);
}

/* Until there is something to read, or never will be. Returns 0, to look again, or -ERESTARTSYS. */
static int wait(struct keybag_file *file, struct keybag_bag *bag)
{
	if (file->access.deadline)
		start_expiry(file);
	return wait_event_interruptible(bag->event_wait, may_go_on(file, bag));
}

/* As many events as wait and fit. */
static ssize_t read_events(struct keybag_file *file, struct keybag_bag *bag, char __user *buffer,
			   size_t size)
{
	struct keybag_event event;
	size_t done;

	for (done = 0; size - done >= KEYBAG_EVENT_SIZE_VER0; done += event.size) {
		/* A reader with room for the first version of one alone gets that much of it. */
		if (done && size - done < sizeof(event))
			break;
		if (!keybag_event_find(bag, file->next_event, &event))
			break;
		event.size = min_t(size_t, sizeof(event), size - done);
		if (copy_to_user(buffer + done, &event, event.size))
			return done ?: -EFAULT;
		WRITE_ONCE(file->next_event, event.state_seq + 1);
	}
	return done;
}

ssize_t keybag_watch_read(struct file *filp, char __user *buffer, size_t size, loff_t *offset)
{
	struct keybag_file *file = filp->private_data;
	struct keybag_bag *bag;
	ssize_t result;

	if (!keybag_file_bound(file))
		return -ENOTCONN;
	if (size < KEYBAG_EVENT_SIZE_VER0)
		return -EINVAL;
	bag = file->access.bag;

	for (;;) {
		result = check(file);
		if (result)
			return result;
		if (!readable(file, bag) && !at_end(file, bag)) {
			if (filp->f_flags & O_NONBLOCK)
				return -EAGAIN;
			result = wait(file, bag);
			if (result)
				return result;
			continue;
		}
		if (mutex_lock_interruptible(&file->read_lock))
			return -ERESTARTSYS;
		result = read_events(file, bag, buffer, size);
		mutex_unlock(&file->read_lock);
		if (result)
			return result;
		/* Unless another reader was faster. */
		if (at_end(file, bag))
			return -EKEYREVOKED;
	}
}

static int pass_on(struct wait_queue_entry *relay, unsigned int mode, int flags, void *key)
{
	struct keybag_file *file = container_of(relay, struct keybag_file, relay);

	/* All of them, as keybag_notify() does. */
	__wake_up(&file->poll_wait, mode, 0, key);
	return 0;
}

/* Only once it is polled: most clones are not. Call with the descriptor's lock, bound. */
static void start_relay(struct keybag_file *file)
{
	lockdep_assert_held(&file->lock);
	init_waitqueue_func_entry(&file->relay, pass_on);
	add_wait_queue(&file->access.bag->event_wait, &file->relay);
	WRITE_ONCE(file->relayed, true);
}

static void note_polled(struct keybag_file *file)
{
	mutex_lock(&file->lock);
	file->polled = true;
	if (file->access.bag && !file->relayed)
		start_relay(file);
	mutex_unlock(&file->lock);
}

void keybag_watch_bound(struct keybag_file *file)
{
	if (!file->polled)
		return;
	start_relay(file);
	/* There is an event to read. */
	wake_up_interruptible_all(&file->poll_wait);
}

void keybag_watch_end(struct keybag_file *file)
{
	if (file->relayed)
		remove_wait_queue(&file->access.bag->event_wait, &file->relay);
	if (file->expiry_set)
		hrtimer_cancel(&file->expiry);
}

__poll_t keybag_watch_poll(struct file *filp, poll_table *table)
{
	struct keybag_file *file = filp->private_data;
	struct keybag_bag *bag;
	__poll_t mask = 0;

	poll_wait(filp, &file->poll_wait, table);
	if (!READ_ONCE(file->relayed))
		note_polled(file);
	if (!keybag_file_bound(file))
		return EPOLLERR;
	bag = file->access.bag;
	if (check(file))
		return EPOLLERR;
	if (file->access.deadline)
		start_expiry(file);

	spin_lock(&bag->event_lock);
	if (READ_ONCE(file->next_event) <= bag->state_seq)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (last_is_gone(bag))
		mask |= EPOLLHUP;
	spin_unlock(&bag->event_lock);
	if (file->access.privileged && atomic_read(&bag->record_dirty) != KEYBAG_RECORD_CLEAN)
		mask |= EPOLLPRI;
	return mask;
}
