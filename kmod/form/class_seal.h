/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Class keys sealed in a form.
 */
#ifndef _KEYBAG_CLASS_SEAL_H
#define _KEYBAG_CLASS_SEAL_H

#include "../../keybag/form.h"
#include "workspace.h"

/* Which of the copies of a class key to open. */
enum keybag_copy {
	KEYBAG_COPY_FIRST,	/* the one for daily use */
	KEYBAG_COPY_LAST,	/* of dk and D the one under K_bag */
};

/*
 * Opens a class key into @workspace->class_key, which the caller wipes. @keys may be NULL where the
 * copy is under a device subkey. Returns 0 or -EBADMSG.
 */
int keybag_class_open(struct keybag_workspace *workspace, const u8 *uuid,
		      const struct kb_class_key *key, enum keybag_copy copy,
		      const struct keybag_bag_keys *keys);

/*
 * Seals @workspace->class_key under @keys as @key says; writes @key->copies sealed keys to @sealed
 * and has @key point there.
 */
int keybag_class_seal(struct keybag_workspace *workspace, const u8 *uuid, struct kb_class_key *key,
		      const struct keybag_bag_keys *keys, u8 sealed[][KB_SEALED_KEY_SIZE]);

#endif /* _KEYBAG_CLASS_SEAL_H */
