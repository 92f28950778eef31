// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../compat.h"
#include "../crypto/hkdf.h"
#include "sealed_form.h"

/* Where the trailer's parts are, from the end. */
#define HASH_FROM_END		KEYBAG_HASH_SIZE
#define RECOVERY_MAC_FROM_END	(HASH_FROM_END + KB_FORM_MAC_SIZE)
#define DEVICE_MAC_FROM_END	(RECOVERY_MAC_FROM_END + KB_FORM_MAC_SIZE)
static_assert(DEVICE_MAC_FROM_END == KB_FORM_TRAILER_SIZE);
static_assert(KEYBAG_FORM_IDENTITY == KEYBAG_HASH_SIZE);

int keybag_sealed_form_copy(struct keybag_sealed_form *sealed, u64 address, u32 length)
{
	u8 *bytes;

	*sealed = (struct keybag_sealed_form){};
	if (!length || length > KEYBAG_MAX_FORM)
		return -EINVAL;
	bytes = memdup_user(u64_to_user_ptr(address), length);
	if (IS_ERR(bytes))
		return PTR_ERR(bytes);
	sealed->bytes = bytes;
	sealed->length = length;
	return 0;
}

static struct kb_form *parse(const u8 *bytes, size_t length)
{
	struct kb_form *form = kzalloc(sizeof(*form), GFP_KERNEL);
	int err;

	if (!form)
		return ERR_PTR(-ENOMEM);
	err = kb_form_parse(form, bytes, length);
	if (err) {
		kfree(form);
		return ERR_PTR(err);
	}
	return form;
}

static void set_view(struct keybag_sealed_form *sealed, struct kb_form *form)
{
	sealed->form = form;
	keybag_hash(sealed->bytes, sealed->length - DEVICE_MAC_FROM_END, sealed->identity);
}

int keybag_sealed_form_parse(struct keybag_sealed_form *sealed)
{
	u8 hash[KEYBAG_HASH_SIZE];
	struct kb_form *form;
	int err;

	err = kb_form_check_header(sealed->bytes, sealed->length);
	if (err && err != -EPROTONOSUPPORT)
		return err;
	keybag_hash(sealed->bytes, sealed->length - HASH_FROM_END, hash);
	if (crypto_memneq(hash, sealed->bytes + sealed->length - HASH_FROM_END, sizeof(hash)))
		return -EBADMSG;
	if (err)
		return err;

	form = parse(sealed->bytes, sealed->length);
	if (IS_ERR(form))
		return PTR_ERR(form);
	set_view(sealed, form);
	return 0;
}

static int check_mac(struct keybag_workspace *workspace, const struct keybag_sealed_form *sealed,
		     const u8 *key, size_t from_end)
{
	const u8 *expected = sealed->bytes + sealed->length - from_end;
	u8 mac[KB_FORM_MAC_SIZE];
	int err;

	err = keybag_hmac(workspace->hmac, key, sealed->bytes,
			  sealed->length - DEVICE_MAC_FROM_END, mac);
	if (!err && crypto_memneq(mac, expected, sizeof(mac)))
		err = -EBADMSG;
	return err;
}

int keybag_sealed_form_check_device(struct keybag_workspace *workspace,
				    const struct keybag_sealed_form *sealed)
{
	if (crypto_memneq(sealed->form->device_key_id, workspace->device->id,
			  KB_DEVICE_KEY_ID_SIZE))
		return -EXDEV;
	return check_mac(workspace, sealed, workspace->device->mac, DEVICE_MAC_FROM_END);
}

static int derive_form_mac(struct keybag_workspace *workspace, const u8 *uuid, const u8 *bag_key)
{
	const struct keybag_part part = { bag_key, KEYBAG_KEY_SIZE };

	return keybag_hkdf(workspace->hmac, uuid, KB_UUID_SIZE, &part, 1, "form mac",
			   workspace->wrapping, KEYBAG_KEY_SIZE);
}

int keybag_sealed_form_check_recovery(struct keybag_workspace *workspace,
				      const struct keybag_sealed_form *sealed, const u8 *bag_key)
{
	int err;

	err = derive_form_mac(workspace, sealed->form->uuid, bag_key);
	if (!err)
		err = check_mac(workspace, sealed, workspace->wrapping, RECOVERY_MAC_FROM_END);
	memzero_explicit(workspace->wrapping, sizeof(workspace->wrapping));
	return err;
}

static int put_trailer(struct keybag_workspace *workspace, u8 *bytes, size_t length,
		       const u8 *uuid, const u8 *bag_key)
{
	u8 *end = bytes + length;
	size_t covered = length - DEVICE_MAC_FROM_END;
	int err;

	err = keybag_hmac(workspace->hmac, workspace->device->mac, bytes, covered,
			  end - DEVICE_MAC_FROM_END);
	if (!err)
		err = derive_form_mac(workspace, uuid, bag_key);
	if (!err)
		err = keybag_hmac(workspace->hmac, workspace->wrapping, bytes, covered,
				  end - RECOVERY_MAC_FROM_END);
	memzero_explicit(workspace->wrapping, sizeof(workspace->wrapping));
	if (!err)
		keybag_hash(bytes, length - HASH_FROM_END, end - HASH_FROM_END);
	return err;
}

int keybag_sealed_form_make(struct keybag_workspace *workspace, struct keybag_sealed_form *sealed,
			    const struct kb_form *form, const u8 *bag_key)
{
	size_t length = kb_form_size(form);
	struct kb_form *view;
	u8 *bytes;
	int err;

	*sealed = (struct keybag_sealed_form){};
	if (!length)
		return -EMSGSIZE;
	bytes = kzalloc(length, GFP_KERNEL);
	if (!bytes)
		return -ENOMEM;
	err = kb_form_write(bytes, length, form);
	if (err < 0)
		goto err_free;
	err = put_trailer(workspace, bytes, length, form->uuid, bag_key);
	if (err)
		goto err_free;

	/* A form that cannot be read back must not get to the disk. */
	view = parse(bytes, length);
	if (IS_ERR(view)) {
		err = PTR_ERR(view);
		goto err_free;
	}
	sealed->bytes = bytes;
	sealed->length = length;
	set_view(sealed, view);
	return 0;

err_free:
	kfree(bytes);
	return err;
}

int keybag_sealed_form_return(const struct keybag_sealed_form *sealed,
			      struct keybag_buffer *buffer)
{
	if (buffer->capacity < sealed->length)
		return -EMSGSIZE;
	if (copy_to_user(u64_to_user_ptr(buffer->address), sealed->bytes, sealed->length))
		return -EFAULT;
	buffer->length = sealed->length;
	return 0;
}

void keybag_sealed_form_free(struct keybag_sealed_form *sealed)
{
	kfree(sealed->form);
	kfree(sealed->bytes);
	*sealed = (struct keybag_sealed_form){};
}
