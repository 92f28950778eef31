/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that has connected: a child of the service manager, or something that only looks like one.
 *
 * It is believed when all of this holds, as the kernel tells it:
 *  - it was root when it connected. Managers of users are not, and root in a user namespace is another uid here.
 *  - its user and its PID namespace are the initial ones, as the manager's are. Its mount namespace is not compared: the
 *    manager makes one for each child that loads credentials.
 *  - it has CAP_SYS_ADMIN, as the manager's child has, which mounts. A service of root's that has not can still move itself
 *    into another unit's control group.
 *  - its control group is that of the unit which its address names. The manager moves a child there before it connects.
 *  - it is the process that has connected, and not one that has got its number since: the kernel hands out a pidfd of that
 *    process (SO_PEERPIDFD, Linux 6.5), or where it does not, the process holds the other end of the connection.
 */
#ifndef KEYCHAIN_SYSTEMD_PEER_H
#define KEYCHAIN_SYSTEMD_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#include "helper/keychain/base/unit_credential.h"

#define PEER_WHY_SIZE	512

struct peer {
	struct unit_credential wanted;	/* what its address names; empty texts: nothing that the manager would */
	char unit[UNIT_NAME_SIZE];	/* whose control group it is in; "": of no unit */
	pid_t pid;
};

/* Whether the kernel says which process a connection is of. Without it looking takes CAP_SYS_PTRACE. */
bool peer_is_told(void);

/* Looks at the peer of the connection @fd. Returns whether it is believed; if not, @ret_why has the reason for people. */
bool peer_look(int fd, struct peer *ret_peer, char ret_why[PEER_WHY_SIZE]);

#endif
