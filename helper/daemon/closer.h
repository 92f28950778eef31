/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors that a peer had a hand in, closed in threads of their own. How long the last close of one takes is the
 * peer's to say: a socket with SO_LINGER waits for its other end, a file of FUSE for its server, and a connection closes
 * what came by it and was never read. Thread-safe.
 */
#ifndef KEYBAG_DAEMON_CLOSER_H
#define KEYBAG_DAEMON_CLOSER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Closes @count descriptors, of which those below 0 are none; returns at once. Until they are closed, an epoll that has
 * them goes on telling of them: they have to be taken out of it before. @account: whoever they came from, as a
 * uid; 0, root, is trusted, and its descriptors are closed here.
 */
void closer_close(uint64_t account, const int *descriptors, size_t count);

/* How many calls for @account have not ended yet; *ret_all: of all. They count as connections that are still open. */
unsigned int closer_pending(uint64_t account, unsigned int *ret_all);

#endif /* KEYBAG_DAEMON_CLOSER_H */
