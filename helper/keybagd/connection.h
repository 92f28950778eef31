/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections of clients: one request at a time each; the next is read when the reply was sent. Main
 * thread only.
 */
#ifndef KEYBAGD_CONNECTION_H
#define KEYBAGD_CONNECTION_H

#include "operation.h"

/* Limits of connections: of one user, of root, of all. */
#define CONNECTIONS_OF_USER	32
#define CONNECTIONS_OF_ROOT	256
#define CONNECTIONS_OF_ALL	1024

struct connection;

void connection_open_loop(sd_event *loop);

/* Takes over an accepted descriptor, or refuses the peer and closes it. */
void connection_accept(int fd);

/* Makes it the request under way. */
void connection_begin(struct connection *connection, struct operation *operation);

/*
 * Sends a reply and waits for the next request; a peer that does not read is dropped. Returns whether it
 * is still there.
 */
bool connection_reply(struct connection *connection, const void *bytes, size_t length,
		      int descriptor);

/* Closes it without a reply. */
void connection_drop(struct connection *connection);

/* The operation will send no reply: its connection, if it still has one, is closed. */
void connection_forget(struct operation *operation);

/* From now on it hears of keybags of @owner, of the one @uuid, or with @all of all. */
void connection_watch(struct connection *connection, bool all, uid_t owner,
		      const uint8_t *uuid);

/* Tells all that watch this keybag. */
void connection_tell(const struct bag *bag, const struct keybag_event *event);

/* The same for one connection only. Returns whether it is still there. */
bool connection_tell_one(struct connection *connection, const struct bag *bag,
			 const struct keybag_event *event);

/* Whether it watches this keybag. */
bool connection_watches(const struct connection *connection, const struct bag *bag);

void connection_close_all(void);

#endif /* KEYBAGD_CONNECTION_H */
