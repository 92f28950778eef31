// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>
#include "../bag/event.h"
#include "../bag/follower.h"
#include "../bag/lock.h"
#include "../bag/record.h"
#include "../bag/registry.h"
#include "../bag/status.h"
#include "../bag/try.h"
#include "../bag/unlock.h"
#include "../change/backup.h"
#include "../change/change.h"
#include "../change/create.h"
#include "../change/load.h"
#include "../change/recover.h"
#include "../change/transaction.h"
#include "../data/file.h"
#include "../data/usercopy.h"
#include "../form/device_key_set.h"
#include "bind.h"
#include "device_ioctl.h"

/* Arguments of every control command. They hold addresses of secrets, never secrets. */
union control_arguments {
	struct keybag_device_key device_key;
	struct keybag_create create;
	struct keybag_load load;
	struct keybag_read read;
	struct keybag_record_saved record_saved;
	struct keybag_try try;
	struct keybag_unlock unlock;
	struct keybag_lock lock;
	struct keybag_change change;
	struct keybag_commit commit;
	struct keybag_recover recover;
	struct keybag_unload unload;
	struct keybag_evict evict;
	struct keybag_list list;
	struct keybag_status status;
	struct keybag_follow follow;
	struct keybag_backup_create backup_create;
	struct keybag_backup_open backup_open;
};

/**
 * struct control - a control command
 * @number: _IOC_NR() of it
 * @args: copied in, and out at the end
 * @loaded: by LOAD, where it succeeded, with a reference
 * @recovered: by RECOVER, where it succeeded
 * @backup: by BACKUP_CREATE or BACKUP_OPEN, where it succeeded, with a reference
 */
struct control {
	unsigned int number;
	union control_arguments args;
	struct keybag_bag *loaded;
	struct keybag_recovered recovered;
	struct keybag_bag *backup;
};

static int run(const struct file *filp, struct control *control)
{
	union control_arguments *args = &control->args;

	switch (control->number) {
	case _IOC_NR(KEYBAG_IOC_SET_DEVICE_KEY):
		return keybag_set_device_key(&args->device_key);
	case _IOC_NR(KEYBAG_IOC_CREATE):
		return keybag_create(&args->create);
	case _IOC_NR(KEYBAG_IOC_LOAD):
		return keybag_load(&args->load, &control->loaded);
	case _IOC_NR(KEYBAG_IOC_READ_FORM):
		return keybag_read_form(&args->read, false);
	case _IOC_NR(KEYBAG_IOC_READ_PENDING):
		return keybag_read_form(&args->read, true);
	case _IOC_NR(KEYBAG_IOC_READ_RECORD):
		return keybag_read_record(&args->read);
	case _IOC_NR(KEYBAG_IOC_RECORD_SAVED):
		return keybag_record_saved(&args->record_saved);
	case _IOC_NR(KEYBAG_IOC_BEGIN_TRY):
		return keybag_begin_try(&args->try);
	case _IOC_NR(KEYBAG_IOC_CANCEL_TRY):
		return keybag_cancel_try(&args->try);
	case _IOC_NR(KEYBAG_IOC_UNLOCK):
		return keybag_unlock(&args->unlock);
	case _IOC_NR(KEYBAG_IOC_LOCK):
		return keybag_lock(&args->lock);
	case _IOC_NR(KEYBAG_IOC_CHANGE):
		return keybag_change(&args->change);
	case _IOC_NR(KEYBAG_IOC_COMMIT):
		return keybag_commit(&args->commit);
	case _IOC_NR(KEYBAG_IOC_ABORT):
		return keybag_abort(&args->commit);
	case _IOC_NR(KEYBAG_IOC_RECOVER):
		return keybag_recover(&args->recover, &control->recovered);
	case _IOC_NR(KEYBAG_IOC_UNLOAD):
		return keybag_unload(&args->unload);
	case _IOC_NR(KEYBAG_IOC_EVICT):
		return keybag_evict(&args->evict);
	case _IOC_NR(KEYBAG_IOC_LIST):
		return keybag_list(&args->list);
	case _IOC_NR(KEYBAG_IOC_STATUS):
		return keybag_control_status(&args->status);
	case _IOC_NR(KEYBAG_IOC_FOLLOW):
		return keybag_follow(filp, &args->follow);
	case _IOC_NR(KEYBAG_IOC_BACKUP_CREATE):
		return keybag_file_bound(filp->private_data) ? -EEXIST :
		       keybag_backup_create(&args->backup_create, &control->backup);
	case _IOC_NR(KEYBAG_IOC_BACKUP_OPEN):
		return keybag_file_bound(filp->private_data) ? -EEXIST :
		       keybag_backup_open(&args->backup_open, &control->backup);
	default:
		return -ENOTTY;
	}
}

