// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/random.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "../bag/stay.h"
#include "../crypto/burn.h"
#include "../crypto/x25519.h"
#include "exchange.h"

/**
 * struct keybag_exchange - what agrees on the key of one blob at a time
 * @key: ciphers of that key; allocated like those of a child key
 * @noio: state of the allocator to go back to
 * @secret: private half of the ephemeral pair, of one that seals
 * @public_half: of that pair
 * @shared: what X25519 makes of two pairs
 *
 * All of it is of one operation: where that is to seal, the pair is made here, before the stay.
 */
struct keybag_exchange {
	struct keybag_class_key key;
	unsigned int noio;
	u8 secret[KEYBAG_KEY_SIZE] __aligned(16);
	u8 public_half[KEYBAG_KEY_SIZE] __aligned(16);
	u8 shared[KEYBAG_KEY_SIZE] __aligned(16);
};

static void destroy(struct keybag_exchange *exchange)
{
	keybag_class_key_wipe(&exchange->key);
	kfree_sensitive(exchange);
}

static int make_pair(struct keybag_exchange *exchange)
{
	/* Early at boot a system bag may be asked before there is randomness. */
	if (wait_for_random_bytes())
		return -EINTR;
	return keybag_x25519_make(exchange->secret, exchange->public_half) ? 0 : -ENOPKG;
}

static struct keybag_exchange *allocate(bool seals)
{
	struct keybag_exchange *exchange = kzalloc(sizeof(*exchange), GFP_KERNEL_ACCOUNT);
	int error;

	if (!exchange)
		return ERR_PTR(-ENOMEM);
	error = keybag_child_key_alloc(&exchange->key);
	if (!error && seals)
		error = make_pair(exchange);
	if (error) {
		destroy(exchange);
		return ERR_PTR(error);
	}
	return exchange;
}

int keybag_exchange_begin(struct keybag_work *work, bool seals, struct keybag_bag *bag,
			  struct keybag_bag *to)
{
	struct keybag_exchange *exchange = allocate(seals);

	if (IS_ERR(exchange))
		return PTR_ERR(exchange);
	work->exchange = exchange;
	keybag_stay_begin_both_setkey(bag, to);
	/* Some drivers allocate to set a key: not by way of a disk that may wait for us. */
	exchange->noio = memalloc_noio_save();
	return 0;
}

/* In the stay: afterwards nothing is left that opens the blob. */
static void wipe(struct keybag_exchange *exchange)
{
	keybag_class_key_overwrite(&exchange->key);
	memzero_explicit(exchange->secret, sizeof(exchange->secret));
	memzero_explicit(exchange->shared, sizeof(exchange->shared));
	keybag_burn_hash();
}

void keybag_exchange_end(struct keybag_work *work, struct keybag_bag *bag, struct keybag_bag *to)
{
	struct keybag_exchange *exchange = work->exchange;

	wipe(exchange);
	memalloc_noio_restore(exchange->noio);
	keybag_stay_end_both_setkey(bag, to);
	work->exchange = NULL;
	destroy(exchange);
}

/*
 * The one of that generation in the form in effect, which is the owner's once there was an unlock:
 * before, it is as good as the device key (keybag_try_secret()). NULL where the form has another
 * one: the key would not be that of the generation in the header.
 */
static const u8 *public_half_of(const struct keybag_bag *bag, u32 key_generation)
{
	const struct kb_class_key *key = kb_form_class_key(bag->sealed.form, KB_CLASS_B);

	if (WARN_ON_ONCE(!key || key->key_generation != key_generation))
		return NULL;
	return key->public_half;
}

/*
 * Agrees on the key of the blob that has @ephemeral as public half: by the private half of that
 * pair, or of the class, and by the public half of the other. Both public halves anybody may know,
 * who could make a pair for them: that the blob was made here is what K_auth says. Class D has it,
 * whose key is there for as long as the bag is.
 */
static int agree(struct keybag_work *work, const struct keybag_bag *bag, const u8 *private_half,
		 const u8 *peer, const u8 *ephemeral, const u8 *class_public)
{
	const u8 *authentic = bag->slots[KB_CLASS_D].key.authentic;
	struct keybag_exchange *exchange = work->exchange;

	if (WARN_ON_ONCE(!authentic))
		return -ENOKEY;
	/* A key that everybody can compute is none. */
	if (!keybag_x25519_agree(exchange->shared, private_half, peer))
		return -EBADMSG;
	return keybag_agreed_key_set(&exchange->key, &work->bench, exchange->shared, ephemeral,
				     class_public, authentic);
}

/* Right after the tag. */
static u8 *ephemeral_of(const struct keybag_work *work)
{
	return work->content + work->content_length + KB_BLOB_TAG_SIZE;
}

int keybag_exchange_open(struct keybag_work *work, const struct keybag_bag *bag,
			 const struct keybag_slot *slot)
{
	const u8 *class_public = public_half_of(bag, slot->key_generation);
	const u8 *ephemeral = ephemeral_of(work);
	int error;

	if (!class_public)
		return -ENOENT;
	error = agree(work, bag, slot->key.private_half, ephemeral, ephemeral, class_public);
	return error ?: keybag_operation_open(work, work->exchange->key.encrypt);
}

int keybag_exchange_agree(struct keybag_work *work, const struct keybag_bag *bag,
			  u32 key_generation)
{
	const u8 *class_public = public_half_of(bag, key_generation);
	const struct keybag_exchange *exchange = work->exchange;

	if (!class_public)
		return -ENOENT;
	return agree(work, bag, exchange->secret, class_public, exchange->public_half,
		     class_public);
}

int keybag_exchange_seal(struct keybag_work *work, const struct kb_blob_header *header)
{
	const struct keybag_exchange *exchange = work->exchange;
	int error = keybag_operation_seal(work, exchange->key.encrypt, exchange->key.nonce, header);

	if (!error)
		memcpy(ephemeral_of(work), exchange->public_half, KEYBAG_KEY_SIZE);
	return error;
}
