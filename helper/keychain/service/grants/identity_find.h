/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding out who a peer is, from the kernel, and what it is granted.
 */
#ifndef KEYCHAIND_IDENTITY_FIND_H
#define KEYCHAIND_IDENTITY_FIND_H

#include <stdbool.h>

#include "helper/keychain/service/peer/connection.h"
#include "identity.h"
#include "libkeybag/keybag.h"

/*
 * Looks at the peer. @client: to ask keybagd by. Returns 0; -EPERM (user namespace), -ESRCH (the
 * peer is gone), -EHOSTDOWN (keybagd does not answer, which knows executables), or another negative errno.
 */
int identity_find(const struct connection *connection, struct keybag_client *client,
		  struct identity **ret_identity);

/*
 * Whether it could mount, or look into any process, now: it has the capability, outside of any user namespace. One that was can
 * have given it up since.
 */
bool identity_is_privileged(const struct identity *identity, const struct connection *connection);

/*
 * Returns 0 (the process is still the one that was found), -EPERM (it is not), -EACCES (it has not the privilege any more that its
 * entitlement file takes) or -EHOSTDOWN.
 */
int identity_holds(const struct identity *identity, const struct connection *connection, struct keybag_client *client);

#endif
