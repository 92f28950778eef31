/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGD_REQUEST_H
#define KEYBAGD_REQUEST_H

#include "connection.h"

/*
 * Reads one request of a peer, decides whether it may, and carries it out or queues it; the reply
 * follows. Takes secrets out of @descriptors but closes none of them.
 */
void request_handle(struct connection *connection, const struct ucred *peer, const uint8_t *bytes,
		    size_t length, const int *descriptors);

#endif /* KEYBAGD_REQUEST_H */
