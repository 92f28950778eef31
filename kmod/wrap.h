/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sealing a secret under a class key.
 */
#ifndef _KEYBAG_WRAP_H
#define _KEYBAG_WRAP_H

#include "access.h"
#include "work.h"

/*
 * Checks rights and state, and seals the content of @work under @class, a valid one. Where
 * @generated is not NULL the content is a new secret, and is copied there as well. Call with
 * bag->rwsem held for reading, then burn the stack. Wipes the content on error.
 */
int keybag_wrap_locked(const struct keybag_access *access, struct keybag_work *work,
		       unsigned int class, u8 __user *generated);

#endif /* _KEYBAG_WRAP_H */
