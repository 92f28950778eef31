// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Program that /sbin/request-key runs for an absent key of type "keybag": has keybagd load the keybag and
 * attaches the key to it.
 *
 *	request-key OPERATION KEY DESCRIPTION UID
 *
 * The kernel waits for this program in the name of somebody who waits for a key, and remembers a
 * refusal. So it answers in bounded time whatever happens, and each refusal is forgotten after a second.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include <keyutils.h>

#include "description.h"
#include "libkeybag/keybag.h"

#define LOAD_LIMIT_NS		UINT64_C(5000000000)
#define REFUSAL_SECONDS		1

/* Errno for the requester, to whom an absent daemon looks like an absent key. */
static int refusal_for(int error)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
	case -ECONNRESET:
	case -ETIMEDOUT:
		return ENOKEY;
	default:
		return -error;
	}
}

/* Asks keybagd. Logs what goes wrong. Absence of a keybag is nothing to log. */
static int load(const char *description, const struct keybag_whose *whose,
		uint8_t ret_uuid[KEYBAG_UUID_SIZE])
{
	struct keybag_client *client;
	int result = keybag_client_new(&client);

	if (result < 0)
		return result;
	keybag_client_set_time_limit(client, LOAD_LIMIT_NS);
	result = keybag_client_load(client, whose, 0, ret_uuid);
	if (result < 0 && result != -ENOENT)
		syslog(LOG_WARNING, "keybag %s not loaded: %s", description,
		       keybag_client_message(client));
	keybag_client_free(client);
	return result;
}

static int attach(key_serial_t key, const char *description, const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	char payload[sizeof("attach ") + KEYBAG_UUID_TEXT_SIZE] = "attach ";
	int result;

	keybag_uuid_format(uuid, payload + strlen(payload));
	if (keyctl_instantiate(key, payload, strlen(payload), 0) < 0) {
		result = -errno;
		syslog(LOG_WARNING, "key %d not attached to keybag %s: %m", key, description);
		return result;
	}
	return 0;
}

static int answer(key_serial_t key, const char *description, uid_t requester)
{
	uint8_t uuid[KEYBAG_UUID_SIZE];
	struct keybag_whose whose;
	int result;

	result = description_parse(description, &whose);
	if (result < 0)
		return result;
	if (!description_permitted(&whose, requester))
		return -EACCES;
	result = load(description, &whose, uuid);
	if (result < 0)
		return result;
	return attach(key, description, uuid);
}

int main(int argc, char **argv)
{
	unsigned int key, requester;
	int result;

	openlog("keybag-request-key", LOG_PID, LOG_AUTHPRIV);
	if (argc != 5 || strcmp(argv[1], "create") != 0 || sscanf(argv[2], "%u", &key) != 1 ||
	    sscanf(argv[4], "%u", &requester) != 1) {
		fprintf(stderr, "usage: request-key create KEY DESCRIPTION UID (run by /sbin/request-key)\n");
		syslog(LOG_ERR, "wrong arguments: see /etc/request-key.d/keybag.conf");
		return 2;
	}
	if (keyctl_assume_authority(key) < 0) {
		syslog(LOG_ERR, "no authority over key %u: %m", key);
		return 1;
	}
	result = answer(key, argv[3], requester);
	if (result < 0 && keyctl_reject(key, REFUSAL_SECONDS, refusal_for(result), 0) < 0)
		syslog(LOG_ERR, "cannot reject key %u: %m", key);
	return result < 0;
}
