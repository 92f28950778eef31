// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "../bag/record.h"
#include "child.h"
#include "unwrap.h"

/*
 * It is in the table no longer, and no stay has begun that found it there. In a stay, so that a
 * lock, which wipes what is listed, returns before or after this and not in the middle.
 */
static void destroy(struct keybag_bag *bag, struct keybag_child *child)
{
	keybag_stay_begin(bag);
	keybag_class_key_wipe(&child->key);
	spin_lock(&bag->event_lock);
	list_del(&child->list);
	spin_unlock(&bag->event_lock);
	keybag_stay_end(bag);
	kfree(child);
}

/* Child keys of services count apart: neither they nor the owner can use up what is the other's. */
static atomic_t *bag_count(const struct keybag_file *file)
{
	return &file->access.bag->child_count[file->access.privileged];
}

/* Takes one from what the descriptor and its bag may have open. */
static bool count(struct keybag_file *file)
{
	if (!atomic_add_unless(&file->child_count, 1, KEYBAG_MAX_CHILDREN))
		return false;
	if (atomic_add_unless(bag_count(file), 1, KEYBAG_MAX_BAG_CHILDREN))
		return true;
	atomic_dec(&file->child_count);
	return false;
}

static void uncount(struct keybag_file *file)
{
	atomic_dec(bag_count(file));
	atomic_dec(&file->child_count);
}

void keybag_children_close(struct keybag_file *file)
{
	struct keybag_child *child;
	unsigned long number;

	xa_for_each(&file->children, number, child) {
		destroy(file->access.bag, child);
		uncount(file);
	}
	xa_destroy(&file->children);
}

static long create(const struct keybag_task *task, const struct keybag_item *item)
{
	const struct keybag_access *access = &task->file->access;
	const struct keybag_grant *grant = keybag_access_grant(access);
	unsigned int class = item->class_number;
	struct kb_blob_header header;
	struct keybag_slot *slot;
	int error;

	slot = keybag_access_slot(access, grant, KEYBAG_RIGHT_CHILD_CREATE, class);
	if (IS_ERR(slot))
		return PTR_ERR(slot);
	if (!slot->key.child)
		return keybag_access_unavailable(access);
	error = keybag_slot_count_wrap(access->bag, class, access->privileged);
	if (error)
		return error;

	keybag_access_header(grant, &header, class, slot->key_generation, KB_BLOB_CHILD_KEY);
	return keybag_operation_seal(task->work, slot->key.child, slot->key.nonce, &header);
}

static int place_new(struct keybag_work *work, const struct keybag_item *item)
{
	int error = keybag_operation_place_aad(work, item) ?: wait_for_random_bytes();

	if (error)
		return error;
	work->content_length = KEYBAG_KEY_SIZE;
	get_random_bytes(work->content, KEYBAG_KEY_SIZE);
	return 0;
}

static long check_create(const struct keybag_item *item)
{
	/* A child key seals and opens; class B may be there for sealing alone. */
	if (item->class_number == KB_CLASS_B)
		return -EOPNOTSUPP;
	return kb_class_valid(item->class_number) ? keybag_operation_check_seal(item) : -EINVAL;
}

static const struct keybag_verb create_verb = {
	.number = KEYBAG_TRACE_CHILD_CREATE,
	.seals = true,
	.check = check_create,
	.place = place_new,
	.run = create,
};

long keybag_child_create(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_child_create __user *data = argument;
	struct keybag_child_create create;

	if (size < sizeof(create))
		return -EINVAL;
	if (keybag_copy_in_short(&create, argument, sizeof(create)))
		return -EFAULT;
	if (create.flags || create.aad_length != size - sizeof(create))
		return -EINVAL;
	return keybag_task_alone(&create_verb, file, &(struct keybag_item){
		.class_number = create.class_number,
		.input_length = KEYBAG_KEY_SIZE,
		.aad = (uintptr_t)data->data,
		.aad_length = create.aad_length,
		.output = create.blob,
		.output_capacity = create.blob_capacity,
	});
}

/*
 * CHILD_OPEN, in one stay with what wipes the bytes, so that no lock misses it. The child is listed
 * before its ciphers have a key, so that no panic does.
 */
static int open_locked(const struct keybag_access *access, struct keybag_work *work,
		       struct keybag_child *child)
{
	struct keybag_slot *slot;
	int error;

	slot = keybag_unwrap_slot(access, keybag_access_grant(access), KEYBAG_RIGHT_CHILD_OPEN,
				  work);
	if (IS_ERR(slot))
		return PTR_ERR(slot);
	error = keybag_operation_open(work, slot->key.child);
	if (error)
		return error;

