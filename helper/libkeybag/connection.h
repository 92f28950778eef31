/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection to keybagd, of a client or a watch.
 */
#ifndef LIBKEYBAG_CONNECTION_H
#define LIBKEYBAG_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Connects, non-blocking and close-on-exec, to a keybagd that runs as root. Where nobody listens it
 * tries again until @patience, for a daemon that is just starting again; @again: one was there before.
 * Otherwise it has patience only with a socket that somebody left behind.
 * Returns a descriptor, -ECONNREFUSED, -EPERM (not root's keybagd), or -ETIMEDOUT.
 */
int connection_open(bool again, uint64_t patience, uint64_t deadline);

#endif /* LIBKEYBAG_CONNECTION_H */
