/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A client, its connection, and what goes over that.
 */
#ifndef LIBKEYCHAIN_EXCHANGE_H
#define LIBKEYCHAIN_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/common/handover.h"
#include "helper/common/owned_descriptor.h"
#include "helper/keychain/base/value.h"
#include "helper/keychain/include/keychain.h"
#include "helper/keychain/transport/wire.h"

/* A client that asks for itself; and one that was to ask on behalf of a process, which could not be noted: it asks nothing. */
#define BEHALF_NONE	OWNED_DESCRIPTOR_NONE
#define BEHALF_FAILED	((struct owned_descriptor){ .number = -2 })

struct keychain_client {
	struct owned_descriptor socket;	/* of the process that connected: a child has to do so itself; none: not connected */
	uid_t uid;			/* as whom it connected */
	bool greeted;			/* the service has said how it is to be asked */
	bool connected_before;
	bool denied;			/* the last refusal: for who asks, not for what is asked */
	struct mailbox mailbox;		/* of the connection */
	void *scratch;			/* locked, MAILBOX_SIZE; NULL without a mailbox */
	uint64_t limit_ns;
	uint64_t next_id;
	uint8_t nonce[WIRE_NONCE_SIZE];
	char *keychain;			/* NULL: the default one */
	bool system;
	bool pending;			/* what was added last waits for the next unlock */
	int64_t user;			/* of an administrator; -1: one's own */
	struct owned_descriptor behalf;	/* pidfd of its own; or one of these: */
	keychain_progress progress;	/* NULL: none */
	void *progress_context;
	char *message;			/* of the last answer; NULL: none */
	char text[512];			/* of this library's own errors */
};

/* Ends the connection, if there is one. A child that inherited it leaves its parent's as it is. */
void client_disconnect(struct keychain_client *client);

/*
 * Sends @request and waits for the whole answer, page by page, connecting and repeating as needed.
 * Returns the answer, { status, message, result... }, made up where there is none; NULL only
 * without memory. Does not take @request.
 */
struct value *client_exchange(struct keychain_client *client, const struct value *request);

/* The same for one page: an answer with a "cursor" has more to follow, see transport/page.h. */
struct value *client_exchange_page(struct keychain_client *client, const struct value *request);

/*
 * The steps of that, for an answer that may come at any time; nothing is repeated. Each waits until @deadline and returns 0
 * or what client_failed() takes. After -ETIMEDOUT, where there is a connection, the same step may be done again, when the
 * socket is readable; after another failure the connection is of no more use. client_connect() waits no longer than
 * @patience_ns for a service that does not listen. @file has the request until the answer is there, and is to be released
 * then. -ENOTCONN: there is no connection, or it is one of a parent of this process.
 */
int client_connect(struct keychain_client *client, uint64_t patience_ns, uint64_t deadline);
int client_post(struct keychain_client *client, const struct value *request, struct handover *file, uint64_t deadline);
int client_collect(struct keychain_client *client, uint64_t deadline, struct value **ret_answer);

/* The answer in the place of one that did not come, as a step returned @failure. NULL without memory. */
struct value *client_failed(const struct keychain_client *client, int failure);

#endif