	child->class = work->header.class;
	child->key_generation = work->header.key_generation;
	spin_lock(&access->bag->event_lock);
	list_add(&child->list, &slot->children);
	spin_unlock(&access->bag->event_lock);
	error = keybag_child_key_set(&child->key, &work->bench, work->content);
	if (error)
		keybag_class_key_wipe(&child->key);
	return error;
}

static int open(struct keybag_file *file, struct keybag_work *work, struct keybag_child *child,
		const struct keybag_item *item)
{
	struct keybag_bag *bag = file->access.bag;
	unsigned int noio;
	int error;

	error = keybag_operation_place_blob(work, item, 0);
	if (error)
		return error;
	if (work->header.flags != KB_BLOB_CHILD_KEY)
		return -EINVAL;

	keybag_stay_begin_setkey(bag);
	/* Some drivers allocate to set a key: not by way of a disk that may wait for us. */
	noio = memalloc_noio_save();
	error = open_locked(&file->access, work, child);
	memalloc_noio_restore(noio);
	keybag_operation_wipe(work);
	keybag_burn_hash();
	keybag_stay_end_setkey(bag);

	trace_keybag_operation(bag, KEYBAG_TRACE_CHILD_OPEN, work->header.class, error);
	return error;
}

static struct keybag_child *allocate(void)
{
	struct keybag_child *child = kzalloc(sizeof(*child), GFP_KERNEL_ACCOUNT);
	int error;

	if (!child)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&child->list);
	error = keybag_child_key_alloc(&child->key);
	if (error) {
		kfree(child);
		return ERR_PTR(error);
	}
	return child;
}

/* Takes a place in the table, opens, and puts the child there: its number, or an error. */
static long open_numbered(struct keybag_file *file, struct keybag_work *work,
			  const struct keybag_item *item)
{
	struct keybag_child *child = allocate();
	u32 number;
	int error;

	if (IS_ERR(child))
		return PTR_ERR(child);
	/* Cyclic: a number that was closed is not soon that of another key. */
	error = xa_alloc_cyclic(&file->children, &number, NULL, XA_LIMIT(1, INT_MAX),
				&file->next_child, GFP_KERNEL_ACCOUNT);
	if (error < 0)
		goto err_child;

	error = open(file, work, child, item);
	if (!error)
		error = xa_err(xa_store(&file->children, number, child, GFP_KERNEL_ACCOUNT));
	if (error)
		goto err_number;
	return number;

err_number:
	xa_release(&file->children, number);
err_child:
	destroy(file->access.bag, child);
	return error;
}

/* The same of a descriptor that may have one more. */
static long open_counted(struct keybag_file *file, const struct keybag_item *item)
{
	struct keybag_work *work;
	long result;

	work = keybag_work_get(&file->work,
			       keybag_content_place(item->aad_length) + item->input_length);
	if (!work)
		return -ENOMEM;
	result = open_numbered(file, work, item);
	keybag_work_put(&file->work, work);
	return result;
}

long keybag_child_open(struct keybag_file *file, unsigned int size, void __user *argument)
{
	struct keybag_child_open __user *data = argument;
	struct keybag_child_open open;
	long result;

	if (size < sizeof(open) + KEYBAG_KEY_SIZE + KEYBAG_BLOB_OVERHEAD)
		return -EINVAL;
	if (keybag_copy_in_short(&open, argument, sizeof(open)))
		return -EFAULT;
	if (open.flags || open.reserved || open.aad_length > KEYBAG_MAX_AAD ||
	    open.blob_length != KEYBAG_KEY_SIZE + KEYBAG_BLOB_OVERHEAD ||
	    open.aad_length != size - sizeof(open) - open.blob_length)
		return -EINVAL;
	if (!count(file))
		return -EDQUOT;
	result = open_counted(file, &(struct keybag_item){
		.input = (uintptr_t)data->data,
		.input_length = open.blob_length,
		.aad = (uintptr_t)(data->data + open.blob_length),
		.aad_length = open.aad_length,
	});
	if (result < 0)
		uncount(file);
	else
		keybag_access_spend(&file->access);
	return result;
}

long keybag_child_close(struct keybag_file *file, unsigned long number)
{
	struct keybag_child *child;

	if (!keybag_file_bound(file))
		return -ENOTCONN;

	/* Not a place that is taken for a child about to be opened. */
	xa_lock(&file->children);
	child = xa_load(&file->children, number);
	if (child)
		__xa_erase(&file->children, number);
	xa_unlock(&file->children);
	if (!child)
		return -ENOENT;

	/* Operations that found it there. */
	keybag_stay_synchronize(file->access.bag);
	destroy(file->access.bag, child);
	uncount(file);
	return 0;
}
