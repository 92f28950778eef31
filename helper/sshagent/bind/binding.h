/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sessions of SSH that a connection belongs to, as ssh(1) says and proves when it has connected to a server
 * (PROTOCOL.agent, session-bind). Keys that are restricted to destinations are seen and used by these.
 */
#ifndef SSHAGENT_BINDING_H
#define SSHAGENT_BINDING_H

#include "helper/sshagent/key/public_key.h"

#define BINDINGS_MAX	16

struct binding {
	uint8_t *key;			/* of the server; with the session in one allocation */
	size_t key_length;
	uint8_t *session;
	size_t session_length;
	bool forwarded;			/* the connection comes from there; else it is for logging in there */
};

struct bindings {
	bool attempted;			/* one was tried */
	size_t count;
	struct binding list[BINDINGS_MAX];
};

/* The payload of the request. Returns whether it was added: it is the server's own signature, and fits those before. */
bool bindings_add(struct bindings *bindings, struct reader *from);

/* Whether the other end is a program on another host, or was to be one. */
bool bindings_remote(const struct bindings *bindings);

/* Whether who is at the other end may see a key with these destinations. */
bool bindings_show(const struct bindings *bindings, struct bytes destinations);

/* Whether @data may be signed by that key: it is a login where it was last bound to, and may be used for it. */
bool bindings_permit(const struct bindings *bindings, struct bytes destinations, struct bytes key, struct bytes data);

void bindings_free(struct bindings *bindings);

#endif /* SSHAGENT_BINDING_H */