/* Size and direction of a command's argument as this kernel knows it; 0: no such command. */
static unsigned int known_command(unsigned int number)
{
	static const unsigned int commands[] = {
		KEYBAG_IOC_SET_DEVICE_KEY, KEYBAG_IOC_CREATE, KEYBAG_IOC_LOAD,
		KEYBAG_IOC_READ_FORM, KEYBAG_IOC_READ_RECORD, KEYBAG_IOC_RECORD_SAVED,
		KEYBAG_IOC_BEGIN_TRY, KEYBAG_IOC_CANCEL_TRY, KEYBAG_IOC_UNLOCK, KEYBAG_IOC_LOCK,
		KEYBAG_IOC_CHANGE, KEYBAG_IOC_COMMIT, KEYBAG_IOC_ABORT, KEYBAG_IOC_RECOVER,
		KEYBAG_IOC_UNLOAD, KEYBAG_IOC_EVICT, KEYBAG_IOC_LIST, KEYBAG_IOC_STATUS,
		KEYBAG_IOC_FOLLOW, KEYBAG_IOC_READ_PENDING, KEYBAG_IOC_BACKUP_CREATE,
		KEYBAG_IOC_BACKUP_OPEN,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (_IOC_NR(commands[i]) == number)
			return commands[i];
	return 0;
}

/*
 * Both the opener and the caller need the capability: a descriptor that an unprivileged program
 * passes to a privileged one is refused.
 */
static bool permitted(const struct file *filp)
{
	return capable(CAP_SYS_ADMIN) && file_ns_capable(filp, &init_user_ns, CAP_SYS_ADMIN);
}

/* Whether the caller learns something from the argument besides the error. */
static bool writes_back(int err)
{
	return !err || err == -EKEYREJECTED || err == -EAGAIN;
}

/*
 * The record that follows from a secret, or from a try that was given back, did not reach the
 * caller: another is wanted, if the bag is still there.
 */
static void record_lost(const u8 *uuid)
{
	struct keybag_bag *bag = keybag_bag_by_uuid(uuid);

	if (!bag)
		return;
	keybag_event_record_dirty(bag);
	keybag_bag_put(bag);
}

/*
 * The result of a secret did not arrive, but what it did stays done. That nothing was done, when it
 * is the secret that could not be read, is not told apart: a record more does no harm.
 */
static void result_lost(const struct control *control)
{
	switch (control->number) {
	case _IOC_NR(KEYBAG_IOC_CANCEL_TRY):
		record_lost(control->args.try.uuid);
		break;
	case _IOC_NR(KEYBAG_IOC_UNLOCK):
		record_lost(control->args.unlock.uuid);
		break;
	case _IOC_NR(KEYBAG_IOC_CHANGE):
		record_lost(control->args.change.uuid);
		break;
	}
}

/* The descriptor becomes that of the backup keybag. Another thread may have bound it meanwhile. */
static int settle_backup(struct file *filp, struct control *control, u64 lifetime_ns,
			 bool delivered)
{
	int err = delivered ? keybag_bind_backup(filp->private_data, control->backup, lifetime_ns) :
			      -EFAULT;

	if (err)
		keybag_backup_take_back(control->backup);
	return err;
}

/*
 * A command succeeded, and the caller got the result, or did not: then it has loaded nothing, and
 * prepared nothing. Returns 0, or an error that takes the place of success.
 */
static int settle(struct file *filp, struct control *control, bool delivered)
{
	switch (control->number) {
	case _IOC_NR(KEYBAG_IOC_LOAD):
		if (delivered)
			keybag_bag_put(control->loaded);
		else
			keybag_load_take_back(control->loaded);
		break;
	case _IOC_NR(KEYBAG_IOC_CHANGE):
		if (!delivered)
			keybag_transaction_drop(control->args.change.uuid,
						control->args.change.generation);
		break;
	case _IOC_NR(KEYBAG_IOC_RECOVER):
		if (delivered)
			keybag_recover_delivered(&control->recovered);
		break;
	case _IOC_NR(KEYBAG_IOC_BACKUP_CREATE):
		return settle_backup(filp, control, control->args.backup_create.lifetime_ns,
				     delivered);
	case _IOC_NR(KEYBAG_IOC_BACKUP_OPEN):
		return settle_backup(filp, control, control->args.backup_open.lifetime_ns,
				     delivered);
	}
	return 0;
}

long keybag_device_ioctl(struct file *filp, unsigned int command, void __user *argument)
{
	struct control control = { .number = _IOC_NR(command) };
	unsigned int known = known_command(control.number);
	unsigned int size = _IOC_SIZE(command);
	bool succeeded;
	int err;

	if (!known || _IOC_TYPE(command) != KEYBAG_IOC_MAGIC ||
	    _IOC_DIR(command) != _IOC_DIR(known))
		return -ENOTTY;
	if (!permitted(filp))
		return -EPERM;
	err = copy_struct_from_user(&control.args, _IOC_SIZE(known), argument, size);
	if (err)
		return err;

	err = run(filp, &control);
	succeeded = !err;
	if (writes_back(err) && _IOC_DIR(known) & _IOC_READ &&
	    keybag_copy_struct_to_user(argument, size, &control.args, _IOC_SIZE(known)))
		err = -EFAULT;
	if (succeeded)
		err = settle(filp, &control, !err) ?: err;
	if (err == -EFAULT)
		result_lost(&control);
	return err;
}
