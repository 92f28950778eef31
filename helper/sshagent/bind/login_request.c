// SPDX-License-Identifier: GPL-2.0-or-later
#include "login_request.h"

#include "helper/sshagent/key/public_key.h"

#define USERAUTH_REQUEST	50

/* Names of signatures: that of RSA keys says which digest, others are those of the keys. */
static bool names_signature(struct bytes name, const struct key_type *type)
{
	if (bytes_are(name, type->name))
		return true;
	if (type->family != KEY_RSA)
		return false;
	return type->certificate ? bytes_are(name, "rsa-sha2-512-cert-v01@openssh.com") || bytes_are(name, "rsa-sha2-256-cert-v01@openssh.com")
				 : bytes_are(name, "rsa-sha2-512") || bytes_are(name, "rsa-sha2-256");
}

bool login_request_read(struct bytes data, struct login_request *ret_request)
{
	struct reader from = reader_of_bytes(data);
	struct public_key key;
	struct bytes method, name;

	*ret_request = (struct login_request){ .session = reader_string(&from) };
	if (reader_u8(&from) != USERAUTH_REQUEST)
		return false;
	ret_request->user = reader_text(&from);
	if (!bytes_are(reader_string(&from), "ssh-connection"))
		return false;
	method = reader_string(&from);
	ret_request->host_bound = bytes_are(method, "publickey-hostbound-v00@openssh.com");
	if ((!ret_request->host_bound && !bytes_are(method, "publickey")) || reader_u8(&from) != 1)
		return false;
	name = reader_string(&from);
	ret_request->key = reader_string(&from);
	if (ret_request->host_bound)
		ret_request->host_key = reader_string(&from);
	return reader_done(&from) && ret_request->session.length && public_key_read(ret_request->key, &key) &&
	       names_signature(name, key.type);
}
