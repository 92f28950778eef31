// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include "work.h"

static struct kmem_cache *cache;

void keybag_work_init(struct keybag_work *work)
{
	mutex_init(&work->lock);
	work->buffer = work->small;
	work->capacity = sizeof(work->small);
	work->request = (struct aead_request *)work->request_space;
	work->digest = (struct shash_desc *)work->digest_space;
	crypto_init_wait(&work->wait);
	sg_init_table(&work->sg, 1);
	aead_request_set_callback(work->request,
				  CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &work->wait);
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

	if (!work || size <= KEYBAG_WORK_SMALL)
		return work;

	/* Physically contiguous: the one scatterlist entry needs that. */
	work->buffer = kmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!work->buffer) {
		work->buffer = work->small;
		kmem_cache_free(cache, work);
		return NULL;
	}
	work->capacity = size;
	return work;
}

void keybag_work_free(struct keybag_work *work)
{
	if (work->buffer != work->small) {
		kfree_sensitive(work->buffer);
		work->buffer = work->small;
		work->capacity = sizeof(work->small);
	}
	kmem_cache_free(cache, work);
}
