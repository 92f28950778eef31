/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_STATUS_H
#define KEYBAGD_STATUS_H

#include "keybagd/bag/operation.h"

/* A reply() of handlers: tells what is known of the keybag. */
void status_reply(struct operation *operation, struct writer *writer);

#endif /* KEYBAGD_STATUS_H */
