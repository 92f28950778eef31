/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections of clients: one request at a time each; the next is read when the reply was sent. Main
 * thread only.
 */
#ifndef KEYBAGD_CONNECTION_H
#define KEYBAGD_CONNECTION_H

#include <sys/socket.h>

#include "keybagd/bag/operation.h"

/*
 * Limits of connections: of one user; of keychaind, which speaks for many; of root; of all, of which the last ones are
 * root's. A user has at most as many as are left for others: however many are greedy, the next one finds some.
 */
#define CONNECTIONS_OF_USER	32
#define CONNECTIONS_OF_KEYCHAIN	576
#define CONNECTIONS_OF_ROOT	256
#define CONNECTIONS_OF_ALL	2048

/* So long a user's connection may be silent, at first and between requests; watching is none. */
#define SILENT_AT_FIRST_US	10000000ULL
#define SILENT_US		60000000ULL

struct connection;

/*
 * Reads one request of a peer and sees to it that connection_reply() follows. Takes secrets out of @descriptors but
 * closes none of them.
 */
typedef void (*connection_handler_t)(struct connection *connection, const struct ucred *peer,
				     const uint8_t *bytes, size_t length, const int *descriptors);

void connection_open_loop(sd_event *loop, connection_handler_t handler);

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

/*
 * Takes over what went with the reply: a secret in it is zeroed with the next request or at the end of the connection, in
 * case the peer dies before it has done so.
 */
void connection_keep(struct connection *connection, struct handover *handover);

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
