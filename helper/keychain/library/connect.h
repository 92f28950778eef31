/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A connection to keychaind.
 */
#ifndef LIBKEYCHAIN_CONNECT_H
#define LIBKEYCHAIN_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

/* As connect_service() of helper/common/connect.h, to a keychaind of root's or of its own account. */
int connect_keychaind(bool again, uint64_t patience_ns, uint64_t deadline);

#endif
