// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer_call.h"

#include <errno.h>

#include "helper/common/cleanup.h"

bool peer_is_there(const struct peer *peer)
{
	return sd_bus_is_open(peer->bus) > 0 && sd_bus_get_name_creds(peer->bus, peer->owner, 0, NULL) >= 0;
}

int peer_new_call(struct peer *peer, const char *path, const char *interface, const char *member, sd_bus_message **ret_call)
{
	sd_bus_error_free(&peer->error);
	return sd_bus_message_new_method_call(peer->bus, ret_call, peer->owner, path, interface, member);
}

/* An answer that another peer of the bus has sent would do for sd-bus. */
int peer_call(struct peer *peer, sd_bus_message *message, sd_bus_message **ret_reply)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	int result = sd_bus_call(peer->bus, message, PEER_LIMIT_US, &peer->error, &reply);

	if (result < 0)
		return result;
	if (!bus_message_is_from(reply, peer->owner))
		return -EBADMSG;
	if (ret_reply) {
		*ret_reply = reply;
		reply = NULL;
	}
	return 0;
}
