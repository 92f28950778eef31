// SPDX-License-Identifier: GPL-2.0-only
/*
 * The backstop for when nobody in user space said "lock".
 */
#include <linux/atomic.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/preempt.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/sched/mm.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>
#include "../bag/lock.h"
#include "../bag/registry.h"
#include "../bag/rollback.h"
#include "../bag/throttle.h"
#include "../crypto/burn.h"
#include "../form/device_key.h"
#include "power.h"

/*
 * Runs while user space still does, so unlock is refused from here on. RAM is written to disk by
 * hibernation, and overwritten from there by a restore: neither is to meet a key. The machine can
 * be suspended while a program holds /dev/snapshot open, so the end of each is its own.
 */
static int on_suspend(struct notifier_block *notifier, unsigned long action, void *unused)
{
	switch (action) {
	case PM_SUSPEND_PREPARE:
		keybag_set_suspending(KEYBAG_SLEEP_SUSPEND, true);
		keybag_lock_all(false, KEYBAG_REASON_SUSPEND, NULL);
		keybag_throttle_forget();
		break;
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		keybag_set_suspending(KEYBAG_SLEEP_HIBERNATION, true);
		keybag_device_key_refuse(KEYBAG_REFUSED_HIBERNATION, true);
		keybag_evict_all(KEYBAG_REASON_HIBERNATE, NULL);
		keybag_rollback_pause();
		break;
	case PM_POST_SUSPEND:
		keybag_set_suspending(KEYBAG_SLEEP_SUSPEND, false);
		break;
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		keybag_rollback_resume();
		keybag_device_key_refuse(KEYBAG_REFUSED_HIBERNATION, false);
		keybag_set_suspending(KEYBAG_SLEEP_HIBERNATION, false);
		break;
	}
	return NOTIFY_DONE;
}

/* Restart, halt, power off, and kexec, whose new kernel would find the keys where they were. */
static int on_reboot(struct notifier_block *notifier, unsigned long action, void *unused)
{
	keybag_device_key_refuse(KEYBAG_REFUSED_REBOOT, true);
	keybag_evict_all(KEYBAG_REASON_REBOOT, NULL);
	return NOTIFY_DONE;
}

/*
 * In any context, with other processors stopped wherever they were. A crash kernel that is booted
 * before the notifiers run finds the keys: see crash_kexec_post_notifiers.
 */
static int on_panic(struct notifier_block *notifier, unsigned long action, void *unused)
{
	static atomic_t begun = ATOMIC_INIT(0);
	unsigned int flags;

	/* An oops in here would be a panic once more. */
	if (atomic_xchg(&begun, 1))
		return NOTIFY_DONE;
	/*
	 * The generic GCM allocates to set a key; nothing may be reclaimed for it, which sleeps.
	 * This is best effort: without memory the key stays, and where a stopped processor holds a
	 * lock of the allocator the machine hangs here.
	 */
	flags = memalloc_noreclaim_save();
	keybag_overwrite_all();
	memalloc_noreclaim_restore(flags);
	keybag_vectors_clear();
	return NOTIFY_DONE;
}

static void lock_copy(struct work_struct *work)
{
	keybag_lock_all(false, KEYBAG_REASON_VM_FORK, NULL);
}

static DECLARE_WORK(copy_work, lock_copy);

/*
 * The copy of a machine is not the one somebody unlocked. Best effort: it comes after the copy
 * runs. The original cannot tell itself from the copy, and is locked as well where it is told.
 * A driver that is told by the device tree (arm64) calls from its interrupt.
 */
static int on_vm_fork(struct notifier_block *notifier, unsigned long action, void *unused)
{
	if (in_task())
		lock_copy(&copy_work);
	else
		queue_work(system_highpri_wq, &copy_work);
	return NOTIFY_DONE;
}

static struct notifier_block suspend_notifier = {
	.notifier_call = on_suspend,
};

static struct notifier_block reboot_notifier = {
	.notifier_call = on_reboot,
};

/* First: others may not return. */
static struct notifier_block panic_notifier = {
	.notifier_call = on_panic,
	.priority = INT_MAX,
};

static struct notifier_block vm_fork_notifier = {
	.notifier_call = on_vm_fork,
};

int keybag_power_init(void)
{
	int error;

	error = register_pm_notifier(&suspend_notifier);
	if (error)
		return error;
	error = register_reboot_notifier(&reboot_notifier);
	if (error)
		goto err_reboot;
	error = register_random_vmfork_notifier(&vm_fork_notifier);
	if (error)
		goto err_vm_fork;
	error = atomic_notifier_chain_register(&panic_notifier_list, &panic_notifier);
	if (error)
		goto err_panic;
	return 0;

err_panic:
	unregister_random_vmfork_notifier(&vm_fork_notifier);
	cancel_work_sync(&copy_work);
err_vm_fork:
	unregister_reboot_notifier(&reboot_notifier);
err_reboot:
	unregister_pm_notifier(&suspend_notifier);
	return error;
}

void keybag_power_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_notifier);
	unregister_random_vmfork_notifier(&vm_fork_notifier);
	cancel_work_sync(&copy_work);
	unregister_reboot_notifier(&reboot_notifier);
	unregister_pm_notifier(&suspend_notifier);
}
