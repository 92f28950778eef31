// SPDX-License-Identifier: LGPL-2.1-or-later
#include "connect.h"

#include "helper/common/account_file.h"
#include "helper/common/connect.h"
#include "helper/common/namespace.h"
#include "helper/common/protocol.h"
#include "helper/keychain/transport/wire.h"

/* The kernel's number for a uid that has none in the caller's user namespace. */
#define UID_OF_OUTSIDERS	65534

/*
 * A service manager that listens for keychaind is root's. In a sandbox neither has a uid: who made its
 * file system has vouched for the socket.
 */
static int vouch(uid_t uid)
{
	uid_t service;
	int result;

	if (!uid || (uid == UID_OF_OUTSIDERS && surely_in_user_namespace()))
		return 0;
	result = account_file_find(KEYCHAIN_ACCOUNT, &service);
	if (result < 0)
		return result;
	return uid == service ? 0 : -EPERM;
}

int connect_keychaind(bool again, uint64_t patience_ns, uint64_t deadline)
{
	return connect_service(KEYCHAIN_SOCKET, vouch, again, patience_ns, deadline);
}
