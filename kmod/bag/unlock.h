/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making class keys available.
 */
#ifndef _KEYBAG_UNLOCK_H
#define _KEYBAG_UNLOCK_H

#include "../form/workspace.h"
#include "bag.h"

/*
 * Makes the class keys of @form that @state allows and @bag has not (NULL: all of them), with @keys
 * (NULL: those under the device key only), and leaves them in @workspace->prepared. Call with
 * bag->control held, or before the bag can be found. Errors: -EBADMSG, -ENOMEM.
 */
int keybag_prepare(struct keybag_workspace *workspace, struct keybag_bag *bag,
		   const struct kb_form *form, enum kb_state state,
		   const struct keybag_bag_keys *keys);

/* KEYBAG_IOC_UNLOCK. */
int keybag_unlock(struct keybag_unlock *args);

#endif /* _KEYBAG_UNLOCK_H */
