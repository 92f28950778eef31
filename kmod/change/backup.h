/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backup keybags: class keys of their own under a backup password, to which blobs of a keybag are
 * sealed anew, and back (docs/decisions/0093).
 */
#ifndef _KEYBAG_BACKUP_H
#define _KEYBAG_BACKUP_H

#include "../bag/bag.h"

/*
 * KEYBAG_IOC_BACKUP_CREATE and BACKUP_OPEN: *@ret is the backup keybag, taken in, with a reference.
 * Another one of the same owner is ended.
 */
int keybag_backup_create(struct keybag_backup_create *args, struct keybag_bag **ret);
int keybag_backup_open(struct keybag_backup_open *args, struct keybag_bag **ret);

/* Takes back what the caller did not get: wipes it and puts the reference. */
void keybag_backup_take_back(struct keybag_bag *bag);

#endif /* _KEYBAG_BACKUP_H */
