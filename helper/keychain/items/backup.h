/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps that backup and restore share.
 */
#ifndef KEYCHAIN_ITEMS_BACKUP_H
#define KEYCHAIN_ITEMS_BACKUP_H

#include "helper/keychain/items/request.h"
#include "helper/keychain/store/backup.h"

/* The session of the request's ticket; in a transaction. Returns a status. */
int backup_begin(struct request *request, struct backup **ret_backup);

/* Which item it is, for people. */
void backup_describe(const struct row *row, char name[BACKUP_MAX_NAME]);

#endif
