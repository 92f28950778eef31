// SPDX-License-Identifier: GPL-2.0-or-later
#include "identity_find.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "entitlements.h"
#include "helper/keychain/service/peer/peer_kind.h"
#include "helper/keychain/service/peer/process.h"

/*
 * keybagd does not run, hangs, or lacks what it takes to look, or we to ask: that says nothing of the process. Other errors are of
 * its executable, as on a file system of a user's own that is gone: no entitlement file names such a one.
 */
static bool is_away(int result)
{
	switch (result) {
	case -ECONNREFUSED:
	case -ECONNRESET:
	case -ETIMEDOUT:
	case -EHOSTDOWN:
	case -EDQUOT:
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
	case -EPROTO:
		return true;
	default:
		return false;
	}
}

/*
 * A process that cannot be told apart from a program that an entitlement file names is not served as if it were none of these:
 * its items would be in a group of others.
 */
static int look_at_program(struct identity *identity, struct keybag_client *client)
{
	int result = keybag_client_program(client, identity->pid, &identity->program);

	identity->knows_program = !result;
	return is_away(result) ? -EHOSTDOWN : 0;
}

/*
 * The capabilities count in a user namespace of its own, too, which it can make but not leave: the namespace is looked at
 * afterwards.
 */
static bool has_privilege(pid_t pid)
{
	return !process_has_capability(pid, CAP_SYS_ADMIN) || !process_has_capability(pid, CAP_SYS_PTRACE);
}

bool identity_is_privileged(const struct identity *identity, const struct connection *connection)
{
	return has_privilege(identity->pid) && !peer_kind_is_foreign(identity->pid, identity->uid, identity->kind) &&
	       connection_peer_lives(connection);
}

static int look(struct identity *identity, const struct connection *connection,
		struct keybag_client *client)
{
	int result;

	identity->privileged = entitlements_ask_privilege() && has_privilege(identity->pid);
	result = peer_kind_of(identity->pid, &identity->kind, identity->name);
	/* It was looked at when it connected; a process can make one later. */
	if (!result && peer_kind_is_foreign(identity->pid, identity->uid, identity->kind))
		result = -EPERM;
	if (result < 0)
		return result;
	identity->label_kept = security_label_is_kept(identity->label, identity->pid);
	if (entitlements_name_executables())
		result = look_at_program(identity, client);
	if (result < 0)
		return result;
	/* All that was read above is of this process only if it still runs. */
	if (!connection_peer_lives(connection))
		return -ESRCH;
	return entitlements_apply(identity, connection);
}

int identity_find(const struct connection *connection, struct keybag_client *client,
		  struct identity **ret_identity)
{
	struct identity *identity = calloc(1, sizeof(*identity));
	int result;

	if (!identity)
		return -ENOMEM;
	identity->uid = connection->peer.uid;
	identity->pid = connection->peer.pid;
	memcpy(identity->label, connection->label, sizeof(identity->label));
	result = look(identity, connection, client);
	if (result < 0)
		identity_free(identity);
	else
		*ret_identity = identity;
	return result;
}

static bool is_program(const struct keybag_program *now, const struct identity *identity)
{
	return now->device == identity->program.device && now->inode == identity->program.inode &&
	       now->real_group == identity->program.real_group && (identity->uid == 0 || !now->traceable);
}

int identity_holds(const struct identity *identity, const struct connection *connection, struct keybag_client *client)
{
	struct keybag_program now;
	int result = 0;

	if (identity->by_label && !security_label_is_kept(identity->label, identity->pid))
		return -EPERM;
	if (identity->by_privilege && !identity_is_privileged(identity, connection))
		return -EACCES;
	if (identity->by_executable)
		result = keybag_client_program(client, identity->pid, &now);
	if (is_away(result))
		return -EHOSTDOWN;
	if (result < 0 || (identity->by_executable && !is_program(&now, identity)))
		return -EPERM;
	return connection_peer_lives(connection) ? 0 : -EPERM;
}
