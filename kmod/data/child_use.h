/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations of open child keys: encrypt, decrypt, authenticate.
 */
#ifndef _KEYBAG_CHILD_USE_H
#define _KEYBAG_CHILD_USE_H

#include "task.h"

extern const struct keybag_verb keybag_child_encrypt_verb;
extern const struct keybag_verb keybag_child_decrypt_verb;
extern const struct keybag_verb keybag_child_mac_verb;

#endif /* _KEYBAG_CHILD_USE_H */
