/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of type "keybag": handles of bags in keyrings.
 *
 * Description "user:<uid>" or "system", payload "attach <uuid>". A handle names a bag and can be
 * searched for, asked for by request_key(2), and given to BIND; it conveys no rights of its own.
 */
#ifndef _KEYBAG_KEY_TYPE_H
#define _KEYBAG_KEY_TYPE_H

#include <linux/key-type.h>
#include "../bag/bag.h"

#define KEYBAG_KEY_SYSTEM		"system"
#define KEYBAG_KEY_USER			"user:"
#define KEYBAG_KEY_DESCRIPTION_MAX	sizeof("user:4294967295")
/* Callout information for the helper when BIND, not a program, asks for a key. */
#define KEYBAG_KEY_CALLOUT		"bind"

extern struct key_type keybag_key_type;

int keybag_key_type_init(void);
void keybag_key_type_exit(void);

/*
 * A reference to the bag of a handle. Errors: -EINVAL (a key of another type), -EKEYREVOKED (the
 * bag is gone), or what became of the key.
 */
struct keybag_bag *keybag_key_bag(struct key *key);

#endif /* _KEYBAG_KEY_TYPE_H */
