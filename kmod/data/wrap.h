/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sealing a secret under a class key.
 */
#ifndef _KEYBAG_WRAP_H
#define _KEYBAG_WRAP_H

#include "task.h"

/*
 * Checks rights and state, and seals the content of @work under @class, a valid one. Where
 * @generated is not 0 the content is a new secret, and is copied to that address as well. Call in a
 * stay, then burn the stack. Wipes the content on error.
 */
int keybag_wrap_locked(const struct keybag_access *access, struct keybag_work *work,
		       unsigned int class, u64 generated);

/* The operation, and KEYBAG_IOC_WRAP. @size is that of the caller's structure. */
extern const struct keybag_verb keybag_wrap_verb;
long keybag_wrap(struct keybag_file *file, unsigned int size, void __user *argument);

#endif /* _KEYBAG_WRAP_H */
