/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _KEYBAG_INSTALL_H
#define _KEYBAG_INSTALL_H

#include "../form/workspace.h"
#include "bag.h"

/*
 * Puts the class keys in @workspace->prepared in place; what is in place stays. Call with
 * bag->rwsem for writing.
 */
void keybag_install(struct keybag_bag *bag, struct keybag_workspace *workspace);

#endif /* _KEYBAG_INSTALL_H */
