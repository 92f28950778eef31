/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One thread for each user who has connections: it reads, decides and answers, so that nobody waits
 * for the disk, the lock or the messages of somebody else.
 */
#ifndef KEYCHAIND_USER_H
#define KEYCHAIND_USER_H

#include "connection.h"
#include "engines.h"

/*
 * Limits of connections: of one user, of all, of all that are not root's; and of users at a time.
 */
#define CONNECTIONS_OF_USER	256
#define CONNECTIONS_OF_ALL	4096
#define CONNECTIONS_OF_ROOT	256
#define USERS			512

struct user {
	struct user *next;
	uid_t uid;
	int epoll;
	int wake;			/* eventfd: something is in the inbox, or the daemon ends */
	struct connection *inbox;	/* under the mutex */
	unsigned int count;		/* of connections; under the mutex */
	struct connection *connections;
	struct engines engines;
};

/* Main thread: hands a client that has connected to its user's thread, or refuses it. Owns @fd. */
void users_accept(int fd);

/*
 * Main thread: has all threads finish the request they are at, tell their clients, and end. Waits
 * for it.
 */
void users_stop(void);

#endif
