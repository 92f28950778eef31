/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_UNLOCK_H
#define KEYBAGD_UNLOCK_H

#include "operation.h"

/* What an unlock may be asked with. */
#define UNLOCK_FLAGS	(KEYBAG_UNLOCK_FIRST_ONLY | KEYBAG_UNLOCK_REMOTE | KEYBAG_UNLOCK_VERIFIED)

/* Main thread: settles the reason. */
int unlock_prepare(struct operation *operation);

/* Worker: UNLOCK with operation->key, after proof_prepare(). */
int unlock_command(struct operation *operation);

#endif /* KEYBAGD_UNLOCK_H */
