// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/export.h>
#include <linux/string.h>
#include "access.h"
#include "api.h"
#include "burn.h"
#include "include/linux/keybag.h"
#include "operation.h"
#include "trace.h"
#include "unwrap.h"
#include "watch.h"
#include "wrap.h"

static BLOCKING_NOTIFIER_HEAD(notifiers);

/* One teller at a time: keeps notices in order, and makes others wait until theirs was told. */
static DEFINE_MUTEX(notify_lock);

/* Bags with something to tell, each with a reference. */
static LIST_HEAD(queue);
static DEFINE_SPINLOCK(queue_lock);

void keybag_notify_later(struct keybag_bag *bag)
{
	spin_lock(&queue_lock);
	if (list_empty(&bag->notice))
		list_add_tail(&keybag_bag_get(bag)->notice, &queue);
	spin_unlock(&queue_lock);
}

static struct keybag_bag *next_in_queue(void)
{
	struct keybag_bag *bag;

	spin_lock(&queue_lock);
	bag = list_first_entry_or_null(&queue, struct keybag_bag, notice);
	if (bag)
		list_del_init(&bag->notice);
	spin_unlock(&queue_lock);
	return bag;
}

static void tell(struct keybag_bag *bag)
{
	struct keybag_notice notice = { .owner = bag->owner };

	memcpy(notice.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	while (keybag_event_find(bag, bag->next_notice, &notice.event)) {
		bag->next_notice = notice.event.state_seq + 1;
		blocking_notifier_call_chain(&notifiers, notice.event.state, &notice);
	}
}

void keybag_notify(void)
{
	struct keybag_bag *bag;

	mutex_lock(&notify_lock);
	while ((bag = next_in_queue())) {
		tell(bag);
		keybag_bag_put(bag);
	}
	mutex_unlock(&notify_lock);
}

int keybag_register_notifier(struct notifier_block *notifier)
{
	return blocking_notifier_chain_register(&notifiers, notifier);
}
EXPORT_SYMBOL_GPL(keybag_register_notifier);

int keybag_unregister_notifier(struct notifier_block *notifier)
{
	return blocking_notifier_chain_unregister(&notifiers, notifier);
}
EXPORT_SYMBOL_GPL(keybag_unregister_notifier);

struct keybag_bag *keybag_get_by_owner(kuid_t owner)
{
	return keybag_bag_by_owner(owner) ?: ERR_PTR(-ENOENT);
}
EXPORT_SYMBOL_GPL(keybag_get_by_owner);

struct keybag_bag *keybag_get_by_uuid(const u8 *uuid)
{
	return keybag_bag_by_uuid(uuid) ?: ERR_PTR(-ENOENT);
}
EXPORT_SYMBOL_GPL(keybag_get_by_uuid);

struct keybag_bag *keybag_get_system(void)
{
	return keybag_bag_system() ?: ERR_PTR(-ENOENT);
}
EXPORT_SYMBOL_GPL(keybag_get_system);

void keybag_put(struct keybag_bag *bag)
{
	keybag_bag_put(bag);
}
EXPORT_SYMBOL_GPL(keybag_put);

/* What a part of the kernel may do: everything, in the domain it says. */
static struct keybag_access whole_access(struct keybag_bag *bag,
					 const struct keybag_context *context)
{
	struct keybag_access access = {
		.bag = bag,
		.rights = KEYBAG_RIGHT_ALL,
		.classes = KEYBAG_CLASSES_ALL,
	};

	memcpy(access.domain, context->domain, KEYBAG_DOMAIN_SIZE);
	return access;
}

/* A work laid out for content of @length. */
static struct keybag_work *get_work(const struct keybag_context *context, size_t length)
{
	size_t offset = keybag_content_place(context->aad_length);
	struct keybag_work *work = keybag_work_allocate(offset + length + KB_BLOB_TAG_SIZE);

	if (!work)
		return NULL;
	work->aad_length = context->aad_length;
	work->content = work->buffer + offset;
	work->content_length = length;
	return work;
}

ssize_t keybag_wrap_secret(struct keybag_bag *bag, unsigned int class,
			   const struct keybag_context *context, const void *secret, size_t length,
			   void *blob, size_t capacity)
{
	struct keybag_access access = whole_access(bag, context);
	size_t blob_length = length + KEYBAG_BLOB_OVERHEAD;
	struct keybag_work *work;
	int error;

	if (!kb_class_valid(class) || length - 1 >= KEYBAG_MAX_PAYLOAD ||
	    context->aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	if (capacity < blob_length)
		return -EMSGSIZE;
	work = get_work(context, length);
	if (!work)
		return -ENOMEM;
	memcpy(work->content - work->aad_length, context->aad, work->aad_length);
	memcpy(work->content, secret, length);

	down_read(&bag->rwsem);
	error = keybag_wrap_locked(&access, work, class, NULL);
	keybag_burn_cipher();
	up_read(&bag->rwsem);

	trace_keybag_operation(bag, KEYBAG_OP_WRAP, class, error);
	if (!error)
		memcpy(blob, keybag_operation_blob(work), blob_length);
	keybag_work_free(work);
	return error ?: blob_length;
}
EXPORT_SYMBOL_GPL(keybag_wrap_secret);

ssize_t keybag_unwrap_secret(struct keybag_bag *bag, const struct keybag_context *context,
			     const void *blob, size_t length, void *secret, size_t capacity)
{
	struct keybag_access access = whole_access(bag, context);
	struct keybag_work *work;
	u8 *place;
	int error;

	if (length > U32_MAX || !keybag_blob_length_valid(length) ||
	    context->aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	length -= KEYBAG_BLOB_OVERHEAD;
	if (capacity < length)
		return -EMSGSIZE;
	work = get_work(context, length);
	if (!work)
		return -ENOMEM;
	place = keybag_operation_blob(work);
	memcpy(place, blob, length + KEYBAG_BLOB_OVERHEAD);
	error = keybag_operation_take_blob(work, place, length + KEYBAG_BLOB_OVERHEAD);
	if (error)
		goto out;
	memcpy(work->content - work->aad_length, context->aad, work->aad_length);
	keybag_operation_put_front(work);

	down_read(&bag->rwsem);
	error = keybag_unwrap_locked(&access, work);
	if (!error)
		memcpy(secret, work->content, length);
	keybag_operation_wipe(work);
	keybag_burn_cipher();
	up_read(&bag->rwsem);
	trace_keybag_operation(bag, KEYBAG_OP_UNWRAP, work->header.class, error);
out:
	keybag_work_free(work);
	return error ?: length;
}
EXPORT_SYMBOL_GPL(keybag_unwrap_secret);
