// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/export.h>
#include <linux/string.h>
#include "../bag/event.h"
#include "../bag/registry.h"
#include "../bag/stay.h"
#include "../bag/trace.h"
#include "../crypto/burn.h"
#include "../data/access.h"
#include "../data/exchange.h"
#include "../data/operation.h"
#include "../data/unwrap.h"
#include "../data/wrap.h"
#include "../include/linux/keybag.h"

int keybag_register_notifier(struct notifier_block *notifier)
{
	return keybag_event_subscribe(notifier);
}
EXPORT_SYMBOL_GPL(keybag_register_notifier);

int keybag_unregister_notifier(struct notifier_block *notifier)
{
	return keybag_event_unsubscribe(notifier);
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

/* Access of a part of the kernel: it may do everything, in the domain it says. */
static struct keybag_access whole_access(struct keybag_bag *bag,
					 const struct keybag_context *context)
{
	struct keybag_access access = {
		.bag = bag,
		.privileged = true,
		.grants[0] = {
			.rights = KEYBAG_RIGHT_ALL,
			.classes = KEYBAG_CLASSES_ALL,
		},
	};

	memcpy(access.grants[0].domain, context->domain, KEYBAG_DOMAIN_SIZE);
	return access;
}

/* A work laid out for content of @length. */
static struct keybag_work *get_work(const struct keybag_context *context, size_t length)
{
	struct keybag_work *work =
		keybag_work_allocate(keybag_content_place(context->aad_length) + length +
				     KB_BLOB_TAG_SIZE + KB_BLOB_EPHEMERAL_SIZE);

	if (!work)
		return NULL;
	keybag_operation_place(work, context->aad_length, 0);
	work->content_length = length;
	return work;
}

/* A stay for an operation under @class. */
static int enter(struct keybag_work *work, struct keybag_bag *bag, unsigned int class, bool seals)
{
	if (class == KB_CLASS_B)
		return keybag_exchange_begin(work, seals, bag, bag);
	keybag_stay_begin(bag);
	return 0;
}

static void leave(struct keybag_work *work, struct keybag_bag *bag, unsigned int class)
{
	if (class == KB_CLASS_B) {
		keybag_exchange_end(work, bag, bag);
		return;
	}
	keybag_burn_cipher();
	keybag_stay_end(bag);
}

ssize_t keybag_wrap_secret(struct keybag_bag *bag, unsigned int class,
			   const struct keybag_context *context, const void *secret, size_t length,
			   void *blob, size_t capacity)
{
	struct keybag_access access = whole_access(bag, context);
	size_t blob_length = length + kb_blob_overhead(class);
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

	error = enter(work, bag, class, true);
	if (error) {
		keybag_operation_wipe(work);
		goto out;
	}
	error = keybag_wrap_locked(&access, work, class, 0);
	leave(work, bag, class);

	trace_keybag_operation(bag, KEYBAG_OP_WRAP, class, error);
	if (!error)
		memcpy(blob, keybag_operation_blob(work), blob_length);
out:
	keybag_work_free(work);
	return error ?: blob_length;
}
EXPORT_SYMBOL_GPL(keybag_wrap_secret);

ssize_t keybag_unwrap_secret(struct keybag_bag *bag, const struct keybag_context *context,
			     const void *blob, size_t length, void *secret, size_t capacity)
{
	struct keybag_access access = whole_access(bag, context);
	struct keybag_work *work;
	const u8 *from = blob;
	size_t content;
	int error;

	if (length > U32_MAX || !keybag_blob_length_valid(length) ||
	    context->aad_length > KEYBAG_MAX_AAD)
		return -EINVAL;
	content = length - KEYBAG_BLOB_OVERHEAD;
	work = get_work(context, content);
	if (!work)
		return -ENOMEM;
	memcpy(keybag_operation_front(work), from, KB_BLOB_HEADER_SIZE);
	memcpy(work->iv, from + KB_BLOB_HEADER_SIZE, KB_BLOB_NONCE_SIZE);
	memcpy(work->content, from + KEYBAG_BLOB_FRONT, content + KB_BLOB_TAG_SIZE);
	memcpy(work->content - work->aad_length, context->aad, work->aad_length);
	error = keybag_operation_read_front(work, keybag_operation_front(work), length);
	/* Content of class B is shorter. */
	content = work->content_length;
	if (!error && capacity < content)
		error = -EMSGSIZE;
	if (!error)
		error = enter(work, bag, work->header.class, false);
	if (error)
		goto out;

	error = keybag_unwrap_locked(&access, work);
	if (!error)
		memcpy(secret, work->content, content);
	keybag_operation_wipe(work);
	leave(work, bag, work->header.class);
	trace_keybag_operation(bag, KEYBAG_OP_UNWRAP, work->header.class, error);
out:
	keybag_work_free(work);
	return error ?: content;
}
EXPORT_SYMBOL_GPL(keybag_unwrap_secret);
