// SPDX-License-Identifier: GPL-2.0-or-later
#include "keychain_items.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "common/translate.h"
#include "helper/keychain/library/client.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/keychain/transport/request.h"
#include "helper/keychain/transport/wire.h"

#define FOLDER	"/var/lib/keychain"

/* It may have to open many files; nobody should wait for one that hangs. */
#define TIME_LIMIT_NS	UINT64_C(20000000000)

#define ANSWER_NS	UINT64_C(5000000000)	/* enough to be started on demand */

/* The target in the request's own terms. Returns NULL where they have no word for it, or without memory. */
static struct value *request_of(struct keybag_client *client, const struct keybag_whose *whose)
{
	struct keybag_whose own = { .by = KEYBAG_WHOSE_UID, .uid = geteuid() };
	struct value *request = value_dictionary();
	struct keybag_info *info = NULL;
	int error;

	if (whose && whose->by != KEYBAG_WHOSE_OWN)
		own = *whose;
	if (own.by == KEYBAG_WHOSE_UUID && !keybag_client_status(client, whose, &info)) {
		own.by = info->status.type == KEYBAG_TYPE_SYSTEM ? KEYBAG_WHOSE_SYSTEM : KEYBAG_WHOSE_UID;
		own.uid = info->status.owner;
		if (!info->loaded)
			own.by = KEYBAG_WHOSE_UUID;
		keybag_info_free(info);
	}
	error = value_set(request, "op", value_string("keychains"));
	if (!error && own.by == KEYBAG_WHOSE_SYSTEM)
		error = value_set(request, "system", value_boolean(true));
	if (!error)
		error = value_set(request, "user", value_integer(own.by == KEYBAG_WHOSE_UID ? own.uid : 0));
	if (!error && own.by != KEYBAG_WHOSE_UUID)
		return request;
	value_free(request);
	return NULL;
}

static void describe(const struct value *list, const char *member, char *text, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < value_count(list) && at < size; i++) {
		const struct value *entry = value_at(list, i);
		long long items = value_as_integer(value_get(entry, member));
		const char *name = value_as_string(value_get(entry, "name"));

		if (items <= 0 || !name)
			continue;
		if (at)
			at += (size_t)snprintf(text + at, size - at, _(", %lld of '%s'"), items, name);
		else
			at = (size_t)snprintf(text, size, translate_count("%lld item of the keychain '%s'",
								       "%lld items of the keychain '%s'", items), items, name);
	}
}

int keychain_items(struct keybag_client *client, const struct keybag_whose *whose, enum keychain_kind kind,
		   char ret_text[KEYCHAIN_ITEMS_SIZE])
{
	struct keychain_client *keychains;
	struct value *request, *answer = NULL;
	int result = -EAGAIN;

	*ret_text = 0;
	if (access(FOLDER, F_OK) < 0 && errno == ENOENT)
		return 0;
	if (keychain_client_new(&keychains))
		return result;
	keychain_client_set_time_limit(keychains, TIME_LIMIT_NS);
	request = request_of(client, whose);
	if (request && !client_execute(keychains, request, &answer)) {
		describe(value_get(answer, "result"), kind == KEYCHAIN_AKPU ? "akpu" : "items", ret_text,
			 KEYCHAIN_ITEMS_SIZE);
		result = 0;
	}
	value_free(answer);
	keychain_client_free(keychains);
	return result;
}

bool keychain_installed(void)
{
	static const char *const places[] = {
		FOLDER, KEYCHAIN_SOCKET, "/etc/systemd/system/keychaind.socket", "/usr/lib/systemd/system/keychaind.socket",
		"/usr/local/lib/systemd/system/keychaind.socket", "/lib/systemd/system/keychaind.socket",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], F_OK) == 0 || errno == EACCES)
			return true;
	return false;
}

/* A connection says nothing: a service manager accepts it for a service that cannot start. */
bool keychain_answers(void)
{
	struct keychain_client *client;
	int status;

	if (!keychain_installed())
		return true;
	if (keychain_client_new(&client))
		return false;
	keychain_client_set_time_limit(client, ANSWER_NS);
	status = client_execute(client, request_plain("keychain-default"), NULL);
	keychain_client_free(client);
	/* A refusal is an answer as well. */
	return status != errSecNotAvailable && status != errSecIO && status != errSecAllocate;
}
