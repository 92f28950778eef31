/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of a prepared change.
 */
#ifndef _KEYBAG_COMMIT_H
#define _KEYBAG_COMMIT_H

#include "uapi/keybag.h"

/* KEYBAG_IOC_COMMIT, ABORT. */
int keybag_commit(struct keybag_commit *args);
int keybag_abort(struct keybag_commit *args);

#endif /* _KEYBAG_COMMIT_H */
