/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data that a client of SSH has signed to log in (RFC 4252, section 7; PROTOCOL, publickey-hostbound-v00).
 */
#ifndef SSHAGENT_LOGIN_REQUEST_H
#define SSHAGENT_LOGIN_REQUEST_H

#include "helper/sshagent/wire/reader.h"

struct login_request {
	struct bytes session, user, key;
	bool host_bound;		/* it names the server's key: */
	struct bytes host_key;
};

/* Whether it is one, and nothing else. Everything lies within @data. */
bool login_request_read(struct bytes data, struct login_request *ret_request);

#endif /* SSHAGENT_LOGIN_REQUEST_H */
