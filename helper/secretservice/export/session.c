// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <errno.h>
#include <string.h>

#include "announce.h"
#include "helper/daemon/name_owner.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/client/session.h"
#include "helper/secretservice/store/settings.h"

#define PLAIN	"plain"
#define AGREED	"dh-ietf1024-sha256-aes128-cbc-pkcs7"

static int answer_plain(sd_bus_message *message, struct client *client, sd_bus_error *error)
{
	char path[PATH_SIZE];
	struct session *session;
	const char *input;
	int result = sd_bus_message_read(message, "v", "s", &input);

	if (result >= 0)
		result = session_open_plain(client, &session);
	if (result < 0)
		return failure_of_errno(result, error);
	path_of_session(session->number, path);
	return sd_bus_reply_method_return(message, "vo", "s", "", path);
}

static int read_public(sd_bus_message *message, const void **ret_public, size_t *ret_length)
{
	int result = sd_bus_message_enter_container(message, 'v', "ay");

	if (result >= 0)
		result = sd_bus_message_read_array(message, 'y', ret_public, ret_length);
	return result < 0 ? result : sd_bus_message_exit_container(message);
}

static int append_public(sd_bus_message *reply, const uint8_t own[AGREEMENT_SIZE], const char *path)
{
	int result = sd_bus_message_open_container(reply, 'v', "ay");

	if (result >= 0)
		result = sd_bus_message_append_array(reply, 'y', own, AGREEMENT_SIZE);
	if (result >= 0)
		result = sd_bus_message_close_container(reply);
	return result < 0 ? result : sd_bus_message_append(reply, "o", path);
}

static int answer_agreed(sd_bus_message *message, struct client *client, sd_bus_error *error)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	uint8_t own[AGREEMENT_SIZE];
	struct session *session;
	char path[PATH_SIZE];
	const void *peer;
	size_t length;
	int result = read_public(message, &peer, &length);

	if (result >= 0)
		result = session_open_agreed(client, peer, length, own, &session);
	if (result < 0)
		return failure_of_errno(result, error);
	path_of_session(session->number, path);
	result = sd_bus_message_new_method_return(message, &reply);
	if (result >= 0)
		result = append_public(reply, own, path);
	return result < 0 ? failure_of_errno(result, error) : sd_bus_send(NULL, reply, NULL);
}

int open_session(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct client *client = client_of(message);
	const char *algorithm;
	int result = sd_bus_message_read(message, "s", &algorithm);

	(void)context;
	if (result >= 0 && !client)
		result = -ENOMEM;
	if (result < 0)
		return failure_of_errno(result, error);
	if (!strcmp(algorithm, PLAIN) && settings_refuse_plain())
		return sd_bus_error_set(error, SD_BUS_ERROR_NOT_SUPPORTED, "plain sessions are refused here, by " SETTINGS_FILE
					": use " AGREED);
	if (!strcmp(algorithm, PLAIN))
		return answer_plain(message, client, error);
	if (!strcmp(algorithm, AGREED))
		return answer_agreed(message, client, error);
	/* Programs take exactly this error for a reason to try another one. */
	return sd_bus_error_set(error, SD_BUS_ERROR_NOT_SUPPORTED, "there is no such algorithm here");
}

static int find(sd_bus *bus, const char *path, const char *interface, void *context, void **ret_found, sd_bus_error *error)
{
	struct path parsed;

	(void)bus;
	(void)interface;
	(void)error;
	path_parse(path, &parsed);
	*ret_found = context;
	return parsed.kind == PATH_SESSION;
}

/* A sandbox does not learn whether others have one. */
static bool is_of_another(const struct client *asking, const char *path)
{
	for (struct client *client = clients_first(); asking && client; client = client->next) {
		if (client_sees(asking, client) && session_find(client, path))
			return true;
	}
	return false;
}

static int close_session(sd_bus_message *message, void *context, sd_bus_error *error)
{
	struct client *client = client_of(message);
	const char *path = sd_bus_message_get_path(message);
	struct session *session = client ? session_find(client, path) : NULL;

	(void)context;
	if (!session && is_of_another(client, path))
		return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "that session is another program's");
	if (!session)
		return failure_no_object(error);
	session_close(client, session);
	return sd_bus_reply_method_return(message, NULL);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Close", "", "", close_session, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int session_export(sd_bus *bus)
{
	static int none;
	int result = sd_bus_add_fallback_vtable(bus, NULL, SESSIONS_PATH, SESSION_INTERFACE, vtable, find, &none);

	return result < 0 ? result : 0;
}
