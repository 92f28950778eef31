/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures by security keys (FIDO2 and U2F), as OpenSSH has them (PROTOCOL.u2f).
 */
#ifndef SSHAGENT_SECURITY_KEY_H
#define SSHAGENT_SECURITY_KEY_H

#include "helper/sshagent/wire/buffer.h"

struct security_key_request {
	struct bytes type;		/* of the SSH key, without a certificate */
	struct bytes application;
	uint8_t flags;			/* SECURITY_KEY_... */
	struct bytes handle;
	struct bytes data;		/* to be signed */
};

#define SECURITY_KEY_PRESENCE		0x01	/* the person is to touch it */
#define SECURITY_KEY_VERIFICATION	0x04	/* and to give its PIN, or a finger */

/* Appends the signature. Waits for the person. Returns false where no device that is connected makes one. */
bool security_key_sign(const struct security_key_request *request, struct buffer *to);

#endif /* SSHAGENT_SECURITY_KEY_H */
