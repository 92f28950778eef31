/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One thread for each user who has connections: it reads, decides and answers, so that nobody waits
 * for the disk, the lock or the messages of somebody else.
 */
#ifndef KEYCHAIND_USER_THREAD_H
#define KEYCHAIND_USER_THREAD_H

#include "engine_cache.h"
#include "helper/keychain/service/peer/connection.h"
#include "limits.h"

/* At a time. */
#define USER_THREADS	512

struct user_thread {
	struct user_thread *next;
	uid_t uid;
	int epoll;
	int wake;			/* eventfd: something is in the inbox, or the daemon ends */
	struct connection *inbox;	/* under the mutex */
	struct limits limits;		/* of connections; under the mutex */
	struct connection *connections;
	uint64_t answers;
	struct engine_cache cache;
};

/* Main thread: hands a client that has connected to its user's thread, or refuses it. Owns @fd. */
void user_threads_accept(int fd);

/*
 * Main thread: has all threads finish the request they are at, tell their clients, and end. Waits
 * for it.
 */
void user_threads_stop(void);

#endif
