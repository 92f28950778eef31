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

bool signable_by_security_key(const struct private_key *key, struct bytes data)
{
	struct login_request request;

	return starts_with(key->public.application, OF_SSH) || starts_with(data, SIGNED_FILE) || login_request_read(data, &request);
}
