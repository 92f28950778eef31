// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states, and what leads out of each:
 *
 *   none      no follower was registered, or it ended
 *             keybag_follow(): followed.
 *   followed  registered and renewed
 *             keybag_follower_release(): waiting; follower_expire(): lost; follower_end(): none
 *   waiting   closed; or lost, and something was unlocked since
 *             keybag_follow(): followed; follower_expire(): lost.
 *   lost      everything that can lock was locked
 *             keybag_follow(): followed; keybag_follower_unlocked(): waiting
 */
#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "../compat.h"
#include "follower.h"
#include "lock.h"

/* Innermost of all: nothing is taken under it, but by the timer's own code. */
static DEFINE_SPINLOCK(follower_lock);
static bool follower_wanted;		/* not "none" (follower_lock) */
static const struct file *follower;	/* "followed": who; never dereferenced (follower_lock) */
static bool follower_pending;		/* "followed" or "waiting" (follower_lock) */
static ktime_t follower_deadline;	/* of CLOCK_MONOTONIC, while pending (follower_lock) */

/* To the nanosecond: the timer wheel of a delayed work is late by up to an eighth. */
static struct hrtimer follower_timer;
static struct work_struct follower_work;

/* Memory may be why the daemon died, so with a rescuer; and not behind who is busy. */
static struct workqueue_struct *follower_queue;

static void follower_wait(void)
{
	lockdep_assert_held(&follower_lock);
	follower_pending = true;
	follower_deadline = ktime_add_ns(ktime_get(), KEYBAG_FOLLOW_TIMEOUT_NS);
	hrtimer_start(&follower_timer, follower_deadline, HRTIMER_MODE_ABS);
}

static enum hrtimer_restart follower_fire(struct hrtimer *timer)
{
	queue_work(follower_queue, &follower_work);
	return HRTIMER_NORESTART;
}

/* The timer may have fired for a deadline that was moved since. */
static void follower_expire(struct work_struct *work)
{
	bool over = false;

	spin_lock(&follower_lock);
	if (follower_pending && ktime_before(ktime_get(), follower_deadline)) {
		hrtimer_start(&follower_timer, follower_deadline, HRTIMER_MODE_ABS);
	} else if (follower_pending) {
		over = true;
		follower_pending = false;
		follower = NULL;
	}
	spin_unlock(&follower_lock);
	if (!over)
		return;

	keybag_lock_all(false, KEYBAG_REASON_FOLLOWER, NULL);
	pr_notice("keybag: keybagd was not heard of for 30 s: what can lock is locked\n");
}

static int follower_end(const struct file *filp)
{
	int err = 0;

	spin_lock(&follower_lock);
	if (follower == filp) {
		follower = NULL;
		follower_wanted = false;
		follower_pending = false;
	} else {
		err = -ENOENT;
	}
	spin_unlock(&follower_lock);
	/* Nobody is left to lock the keybags that it would have locked. */
	if (!err)
		keybag_lock_all(false, KEYBAG_REASON_FOLLOWER, NULL);
	return err;
}

int keybag_follow(const struct file *filp, struct keybag_follow *args)
{
	if (args->flags & ~KEYBAG_FOLLOW_END || args->reserved)
		return -EINVAL;
	args->timeout_ns = KEYBAG_FOLLOW_TIMEOUT_NS;
	if (args->flags & KEYBAG_FOLLOW_END)
		return follower_end(filp);

	spin_lock(&follower_lock);
	follower = filp;
	follower_wanted = true;
	follower_wait();
	spin_unlock(&follower_lock);
	return 0;
}

void keybag_follower_release(const struct file *filp)
{
	spin_lock(&follower_lock);
	if (follower == filp)
		follower = NULL;
	spin_unlock(&follower_lock);
}

void keybag_follower_unlocked(void)
{
	spin_lock(&follower_lock);
	/* Not where it waits already: unlocking does not put off what others wait for. */
	if (follower_wanted && !follower_pending)
		follower_wait();
	spin_unlock(&follower_lock);
}

u32 keybag_follower_flags(void)
{
	u32 flags = 0;

	spin_lock(&follower_lock);
	if (follower_wanted)
		flags = follower ? KEYBAG_VERSION_FOLLOWED : KEYBAG_VERSION_FOLLOWER_LOST;
	spin_unlock(&follower_lock);
	return flags;
}

int keybag_follower_init(void)
{
	follower_queue = alloc_workqueue("keybag", WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 1);
	if (!follower_queue)
		return -ENOMEM;
	INIT_WORK(&follower_work, follower_expire);
	hrtimer_setup(&follower_timer, follower_fire, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	return 0;
}

void keybag_follower_exit(void)
{
	/* The work starts the timer only while it is pending. */
	spin_lock(&follower_lock);
	follower_pending = false;
	spin_unlock(&follower_lock);
	hrtimer_cancel(&follower_timer);
	destroy_workqueue(follower_queue);
}
