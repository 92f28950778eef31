// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small user of keybag's exported API: finds a bag, holds it, wraps and unwraps with it, and is
 * told of changes of state. Tests say by ioctl(2) what to do.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/keybag.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "consumer.h"

/* One command at a time; also what the notifier has seen. */
static DEFINE_MUTEX(commands);
static struct keybag_bag *held;
static bool watching;

static DEFINE_MUTEX(notices);
static struct consumer_notice last;
static struct consumer_operation watched;

static struct keybag_bag *find(const struct consumer_operation *operation)
{
	switch (operation->find) {
	case CONSUMER_BY_OWNER:
		return keybag_get_by_owner(make_kuid(&init_user_ns, operation->owner));
	case CONSUMER_BY_UUID:
		return keybag_get_by_uuid(operation->uuid);
	case CONSUMER_SYSTEM:
		return keybag_get_system();
	default:
		return ERR_PTR(-EINVAL);
	}
}

static struct keybag_context context_of(const struct consumer_operation *operation)
{
	struct keybag_context context = {
		.aad = operation->aad,
		.aad_length = operation->aad_length,
	};

	memcpy(context.domain, operation->domain, sizeof(context.domain));
	return context;
}

static ssize_t wrap(struct keybag_bag *bag, struct consumer_operation *operation)
{
	struct keybag_context context = context_of(operation);
	/* On the stack, as a careless user would have it. */
	u8 blob[CONSUMER_DATA];
	ssize_t length;

	length = keybag_wrap_secret(bag, operation->class, &context, operation->data,
				    operation->length, blob, operation->capacity);
	if (length > 0)
		memcpy(operation->data, blob, length);
	return length;
}

static ssize_t unwrap(struct keybag_bag *bag, struct consumer_operation *operation)
{
	struct keybag_context context = context_of(operation);
	u8 secret[CONSUMER_DATA];
	ssize_t length;

	length = keybag_unwrap_secret(bag, &context, operation->data, operation->length, secret,
				      operation->capacity);
	if (length > 0)
		memcpy(operation->data, secret, length);
	memzero_explicit(secret, sizeof(secret));
	return length;
}

static ssize_t with_bag(struct consumer_operation *operation,
			ssize_t (*act)(struct keybag_bag *bag,
				       struct consumer_operation *operation))
{
	struct keybag_bag *bag;
	ssize_t result;

	if (operation->find == CONSUMER_HELD)
		return held ? act(held, operation) : -ENOENT;
	bag = find(operation);
	if (IS_ERR(bag))
		return PTR_ERR(bag);
	result = act(bag, operation);
	keybag_put(bag);
	return result;
}

static int notified(struct notifier_block *notifier, unsigned long action, void *data)
{
	const struct keybag_notice *notice = data;
	struct consumer_operation *operation;
	struct keybag_bag *bag;

	operation = kmalloc(sizeof(*operation), GFP_KERNEL);
	if (!operation)
		return NOTIFY_DONE;
	mutex_lock(&notices);
	last.number++;
	memcpy(last.uuid, notice->uuid, sizeof(last.uuid));
	last.owner = from_kuid(&init_user_ns, notice->owner);
	last.action = action;
	last.state = notice->event.state;
	last.reason = notice->event.reason;
	last.unwrapped = -ENOENT;
	last.wrapped = -ENOENT;
	bag = keybag_get_by_uuid(notice->uuid);
	if (!IS_ERR(bag)) {
		*operation = watched;
		last.unwrapped = unwrap(bag, operation);
		*operation = (struct consumer_operation){
			.class = KEYBAG_CLASS_DK, .length = 1, .capacity = CONSUMER_DATA,
		};
		last.wrapped = wrap(bag, operation);
		keybag_put(bag);
	}
	mutex_unlock(&notices);
	kfree_sensitive(operation);
	return NOTIFY_DONE;
}

static struct notifier_block notifier = {
	.notifier_call = notified,
};

static int watch(const struct consumer_operation *operation)
{
	int error;

	if (watching)
		return -EBUSY;
	mutex_lock(&notices);
	watched = *operation;
	memset(&last, 0, sizeof(last));
	mutex_unlock(&notices);
	error = keybag_register_notifier(&notifier);
	watching = !error;
	return error;
}

static int unwatch(void)
{
	if (!watching)
		return -ENOENT;
	watching = false;
	return keybag_unregister_notifier(&notifier);
}

static int hold(const struct consumer_operation *operation)
{
	struct keybag_bag *bag;

	if (held)
		return -EBUSY;
	bag = find(operation);
	if (IS_ERR(bag))
		return PTR_ERR(bag);
	held = bag;
	return 0;
}

static int release(void)
{
	if (!held)
		return -ENOENT;
	keybag_put(held);
	held = NULL;
	return 0;
}

static int return_notice(void __user *argument)
{
	struct consumer_notice notice;

	mutex_lock(&notices);
	notice = last;
	mutex_unlock(&notices);
	return copy_to_user(argument, &notice, sizeof(notice)) ? -EFAULT : 0;
}

static long act(unsigned int command, struct consumer_operation *operation, void __user *argument)
{
	long result;

	if (copy_from_user(operation, argument, sizeof(*operation)))
		return -EFAULT;
	if (operation->length > CONSUMER_DATA || operation->capacity > CONSUMER_DATA ||
	    operation->aad_length > sizeof(operation->aad))
		return -EINVAL;
	switch (command) {
	case CONSUMER_WRAP:
		result = with_bag(operation, wrap);
		break;
	case CONSUMER_UNWRAP:
		result = with_bag(operation, unwrap);
		break;
	case CONSUMER_HOLD:
		return hold(operation);
	default:
		return watch(operation);
	}
	if (result > 0 && copy_to_user(argument, operation, sizeof(*operation)))
		return -EFAULT;
	return result;
}

static long consumer_ioctl(struct file *filp, unsigned int command, unsigned long argument)
{
	struct consumer_operation *operation;
	long result;

	mutex_lock(&commands);
	switch (command) {
	case CONSUMER_RELEASE:
		result = release();
		break;
	case CONSUMER_UNWATCH:
		result = unwatch();
		break;
	case CONSUMER_NOTICE:
		result = return_notice((void __user *)argument);
		break;
	case CONSUMER_WRAP:
	case CONSUMER_UNWRAP:
	case CONSUMER_HOLD:
	case CONSUMER_WATCH:
		operation = kmalloc(sizeof(*operation), GFP_KERNEL);
		result = operation ? act(command, operation, (void __user *)argument) : -ENOMEM;
		kfree_sensitive(operation);
		break;
	default:
		result = -ENOTTY;
	}
	mutex_unlock(&commands);
	return result;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = consumer_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "keybag-consumer",
	.fops = &fops,
	.mode = 0600,
};

static int __init consumer_init(void)
{
	return misc_register(&device);
}

static void __exit consumer_exit(void)
{
	misc_deregister(&device);
	unwatch();
	release();
	memzero_explicit(&watched, sizeof(watched));
}

module_init(consumer_init);
module_exit(consumer_exit);
MODULE_DESCRIPTION("Test user of keybag's exported API");
MODULE_LICENSE("GPL");
