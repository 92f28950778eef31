/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening a blob sealed under a class key.
 */
#ifndef _KEYBAG_UNWRAP_H
#define _KEYBAG_UNWRAP_H

#include "task.h"

/*
 * The class key that sealed the blob in @work, if @grant, that of @access, permits @right on it and
 * it is available. Where it has no ciphers it is that of class B: see exchange.h.
 * Call in a stay. Errors: those of keybag_access_slot(), -ENOENT (retired generation), -ENOKEY,
 * -EXDEV, -EACCES (domain).
 */
static __always_inline struct keybag_slot *
keybag_unwrap_slot(const struct keybag_access *access, const struct keybag_grant *grant, u32 right,
		   const struct keybag_work *work)
{
	const struct kb_blob_header *header = &work->header;
	struct keybag_slot *slot = keybag_access_slot(access, grant, right, header->class);

	if (IS_ERR(slot))
		return slot;
	if (unlikely(memcmp(header->domain, grant->domain, KEYBAG_DOMAIN_SIZE)))
		return ERR_PTR(-EACCES);
	if (unlikely(header->key_generation != slot->key_generation))
		return ERR_PTR(-ENOENT);
	if (unlikely(!slot->key.encrypt))
		return keybag_class_key_ready(&slot->key) ? slot :
		       ERR_PTR(keybag_access_unavailable(access));
	return slot;
}

/*
 * Opens the blob in @work in place, a secret and not a child key. Call in a stay, then wipe the
 * content and burn the stack. Errors: the above, -EACCES (child key), -EINVAL (sealed by a child
 * key), -EBADMSG.
 */
int keybag_unwrap_locked(const struct keybag_access *access, struct keybag_work *work);

/* The operation, and KEYBAG_IOC_UNWRAP. @size is that of the caller's structure. */
extern const struct keybag_verb keybag_unwrap_verb;
long keybag_unwrap(struct keybag_file *file, unsigned int size, void __user *argument);

#endif /* _KEYBAG_UNWRAP_H */
