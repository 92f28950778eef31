// SPDX-License-Identifier: LGPL-2.1-or-later
#include "connect.h"

#include "helper/common/connect.h"
#include "helper/common/namespace.h"
#include "helper/keychain/transport/wire.h"

/* What the kernel says of a uid that has none in the caller's user namespace. */
#define UID_OF_OUTSIDERS	65534

/*
 * A service manager that listens for keychaind is root's. In a sandbox neither has a uid: who made its
 * file system has vouched for the socket.
 */
static bool trusts(uid_t uid)
{
	return !uid || uid == wire_service_uid() ||
	       (uid == UID_OF_OUTSIDERS && in_user_namespace(0));
}

int connect_keychaind(bool again, uint64_t deadline)
{
	return connect_service(KEYCHAIN_SOCKET, trusts, again, deadline);
}
