/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command about one bag: finds it, and holds bag->control until it is done.
 */
#ifndef _KEYBAG_VISIT_H
#define _KEYBAG_VISIT_H

#include "../form/workspace.h"
#include "bag.h"

/* The bag of that UUID, or NULL. leave() drops lock and reference; it takes NULL, too. */
struct keybag_bag *keybag_visit_enter(const u8 *uuid);
void keybag_visit_leave(struct keybag_bag *bag);

/* A visit that opens or seals something. */
struct keybag_visit {
	struct keybag_bag *bag;
	struct keybag_workspace *workspace;
};

/*
 * Errors, and then there is nothing to end: -ENOENT (no such bag), and after it those of
 * keybag_workspace_begin().
 */
int keybag_visit_begin(struct keybag_visit *visit, const u8 *uuid);
void keybag_visit_end(struct keybag_visit *visit);

#endif /* _KEYBAG_VISIT_H */
