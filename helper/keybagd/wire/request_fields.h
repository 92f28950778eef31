/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields of a request besides its target: only those that its handler takes are asked for.
 */
#ifndef KEYBAGD_REQUEST_FIELDS_H
#define KEYBAGD_REQUEST_FIELDS_H

#include "common/message.h"
#include "keybagd/bag/operation.h"

/*
 * Reads it into the operation. Secrets first: they are taken over, and wiped, whatever else is wrong.
 * Closes none of @descriptors. Returns 0 or a negative errno that is in the result.
 */
int request_fields_read(struct operation *operation, struct message *message, const int *descriptors);

/* Completes the cost of a new passcode. Returns 0, or -EINVAL in the result: out of range. */
int request_fields_check_kdf(struct operation *operation);

/* Notes that field @key is not as it has to be. Returns -EINVAL. */
int request_fields_malformed(struct operation *operation, const char *key);

#endif /* KEYBAGD_REQUEST_FIELDS_H */
