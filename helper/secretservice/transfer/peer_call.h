/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Secret Service on a bus, and calls of it: what peer.h and peer_prompt.h are made of.
 */
#ifndef SECRETSERVICE_PEER_CALL_H
#define SECRETSERVICE_PEER_CALL_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "helper/common/secret.h"
#include "helper/daemon/name_owner.h"

#define PEER_LIMIT_US	60000000	/* of one call */

struct peer {
	sd_bus *bus;			/* the caller's */
	char called[64];		/* for people */
	char owner[NAME_OWNER_SIZE];	/* unique name: another service that takes its place is not meant */
	char *session;
	struct secret key;
	sd_bus_error error;		/* of the last call */
	void (*on_wait)(const struct peer *peer);	/* called when a question is not answered at once; NULL: it is not wanted */
	int unanswered;			/* how its last question ended that nobody has said yes to; 0: none has. It asks none after it */
};

#define PEER_NONE	((struct peer){ 0 })

/* Whether that service is on the bus still: another one may have its name by now. */
bool peer_is_there(const struct peer *peer);

/* Begins one, and forgets the error of the one before. Returns 0 or a negative errno. */
int peer_new_call(struct peer *peer, const char *path, const char *interface, const char *member, sd_bus_message **ret_call);

/* Sends it and waits for the answer, PEER_LIMIT_US at most. @ret_reply may be NULL. Returns 0 or a negative errno. */
int peer_call(struct peer *peer, sd_bus_message *message, sd_bus_message **ret_reply);

#endif /* SECRETSERVICE_PEER_CALL_H */
