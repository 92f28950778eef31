/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making class keys available.
 */
#ifndef _KEYBAG_UNLOCK_H
#define _KEYBAG_UNLOCK_H

#include "bag.h"
#include "workspace.h"

/* Ciphers made ready outside bag->rwsem, by class. */
struct keybag_prepared {
	struct keybag_class_key keys[KB_CLASS_SLOTS];
};

/*
 * Makes the class keys of @form that @state allows and @bag has not, with @keys (NULL: those under
 * the device key only). Call with bag->control held, or before the bag can be found. On error
 * nothing is left. Errors: -EBADMSG, -ENOMEM.
 */
int keybag_prepare(struct keybag_workspace *workspace, struct keybag_bag *bag,
		   const struct kb_form *form, enum kb_state state,
		   const struct keybag_bag_keys *keys, struct keybag_prepared *prepared);

/* Puts them in place; what is in place stays. Call with bag->rwsem for writing. */
void keybag_install(struct keybag_bag *bag, struct keybag_prepared *prepared);

/* Wipes what was not put in place. */
void keybag_prepared_wipe(struct keybag_prepared *prepared);

/* KEYBAG_IOC_UNLOCK. */
int keybag_unlock(struct keybag_unlock *args);

#endif /* _KEYBAG_UNLOCK_H */
