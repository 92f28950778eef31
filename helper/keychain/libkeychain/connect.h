/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection to keychaind.
 */
#ifndef LIBKEYCHAIN_CONNECT_H
#define LIBKEYCHAIN_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Connects, non-blocking and close-on-exec, to a keychaind of root's or of its own account. Where
 * nobody listens it has patience: long with @again, for one was there before; short where a socket
 * was left behind; none where there is not even that. Returns a descriptor, -ECONNREFUSED, -EPERM,
 * -ETIMEDOUT, or another negative errno.
 */
int connect_service(bool again, uint64_t deadline);

#endif
