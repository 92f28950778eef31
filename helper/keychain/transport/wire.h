/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages between libkeychain and keychaind; docs/keychain-protocol.md says what they mean.
 *
 * What is on the socket is small and public: a flat map, as keybagd has them. The body of a request
 * or an answer is one value as CBOR, in the connection's mailbox or in a memory file that goes with the
 * message, because attributes and secrets would leave copies in the socket's buffers.
 */
#ifndef KEYCHAIN_WIRE_H
#define KEYCHAIN_WIRE_H

#include <stddef.h>
#include <sys/types.h>

#include "helper/common/handover.h"
#include "helper/common/message.h"
#include "helper/keychain/base/value.h"
#include "mailbox.h"

#define WIRE_VERSION		1
#define WIRE_NONCE_SIZE		16
#define WIRE_MAX_MESSAGE	4096			/* on the socket */
#define WIRE_MAX_BODY		(2U << 20)		/* a secret and a page of others */
#define WIRE_MAX_QUERY		65536			/* of a request, secrets aside */
#define WIRE_MAX_SECRET		(1U << 20)
#define WIRE_MAX_ENTRIES	65536			/* of one array of an answer */

#ifndef KEYCHAIN_SOCKET
#define KEYCHAIN_SOCKET		"/run/keychain/keychaind.sock"
#endif
#define KEYCHAIN_SOCKET_FOLDER	"/run/keychain"

/* Fields of messages */
#define WIRE_FIELD_VERSION	"version"
#define WIRE_FIELD_ID		"id"
#define WIRE_FIELD_NONCE	"nonce"		/* bytes: greeting, and every request after it */
#define WIRE_FIELD_LENGTH	"length"	/* of the body in the mailbox */
#define WIRE_FIELD_BEHALF	"behalf"	/* true: the last descriptor is a pidfd, of the process that it is asked for */
#define WIRE_FIELD_ERROR	"error"		/* a positive errno: no answer */
#define WIRE_FIELD_MESSAGE	"message"	/* text with an error */
#define WIRE_FIELD_CLOSING	"closing"	/* true: what was not answered was not begun */

/*
 * Puts @value into a memory file. Returns 0, -EMSGSIZE (over WIRE_MAX_BODY), or a negative errno.
 */
int wire_pack(const struct value *value, struct handover *ret_body);

/*
 * Takes a body out of a memory file and zeroes it. @max_entries: as cbor_value_read(). Returns 0,
 * -EPROTO, -ENOMEM, -ENODATA (its sender has zeroed it, and ended), or -EINVAL for what is no memory file.
 * Does not close @descriptor.
 */
int wire_unpack(int descriptor, size_t max_entries, struct value **ret_value);

/*
 * Puts @value into the mailbox. Returns its length, or 0: it does not fit, or there is no mailbox, and
 * wire_pack() is the way.
 */
size_t wire_post(struct mailbox *mailbox, const struct value *value);

/*
 * Takes a body of @length bytes out of the mailbox. @scratch: locked memory of MAILBOX_SIZE bytes, left
 * zeroed. Returns 0, -EPROTO, -ENOMEM, -ENODATA as wire_unpack(), or -EINVAL: @length cannot be.
 */
int wire_collect(struct mailbox *mailbox, size_t length, void *scratch, size_t max_entries,
		 struct value **ret_value);

#endif
