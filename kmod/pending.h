/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A change of a bag, prepared and not yet in effect.
 */
#ifndef _KEYBAG_PENDING_H
#define _KEYBAG_PENDING_H

#include "class_key.h"
#include "sealed_form.h"

/**
 * struct keybag_pending - a prepared change; bag->control, and as said
 * @maker: the command that prepared it, while that runs; only to compare with
 * @sealed: the sealed form to come
 * @akpu: ciphers of a new akpu key, empty where there is none or a lock has wiped it (bag->rwsem)
 */
struct keybag_pending {
	const void *maker;
	struct keybag_sealed_form sealed;
	struct keybag_class_key akpu;
};

/* Wipes and frees it; NULL is fine. */
void keybag_pending_free(struct keybag_pending *pending);

#endif /* _KEYBAG_PENDING_H */
