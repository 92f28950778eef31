/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening a blob sealed under a class key.
 */
#ifndef _KEYBAG_UNWRAP_H
#define _KEYBAG_UNWRAP_H

#include "access.h"
#include "work.h"

/*
 * The class key that sealed the blob in @work, if @access permits @right on it and it is available.
 * Call with bag->rwsem held for reading. Errors: those of keybag_access_slot(), -ENOENT (retired
 * generation), -ENOKEY, -EACCES (domain).
 */
static __always_inline struct keybag_slot *
keybag_unwrap_slot(const struct keybag_access *access, u32 right, const struct keybag_work *work)
{
	const struct kb_blob_header *header = &work->header;
	struct keybag_slot *slot = keybag_access_slot(access, right, header->class);

	if (IS_ERR(slot))
		return slot;
	if (unlikely(memcmp(header->domain, access->domain, KEYBAG_DOMAIN_SIZE)))
		return ERR_PTR(-EACCES);
	if (unlikely(header->key_generation != slot->key_generation))
		return ERR_PTR(-ENOENT);
	if (unlikely(!slot->key.encrypt))
		return ERR_PTR(-ENOKEY);
	return slot;
}

/*
 * Opens the blob in @work in place, a secret and not a child key. Call with bag->rwsem held for
 * reading, then wipe the content and burn the stack. Errors: the above, -EACCES (child key),
 * -EINVAL (sealed by a child key), -EBADMSG.
 */
int keybag_unwrap_locked(const struct keybag_access *access, struct keybag_work *work);

#endif /* _KEYBAG_UNWRAP_H */
