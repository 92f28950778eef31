// SPDX-License-Identifier: GPL-2.0-or-later
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "entitlements.h"
#include "helper/common/cleanup.h"
#include "helper/common/namespace.h"

static int look_at_cgroup(struct identity *identity)
{
	char text[8192], path[4096];
	CLEANUP_FD int fd = -1;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", identity->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return -errno;
	text[length] = 0;
	if (!cgroup_path(text, path, sizeof(path)))
		snprintf(path, sizeof(path), "?");
	identity->kind = cgroup_classify(path, identity->name);
	return 0;
}

/* Without keybagd no executable is known, and none grants anything. */
static void look_at_program(struct identity *identity, struct keybag_client *client)
{
	identity->knows_program = keybag_client_program(client, identity->pid,
							&identity->program) == 0;
}

static int look(struct identity *identity, const struct connection *connection,
		struct keybag_client *client)
{
	int result = look_at_cgroup(identity);

	/*
	 * In another user namespace a uid may be anybody's. Flatpak makes one for each of its
	 * applications; they are known by their unit.
	 */
	if (!result && identity->kind != IDENTITY_FLATPAK && in_user_namespace(identity->pid))
		result = -EPERM;
	if (result < 0)
		return result;
	identity->label_kept = label_is_kept(identity->label, identity->pid);
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

	if (identity->by_label && !label_is_kept(identity->label, identity->pid))
		return false;
	if (!identity->by_executable)
		return connection_peer_lives(connection);
	return keybag_client_program(client, identity->pid, &now) == 0 &&
	       now.device == identity->program.device && now.inode == identity->program.inode &&
	       now.real_group == identity->program.real_group &&
	       (identity->uid == 0 || !now.traceable) && connection_peer_lives(connection);
}

struct engine_caller identity_caller(const struct identity *identity)
{
	size_t count = 0;

	while (identity->groups[count])
		count++;
	return (struct engine_caller){
		.uid = identity->uid,
		.groups = (const char *const *)identity->groups,
		.group_count = count,
		.tokens = identity->tokens,
		.all_groups = identity->all_groups,
		.application = identity->application,
	};
}

const char *identity_kind_name(enum identity_kind kind)
{
	static const char *const names[] = {
		[IDENTITY_UNCONFINED] = "unconfined",	[IDENTITY_UNIT] = "system unit",
		[IDENTITY_FLATPAK] = "Flatpak",		[IDENTITY_SNAP] = "Snap",
		[IDENTITY_CONTAINER] = "container",
	};

	return names[kind];
}

void identity_describe(const struct identity *identity, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "process %d of uid %u (%s%s%s)", identity->pid, identity->uid,
		 identity_kind_name(identity->kind), *identity->name ? " " : "", identity->name);
}

void identity_free(struct identity *identity)
{
	size_t i;

	if (!identity)
		return;
	for (i = 0; identity->groups && identity->groups[i]; i++)
		free(identity->groups[i]);
	free(identity->groups);
	free(identity->sources);
	free(identity->file);
	free(identity->application);
	free(identity->prefix);
	free(identity);
}
