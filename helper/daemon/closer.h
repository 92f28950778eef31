/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors that a peer had a hand in, closed apart from the thread that serves others. How long the last close of one
 * takes is the peer's to say: a socket with SO_LINGER waits for its other end, a file of FUSE for its server, and a
 * connection closes what came by it and was never read.
 *
 * Each account has one thread, as long as there is something to close, so that whoever sends what never closes holds up
 * what is closed for that account, and nobody else's. What lingers is cut off after a moment, by a signal; a file of FUSE
 * cannot be, so no more descriptors are to be taken of an account that has too many to be closed. Memory files, in which
 * secrets come, lose their pages before: the sender may keep them. Thread-safe.
 */
#ifndef KEYBAG_DAEMON_CLOSER_H
#define KEYBAG_DAEMON_CLOSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Threads at the same time. A user's accounts have at most as many as are left for others: 64, 32 and so on, and one each
 * of many users. What finds none waits.
 */
#define CLOSER_THREADS		128

/* Descriptors that wait at most, of an account and of all accounts of a user, before no more are taken. */
#define CLOSER_OF_ACCOUNT	256
#define CLOSER_OF_USER		1024

/* Connections beyond that, of all users, which have a thread of their own. */
#define CLOSER_OVERFLOW		8192

/*
 * Closes @count descriptors that were received, of which those below 0 are none; returns at once. @account: whoever they
 * came from: a uid, with what tells a user's accounts apart in the upper half. 0, root, is trusted, and its descriptors are
 * closed here.
 */
void closer_close(uint64_t account, const int *descriptors, size_t count);

/*
 * Closes a connection with all that its peer has sent and was not read, in the same way. Until it is closed, an epoll that
 * has it goes on telling of it: it has to be taken out of it before. Where too many descriptors wait already it is closed
 * with others like it, and after CLOSER_OVERFLOW of these it is shut down and left open: never closed here.
 */
void closer_close_connection(uint64_t account, int fd);

/* Whether so many descriptors of @account, or of its user, wait that none may be taken from it any more. */
bool closer_is_full(uint64_t account);

/*
 * Calls @close_it, which closes something that others have sent descriptors to, in this thread. What lingers is cut off after
 * a moment; a file of FUSE may take it for ever.
 */
void closer_within_moments(void (*close_it)(void *what), void *what);

/* Numbers of descriptors that are not closed yet. They count as connections that are still open. */
struct closer_count {
	unsigned int of_account;
	unsigned int of_user;
	unsigned int all;
};

struct closer_count closer_count(uint64_t account);

#endif /* KEYBAG_DAEMON_CLOSER_H */
