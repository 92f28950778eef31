// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include "work.h"

static struct kmem_cache *cache;

static void set_buffer(struct keybag_work *work, u8 *buffer, size_t capacity)
{
	work->buffer = buffer;
	work->capacity = capacity;
}

void keybag_work_init(struct keybag_work *work)
{
	work->busy = 0;
	set_buffer(work, work->small, sizeof(work->small));
	keybag_workbench_init(&work->bench);
}

static void construct(void *object)
{
	keybag_work_init(object);
}

/*
 * A constructor keeps init_on_alloc from zeroing several KiB for each operation; operations wipe
 * what they wrote.
 */
int keybag_work_init_cache(void)
{
	cache = kmem_cache_create_usercopy("keybag_work", sizeof(struct keybag_work),
					   __alignof__(struct keybag_work), 0,
					   offsetof(struct keybag_work, small),
					   sizeof_field(struct keybag_work, small), construct);
	return cache ? 0 : -ENOMEM;
}

void keybag_work_exit_cache(void)
{
	kmem_cache_destroy(cache);
}

struct keybag_work *keybag_work_allocate(size_t size)
{
	struct keybag_work *work = kmem_cache_alloc(cache, GFP_KERNEL_ACCOUNT);
	u8 *buffer;

	if (!work)
		return NULL;
	work->rounds = 0;
	if (size <= KEYBAG_WORK_SMALL)
		return work;

	/* Physically contiguous: GCM needs that. */
	buffer = kmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!buffer) {
		kmem_cache_free(cache, work);
		return NULL;
	}
	set_buffer(work, buffer, size);
	return work;
}

void keybag_work_free(struct keybag_work *work)
{
	if (work->buffer != work->small) {
		kfree_sensitive(work->buffer);
		set_buffer(work, work->small, sizeof(work->small));
	}
	kmem_cache_free(cache, work);
}
