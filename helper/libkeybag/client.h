/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to keybagd (docs/helper-protocol.md).
 */
#ifndef LIBKEYBAG_CLIENT_H
#define LIBKEYBAG_CLIENT_H

#include <stdbool.h>

#include "../common/message.h"
#include "../common/owned_descriptor.h"
#include "../common/protocol.h"
#include "../common/secret.h"
#include "../common/transport.h"
#include "keybag.h"

struct keybag_client {
	struct owned_descriptor socket;	/* none: not connected */
	uid_t uid;			/* as whom it connected: keybagd goes by that */
	bool connected_before;
	bool given_up;			/* nobody listened, for as long as one waits */
	uint64_t limit_ns;
	uint64_t start_limit_ns;	/* until a secret was taken */
	uint64_t next_id;
	char text[512];			/* keybag_client_message() */
	uint8_t request[MESSAGE_MAX_SIZE];
	uint8_t reply[MESSAGE_MAX_SIZE];
};

/* A request being built in client->request. */
struct request {
	struct keybag_client *client;
	struct writer writer;
	bool repeatable;	/* doing it twice is the same as doing it once */
	int error;		/* an argument that cannot be sent */
	size_t secrets;
	struct {
		const char *text;
		size_t length;
	} secret[TRANSPORT_MAX_DESCRIPTORS];
};

void request_start(struct request *request, struct keybag_client *client, const char *operation,
		   const struct keybag_whose *whose);

/* The proof that the change is permitted; NULL: none. It comes before a new passcode. */
void request_add_proof(struct request *request, const struct keybag_proof *proof);
void request_add_passcode(struct request *request, const struct keybag_proof *passcode);
void request_add_kdf(struct request *request, const struct keybag_kdf *kdf);

/*
 * Sends, waits and reads the reply, reconnecting as needed. @ret_reply points into client->reply.
 * @ret_descriptor (NULL: none is expected) gets the descriptor of the reply, or -1.
 * Returns 0 or a negative errno, the daemon's own included; then @ret_reply is still valid and has no
 * fields if there was no answer.
 */
int client_call(struct request *request, struct message *ret_reply, int *ret_descriptor);

/* The same by @deadline, of a call that makes several requests. */
int client_call_by(struct request *request, struct message *ret_reply, int *ret_descriptor, uint64_t deadline);

/*
 * The two halves of client_call(), of a request without secrets; neither waits. The reply may be there when the socket is
 * readable. Return 0 or a negative errno, the daemon's own included. There is no connection then, and the request may be
 * posted again after -ECONNREFUSED (nobody listens), -ETIMEDOUT (too many want to connect) and -ENOTCONN (the connection was
 * lost); but after -EAGAIN (there is no reply yet) it may be collected again.
 */
int client_post(struct request *request);
int client_collect(struct keybag_client *client);

/* Whether there is a connection, and it is of the present effective user; one that is not ends here. */
bool client_keeps_connection(struct keybag_client *client);
void client_disconnect(struct keybag_client *client);

/* client_call() of a request whose reply tells of a try. */
int client_try(struct request *request, struct message *ret_reply, int *ret_descriptor,
	       struct keybag_attempt *ret_attempt);

/* Notes the text of @error for keybag_client_message() and returns @error. */
int client_fail(struct keybag_client *client, int error);

#endif /* LIBKEYBAG_CLIENT_H */
