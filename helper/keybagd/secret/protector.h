/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New protectors: a passcode, or a recovery code. Worker threads.
 */
#ifndef KEYBAGD_PROTECTOR_H
#define KEYBAGD_PROTECTOR_H

#include "keybagd/bag/operation.h"

/*
 * Public half and secret of the passcode that the request brought, or of kind NONE where it brought none.
 * @ret_key holds the secret and has to live as long as @ret_secret. Returns 0 or a negative errno that is
 * in the result.
 */
int protector_new_passcode(struct operation *operation, struct keybag_protector *ret_protector,
			   struct secret *ret_key, struct keybag_secret *ret_secret);

/* The same of a recovery code that is made here; its text goes into operation->handover. */
int protector_new_recovery(struct operation *operation, struct keybag_protector *ret_protector,
			   struct secret *ret_key, struct keybag_secret *ret_secret);

#endif /* KEYBAGD_PROTECTOR_H */
