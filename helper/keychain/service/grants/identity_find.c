// SPDX-License-Identifier: GPL-2.0-or-later
#include "identity_find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "entitlements.h"
#include "helper/keychain/service/peer/peer_kind.h"

/* Without keybagd no executable is known, and none grants anything. */
static void look_at_program(struct identity *identity, struct keybag_client *client)
{
	identity->knows_program = keybag_client_program(client, identity->pid,
							&identity->program) == 0;
}

static int look(struct identity *identity, const struct connection *connection,
		struct keybag_client *client)
{
	int result = peer_kind_of(identity->pid, &identity->kind, identity->name);

	/* It was looked at when it connected; a process can make one later. */
	if (!result && peer_kind_is_foreign(identity->pid, identity->uid, identity->kind))
		result = -EPERM;
	if (result < 0)
		return result;
	identity->label_kept = security_label_is_kept(identity->label, identity->pid);
	if (entitlements_name_executables())
		look_at_program(identity, client);
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

bool identity_holds(const struct identity *identity, const struct connection *connection,
		    struct keybag_client *client)
{
	struct keybag_program now;

	if (identity->by_label && !security_label_is_kept(identity->label, identity->pid))
		return false;
	if (!identity->by_executable)
		return connection_peer_lives(connection);
	return keybag_client_program(client, identity->pid, &now) == 0 &&
	       now.device == identity->program.device && now.inode == identity->program.inode &&
	       now.real_group == identity->program.real_group &&
	       (identity->uid == 0 || !now.traceable) && connection_peer_lives(connection);
}
