/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations that engine.c knows by name; they are defined in files of their own.
 */
#ifndef KEYCHAIN_OPERATIONS_H
#define KEYCHAIN_OPERATIONS_H

#include "helper/keychain/items/request.h"

/* Each returns a status, with request->outcome set unless it is success. */
int operation_add(struct request *request);
int operation_add_all(struct request *request);
int operation_copy(struct request *request);
int operation_update(struct request *request);
int operation_delete(struct request *request);
int operation_upsert(struct request *request);
int operation_change_class(struct request *request);
int operation_move(struct request *request);
int operation_purge(struct request *request);
int operation_pending(struct request *request);
int operation_pending_add(struct request *request);
int operation_backup(struct request *request);
int operation_restore(struct request *request);

#endif
