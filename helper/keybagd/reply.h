/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_REPLY_H
#define KEYBAGD_REPLY_H

#include "operation.h"

/* Sends what came out of an operation to who asked, if he is still there. */
void reply_send(struct operation *operation);

/* reply() of handlers: which keybag it was. */
void reply_uuid(struct operation *operation, struct writer *writer);

#endif /* KEYBAGD_REPLY_H */
