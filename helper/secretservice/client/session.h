/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: how secrets travel between a client and this service. It outlives locks, as it has no secret but its own key.
 */
#ifndef SECRETSERVICE_SESSION_H
#define SECRETSERVICE_SESSION_H

#include "client.h"
#include "helper/common/secret.h"
#include "helper/secretservice/bus/wire_secret.h"
#include "helper/secretservice/crypto/agreement.h"

#define SESSIONS_MAX	512	/* of all clients: each key has a page of locked memory */

struct session {
	struct session *next;
	uint64_t number;
	struct secret key;	/* SECRET_NONE: secrets travel as they are */
};

/* Both return 0, -EMFILE (CLIENT_MAX_SESSIONS, SANDBOX_MAX_SESSIONS, SESSIONS_MAX) or -ENOMEM. */
int session_open_plain(struct client *client, struct session **ret_session);
/* And errors of agreement_answer(). */
int session_open_agreed(struct client *client, const void *peer_public, size_t length,
			uint8_t ret_public[AGREEMENT_SIZE], struct session **ret_session);

/* The client's session of that path; NULL: it has none. */
struct session *session_find(const struct client *client, const char *path);

void session_close(struct client *client, struct session *session);
void sessions_close_all(struct client *client);

/* The secret that @wire holds, which came for this session. Returns 0, -EINVAL, -ENOMEM or -EIO. */
int session_read(const struct session *session, const struct wire_secret *wire, struct secret *ret_secret);

/* Appends a secret for this session, @path, to a sensitive message. Returns 0 or a negative errno. */
int session_append(const struct session *session, const char *path, sd_bus_message *message, const void *secret,
		   size_t length, const char *content_type);

#endif /* SECRETSERVICE_SESSION_H */
