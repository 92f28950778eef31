/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One client's connection. It belongs to the thread of its user (user_thread.h).
 *
 * Who speaks is settled without trust in what the peer says: the kernel tells the process that
 * connected (SO_PEERCRED) and, with each message, the one that sent it (SCM_CREDENTIALS). The
 * daemon takes a pidfd of the first and then sends a nonce; a message that carries the nonce was
 * sent after that, and as long as the pidfd's process lives nobody else can have its number. So the
 * sender, the one that connected and the one that is looked at are the same process: no number is
 * used again, and a descriptor that was passed on or inherited is of no use to its new holder.
 */
#ifndef KEYCHAIND_CONNECTION_H
#define KEYCHAIND_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "helper/keychain/transport/wire.h"
#include "security_label.h"

struct identity;
struct watcher;

/* A message that has come. */
struct incoming {
	uint64_t id;
	int body;			/* descriptor; -1: none */
	int behalf;			/* what should be a pidfd, of the process on whose behalf it is asked; -1: none */
	size_t length;			/* of the body in the mailbox; 0: none */
};

struct connection {
	struct connection *next;
	int fd;
	int pidfd;
	struct ucred peer;
	uint8_t nonce[WIRE_NONCE_SIZE];
	char label[SECURITY_LABEL_SIZE];		/* of the security module, when it connected; "" for none */
	struct identity *identity;	/* of grants/identity.h; NULL: not looked at yet */
	unsigned int generation;	/* of the entitlements it was looked at with */
	struct mailbox mailbox;		/* what is in it and in sent is zeroed with the next request */
	struct handover sent;		/* the last answer, if it went by a memory file; see connection_end_sent() */

	int unseen;			/* negative errno: the process cannot be looked at; the rest is not known */
	bool foreign;			/* of a user namespace where uids may be anybody's */
	uint32_t application;		/* that it counts against, see limits.h; 0: none */
	struct watcher *watcher;	/* of run/watchers.h; NULL: it does not watch */
	bool held;			/* its request waits until there is something to tell */
	struct incoming held_request;	/* its behalf belongs to the connection */
	bool spoke;			/* there was a request */
	time_t silent_since;		/* CLOCK_MONOTONIC */
	uint64_t turn;			/* of the last answer, among those of its user */
};

/* CLOCK_MONOTONIC. */
time_t monotonic_seconds(void);

/*
 * Takes over @fd, an accepted connection. Returns NULL where the peer is gone or there is no memory
 * left; then @fd is closed. One that says "unseen" or "foreign" is to be refused.
 */
struct connection *connection_new(int fd);

/* Makes the mailbox and sends it and the nonce. Returns 0 or a negative errno. */
int connection_greet(struct connection *connection);

/*
 * Reads a message. Returns 0, -EAGAIN, or another negative errno: the connection is of no more use,
 * the peer has been told why where that was possible. The descriptors of @ret_incoming belong to the caller, who gives them
 * to connection_close_incoming().
 */
int connection_receive(struct connection *connection, struct incoming *ret_incoming);

/* Whether the process that connected still runs. */
bool connection_peer_lives(const struct connection *connection);

/*
 * Sends an answer, by the mailbox if the request came by it and the answer fits. Returns 0; -EMSGSIZE
 * (larger than WIRE_MAX_BODY: nothing was sent); or another negative errno: the connection is of no
 * more use.
 */
int connection_answer(struct connection *connection, const struct incoming *incoming,
		      const struct value *answer);

/* Zeroes the last answer, and has its memory given back. */
void connection_end_sent(struct connection *connection);

/* Says that what was not answered was not begun. */
void connection_say_closing(struct connection *connection);

/* One message that there is no service, to a connection that is not going to be. Frees it. */
void connection_refuse(struct connection *connection, int error, const char *text);

/* Whom descriptors that came by it are closed for: its user, or the user's application (helper/daemon/closer.h). */
uint64_t connection_account(const struct connection *connection);

/* Closes the descriptors of an incoming request that it still has. */
void connection_close_incoming(const struct connection *connection, const struct incoming *incoming);

/* Keeps of @incoming, and takes from it, what is needed to answer it later; and gives that back. */
void connection_hold(struct connection *connection, struct incoming *incoming);
void connection_release(struct connection *connection);

/* Waits until the peer has read the last answer, which connection_free() takes away. */
void connection_wait_read(const struct connection *connection, uint64_t deadline);

/* Closes and releases it; not its identity, which is of those who found it. */
void connection_free(struct connection *connection);

#endif
