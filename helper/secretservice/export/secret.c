// SPDX-License-Identifier: GPL-2.0-or-later
#include "secret.h"

#include <errno.h>

#include "helper/common/registers.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/crypto/cipher.h"

int secret_append(const struct item *item, const struct session *session, const char *session_path, sd_bus_message *message)
{
	size_t length;
	const void *secret = item_secret(item, &length);
	int result = session_append(session, session_path, message, secret, length, item_content_type(item));

	clear_vector_registers();
	return result;
}

int secret_take_from(sd_bus_message *message, struct secret *ret_secret, const char **ret_content_type, sd_bus_error *error)
{
	struct client *client = client_of(message);
	struct wire_secret wire;
	struct session *session;
	int result = wire_secret_read(message, &wire);

	if (result < 0)
		return failure_of_errno(result, error);
	session = client ? session_find(client, wire.session) : NULL;
	if (!session)
		return failure_no_session(error);
	/* No memory is locked for what is too long in any case. */
	if (wire.length > KEYCHAIN_MAX_SECRET + CIPHER_BLOCK_SIZE)
		return failure_of_errno(-E2BIG, error);
	result = session_read(session, &wire, ret_secret);
	clear_vector_registers();
	if (!result && ret_secret->length > KEYCHAIN_MAX_SECRET)
		result = -E2BIG;
	*ret_content_type = wire.content_type;
	return result < 0 ? failure_of_errno(result, error) : 0;
}
