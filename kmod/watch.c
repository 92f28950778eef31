// SPDX-License-Identifier: GPL-2.0-only
#include <linux/uaccess.h>
#include "file.h"
#include "watch.h"

/* Call with bag->event_lock held. */
static bool last_is_gone(const struct keybag_bag *bag)
{
	return bag->events[bag->state_seq % KEYBAG_EVENT_HISTORY].state == KEYBAG_STATE_GONE;
}

u64 keybag_event_last(struct keybag_bag *bag)
{
	u64 last;

	spin_lock(&bag->event_lock);
	last = bag->state_seq;
	spin_unlock(&bag->event_lock);
	return last;
}

bool keybag_event_find(struct keybag_bag *bag, u64 next, struct keybag_event *event)
{
	bool found;

	spin_lock(&bag->event_lock);
	found = next <= bag->state_seq;
	if (found) {
		if (bag->state_seq - next >= KEYBAG_EVENT_HISTORY)
			next = bag->state_seq - KEYBAG_EVENT_HISTORY + 1;
		*event = bag->events[next % KEYBAG_EVENT_HISTORY];
	}
	spin_unlock(&bag->event_lock);
	return found;
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

/* As many events as wait and fit. */
static ssize_t read_events(struct keybag_file *file, struct keybag_bag *bag, char __user *buffer,
			   size_t size)
{
	struct keybag_event event;
	size_t done;

	for (done = 0; size - done >= sizeof(event); done += sizeof(event)) {
		if (!keybag_event_find(bag, file->next_event, &event))
			break;
		if (copy_to_user(buffer + done, &event, sizeof(event)))
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
	if (size < sizeof(struct keybag_event))
		return -EINVAL;
	bag = file->access.bag;

	do {
		if (!readable(file, bag) && !at_end(file, bag)) {
			if (filp->f_flags & O_NONBLOCK)
				return -EAGAIN;
			if (wait_event_interruptible(bag->event_wait, readable(file, bag) ||
						     at_end(file, bag)))
				return -ERESTARTSYS;
		}
		if (mutex_lock_interruptible(&file->read_lock))
			return -ERESTARTSYS;
		result = read_events(file, bag, buffer, size);
		mutex_unlock(&file->read_lock);
		/* Another reader was faster. */
	} while (!result && !at_end(file, bag));
	return result ?: -EKEYREVOKED;
}

__poll_t keybag_watch_poll(struct file *filp, poll_table *table)
{
	struct keybag_file *file = filp->private_data;
	struct keybag_bag *bag;
	__poll_t mask = 0;

	if (!keybag_file_bound(file))
		return EPOLLERR;
	bag = file->access.bag;
	poll_wait(filp, &bag->event_wait, table);

	spin_lock(&bag->event_lock);
	if (READ_ONCE(file->next_event) <= bag->state_seq)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (last_is_gone(bag))
		mask |= EPOLLHUP;
	spin_unlock(&bag->event_lock);
	if (file->privileged && atomic_read(&bag->record_dirty) != KEYBAG_RECORD_CLEAN)
		mask |= EPOLLPRI;
	return mask;
}
