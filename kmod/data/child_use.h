/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What open child keys do: encrypt, decrypt, authenticate.
 */
#ifndef _KEYBAG_CHILD_USE_H
#define _KEYBAG_CHILD_USE_H

#include "file.h"

/* Items: run with the work @held where that is large enough. They return what ioctl(2) returns. */
long keybag_child_encrypt_item(struct keybag_file *file, struct keybag_work *held,
			       const struct keybag_item *item);
long keybag_child_decrypt_item(struct keybag_file *file, struct keybag_work *held,
			       const struct keybag_item *item);
long keybag_child_mac_item(struct keybag_file *file, struct keybag_work *held,
			   const struct keybag_item *item);

/* As keybag_unwrap_inside(). */
long keybag_child_decrypt_inside(struct keybag_file *file, struct keybag_work *work,
				 const struct keybag_item *item);

#endif /* _KEYBAG_CHILD_USE_H */
