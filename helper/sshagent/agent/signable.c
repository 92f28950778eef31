// SPDX-License-Identifier: GPL-2.0-or-later
#include "signable.h"

#include <string.h>

#include "helper/sshagent/bind/login_request.h"

#define OF_SSH		"ssh:"
#define SIGNED_FILE	"SSHSIG"

static bool starts_with(struct bytes bytes, const char *text)
{
	return bytes.length >= strlen(text) && !memcmp(bytes.data, text, strlen(text));
}

/* PROTOCOL.sshsig, all of it. */
static bool is_file(struct bytes data)
{
	struct reader from = reader_of_bytes(data);

	for (size_t at = 0; at < strlen(SIGNED_FILE); at++)
		reader_u8(&from);
	reader_text(&from);
	reader_string(&from);
	reader_text(&from);
	reader_string(&from);
	return starts_with(data, SIGNED_FILE) && reader_done(&from);
}

bool signable_by_security_key(const struct private_key *key, struct bytes blob, struct bytes data)
{
	struct login_request request;

	return starts_with(key->public.application, OF_SSH) || is_file(data) ||
	       (login_request_read(data, &request) && bytes_equal(request.key, blob));
}
