/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to keychaind (docs/keychain-protocol.md).
 */
#ifndef LIBKEYCHAIN_CLIENT_H
#define LIBKEYCHAIN_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/keychain/common/value.h"
#include "helper/keychain/common/wire.h"
#include "keychain.h"

struct keychain_client {
	int fd;				/* -1: not connected */
	pid_t pid;			/* that connected: a child has to do so itself */
	bool connected_before;
	struct mailbox mailbox;		/* of the connection */
	void *scratch;			/* locked, MAILBOX_SIZE; NULL without a mailbox */
	uint64_t limit_ns;
	uint64_t next_id;
	uint8_t nonce[WIRE_NONCE_SIZE];
	char *keychain;			/* NULL: the default one */
	bool system;
	int64_t user;			/* of an administrator; -1: one's own */
	keychain_progress progress;	/* NULL: none */
	void *progress_context;
	char *message;			/* of the last answer; NULL: none */
	char text[512];			/* of this library's own errors */
};

/*
 * Adds the keychain the client was told to use, unless the request names one. Returns 0 or -ENOMEM.
 */
int client_add_target(const struct keychain_client *client, struct value *request);

/* { status, name, message } of this library's own. NULL without memory. */
struct value *client_answer(int status, const char *message);

/* Ends the connection, if there is one. A child that inherited it leaves its parent's as it is. */
void client_disconnect(struct keychain_client *client);

/*
 * Sends @request and waits for the whole answer, page by page, connecting and repeating as needed.
 * Returns the answer, { status, message, result... }, made up where there is none; NULL only
 * without memory. Does not take @request.
 */
struct value *client_exchange(struct keychain_client *client, const struct value *request);

/*
 * client_exchange(), and the message noted for the caller. Takes @request (NULL: no memory).
 * Returns the status; with success *@ret_answer (NULL: not wanted) gets the answer.
 */
int client_execute(struct keychain_client *client, struct value *request,
		   struct value **ret_answer);

/* Notes an error of this library and returns @status. */
__attribute__((format(printf, 3, 4))) int client_fail(struct keychain_client *client, int status,
						      const char *format, ...);

#endif
