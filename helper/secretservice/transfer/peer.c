// SPDX-License-Identifier: GPL-2.0-or-later
#include "peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/registers.h"
#include "helper/common/translate.h"
#include "helper/secretservice/bus/failure.h"
#include "helper/secretservice/bus/path.h"
#include "helper/secretservice/bus/wire_secret.h"
#include "helper/secretservice/crypto/agreement.h"
#include "helper/secretservice/crypto/cipher.h"
#include "peer_prompt.h"

#define SERVICE		"org.freedesktop.Secret.Service"
#define COLLECTION	"org.freedesktop.Secret.Collection"
#define ITEM		"org.freedesktop.Secret.Item"
#define PROPERTIES	"org.freedesktop.DBus.Properties"
/* gnome-keyring's own: passwords of keyrings by the session, not by a question on the screen. */
#define KEYRING		"org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"
#define ALGORITHM	"dh-ietf1024-sha256-aes128-cbc-pkcs7"
#define NO_OBJECT	"/"

/* ---- calls ---- */

static int get_all(struct peer *peer, const char *path, const char *interface, sd_bus_message **ret_reply)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	int result = peer_new_call(peer, path, PROPERTIES, "GetAll", &message);

	if (result >= 0)
		result = sd_bus_message_append(message, "s", interface);
	return result < 0 ? result : peer_call(peer, message, ret_reply);
}

const char *peer_problem(const struct peer *peer, int result)
{
	if (peer->error.message && *peer->error.message)
		return peer->error.message;
	switch (result) {
	case -ECANCELED:
		return _("it was declined");
	case -ENODATA:
		return _("the service has made nothing, and does not say why");
	case -ESRCH:
		return _("the service has ended meanwhile");
	case -ETIMEDOUT:
		return peer->unanswered ? _("nobody has answered what it asks on the screen") : translate_errno(result);
	default:
		return translate_errno(result);
	}
}

static bool is_gone(const struct peer *peer)
{
	return sd_bus_error_has_name(&peer->error, FAILURE_NO_SUCH_OBJECT) ||
	       sd_bus_error_has_name(&peer->error, SD_BUS_ERROR_UNKNOWN_OBJECT) ||
	       sd_bus_error_has_name(&peer->error, SD_BUS_ERROR_UNKNOWN_METHOD);
}

static int copy_text(const char *text, char **ret_text)
{
	*ret_text = strdup(text);
	return *ret_text ? 0 : -ENOMEM;
}

/* ---- the session ---- */

static int read_session(struct peer *peer, sd_bus_message *reply, const struct secret *private_key)
{
	uint8_t own[AGREEMENT_SIZE];
	const void *public;
	const char *path;
	size_t length;
	int result = sd_bus_message_enter_container(reply, 'v', "ay");

	if (result >= 0)
		result = sd_bus_message_read_array(reply, 'y', &public, &length);
	if (result >= 0)
		result = sd_bus_message_exit_container(reply);
	if (result >= 0)
		result = sd_bus_message_read(reply, "o", &path);
	if (result >= 0)
		result = agreement_with(private_key->data, private_key->length, public, length, own, &peer->key);
	clear_vector_registers();
	return result < 0 ? result : copy_text(path, &peer->session);
}

static int open_session(struct peer *peer)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	CLEANUP_SECRET struct secret private_key = SECRET_NONE;
	uint8_t public[AGREEMENT_SIZE];
	int result = agreement_offer(&private_key, public);

	if (!result)
		result = peer_new_call(peer, SECRETS_PATH, SERVICE, "OpenSession", &message);
	if (result >= 0)
		result = sd_bus_message_append(message, "s", ALGORITHM);
	if (result >= 0)
		result = sd_bus_message_open_container(message, 'v', "ay");
	if (result >= 0)
		result = sd_bus_message_append_array(message, 'y', public, sizeof(public));
	if (result >= 0)
		result = sd_bus_message_close_container(message);
	if (result >= 0)
		result = peer_call(peer, message, &reply);
	if (sd_bus_error_has_name(&peer->error, SD_BUS_ERROR_NOT_SUPPORTED))
		return -EPROTONOSUPPORT;
	return result < 0 ? result : read_session(peer, reply, &private_key);
}

int peer_open(sd_bus *bus, const char *owner, const char *called, struct peer *ret_peer)
{
	*ret_peer = (struct peer){ .bus = sd_bus_ref(bus) };
	snprintf(ret_peer->owner, sizeof(ret_peer->owner), "%s", owner);
	snprintf(ret_peer->called, sizeof(ret_peer->called), "%s", called);
	return open_session(ret_peer);
}

void peer_close(struct peer *peer)
{
	secret_free(&peer->key);
	free(peer->session);
	sd_bus_error_free(&peer->error);
	sd_bus_unref(peer->bus);
	*peer = PEER_NONE;
}

/* Encrypted for the session, behind what @message has. */
static int append_secret(struct peer *peer, sd_bus_message *message, const struct secret *secret, const char *type)
{
	CLEANUP_FREE uint8_t *data = malloc(CIPHER_SIZE(secret->length));
	uint8_t iv[CIPHER_BLOCK_SIZE];
	struct wire_secret wire = {
		.session = peer->session,
		.parameters = iv,
		.parameters_length = sizeof(iv),
		.value = data,
		.length = CIPHER_SIZE(secret->length),
		.content_type = type,
	};
	int result = data ? cipher_encrypt(&peer->key, secret->data, secret->length, iv, data) : -ENOMEM;

	clear_vector_registers();
	if (!result)
		result = sd_bus_message_sensitive(message);
	return result < 0 ? result : wire_secret_append(message, &wire);
}

/* ---- reading ---- */

static int add_collection(struct peer *peer, const char *path, struct record_collections *list)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	struct record_collection collection = { 0 };
	int result = get_all(peer, path, COLLECTION, &reply);

	if (result < 0)
		return is_gone(peer) ? 0 : result;
	result = record_collection_read(reply, path, &collection);
	if (result >= 0)
		result = record_collections_add(list, &collection);
	if (result < 0)
		record_collection_release(&collection);
	return result;
}

static int read_paths(struct peer *peer, char ***ret_paths)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	int result = peer_new_call(peer, SECRETS_PATH, PROPERTIES, "Get", &message);

	if (result >= 0)
		result = sd_bus_message_append(message, "ss", SERVICE, "Collections");
	if (result >= 0)
		result = peer_call(peer, message, &reply);
	if (result >= 0)
		result = sd_bus_message_enter_container(reply, 'v', "ao");
	return result < 0 ? result : sd_bus_message_read_strv(reply, ret_paths);
}

int peer_collections(struct peer *peer, struct record_collections *ret_collections)
{
	CLEANUP(bus_texts_free) char **paths = NULL;
	int result = read_paths(peer, &paths);

	*ret_collections = (struct record_collections){ 0 };
	for (char **path = paths; result >= 0 && path && *path; path++)
		result = add_collection(peer, *path, ret_collections);
	if (result < 0)
		record_collections_free(ret_collections);
	return result < 0 ? result : 0;
}

static int add_item(struct peer *peer, const char *path, struct record_list *list)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	struct record item = { 0 };
	int result = get_all(peer, path, ITEM, &reply);

	if (result < 0)
		return is_gone(peer) ? 0 : result;
	result = record_read(reply, path, &item);
	if (result >= 0)
		result = record_list_add(list, &item);
	if (result < 0)
		record_release(&item);
	return result;
}

int peer_items(struct peer *peer, const struct record_collection *collection, struct record_list *ret_items)
{
	int result = 0;

	*ret_items = (struct record_list){ 0 };
	for (char **path = collection->items; result >= 0 && path && *path; path++)
		result = add_item(peer, *path, ret_items);
	if (result < 0)
		record_list_free(ret_items);
	else
		record_list_sort(ret_items);
	return result;
}

int peer_alias(struct peer *peer, const char *alias, char **ret_path)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	const char *path;
	int result = peer_new_call(peer, SECRETS_PATH, SERVICE, "ReadAlias", &message);

	*ret_path = NULL;
	if (result >= 0)
		result = sd_bus_message_append(message, "s", alias);
	if (result >= 0)
		result = peer_call(peer, message, &reply);
	if (result >= 0)
		result = sd_bus_message_read(reply, "o", &path);
	if (result < 0 || !strcmp(path, NO_OBJECT))
		return result < 0 ? result : 0;
	return copy_text(path, ret_path);
}

static int read_secret(struct peer *peer, sd_bus_message *reply, size_t maximum, struct secret *ret_secret, char **ret_type)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	struct wire_secret wire;
	int result = wire_secret_read(reply, &wire);

	if (result < 0)
		return result;
	/* No memory is locked for what is too long in any case. */
	if (wire.length > maximum + CIPHER_BLOCK_SIZE)
		return -EFBIG;
	result = cipher_decrypt(&peer->key, wire.parameters, wire.parameters_length, wire.value, wire.length, &secret);
	clear_vector_registers();
	if (!result && secret.length > maximum)
		result = -EFBIG;
	if (!result)
		result = copy_text(wire.content_type, ret_type);
	if (!result)
		*ret_secret = secret_take(&secret);
	return result;
}

int peer_secret(struct peer *peer, const char *item, size_t maximum, struct secret *ret_secret, char **ret_type)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	int result = peer_new_call(peer, item, ITEM, "GetSecret", &message);

	if (result >= 0)
		result = sd_bus_message_append(message, "o", peer->session);
	if (result >= 0)
		result = peer_call(peer, message, &reply);
	if (result >= 0)
		result = sd_bus_message_sensitive(reply);
	return result < 0 ? result : read_secret(peer, reply, maximum, ret_secret, ret_type);
}

/* ---- changing ---- */

static int append_label(sd_bus_message *message, const char *property, const char *label)
{
	return sd_bus_message_append(message, "{sv}", property, "s", label);
}

static int append_attributes(sd_bus_message *message, const struct record *record)
{
	int result = sd_bus_message_open_container(message, 'e', "sv");

	if (result >= 0)
		result = sd_bus_message_append(message, "s", ITEM ".Attributes");
	if (result >= 0)
		result = sd_bus_message_open_container(message, 'v', "a{ss}");
	if (result >= 0)
		result = sd_bus_message_open_container(message, 'a', "{ss}");
	for (size_t at = 0; result >= 0 && at < record->count; at++)
		result = sd_bus_message_append(message, "{ss}", record->attributes[at].name, record->attributes[at].value);
	for (int level = 0; result >= 0 && level < 3; level++)
		result = sd_bus_message_close_container(message);
	return result;
}

/* The object of an answer (oo), or of the prompt there: some services make things by a prompt alone, be it that it asks nobody. */
static int read_made(struct peer *peer, sd_bus_message *reply, char **ret_path)
{
	CLEANUP_FREE char *made = NULL;
	const char *object, *prompt;
	int result = sd_bus_message_read(reply, "oo", &object, &prompt);

	if (result < 0)
		return result;
	if (strcmp(object, NO_OBJECT))
		return ret_path ? copy_text(object, ret_path) : 0;
	if (!strcmp(prompt, NO_OBJECT))
		return -ENODATA;
	result = peer_run_prompt(peer, prompt, &made);
	if (result < 0)
		return result;
	if (!made || !strcmp(made, NO_OBJECT))
		return -ENODATA;
	if (ret_path) {
		*ret_path = made;
		made = NULL;
	}
	return 0;
}

int peer_add(struct peer *peer, const char *collection, const struct record *record, const struct secret *secret,
	     const char *type)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	int result = peer_new_call(peer, collection, COLLECTION, "CreateItem", &message);

	if (result >= 0)
		result = sd_bus_message_open_container(message, 'a', "{sv}");
	if (result >= 0)
		result = append_label(message, ITEM ".Label", record->label);
	if (result >= 0)
		result = append_attributes(message, record);
	if (result >= 0)
		result = sd_bus_message_close_container(message);
	if (result >= 0)
		result = append_secret(peer, message, secret, type);
	if (result >= 0)
		result = sd_bus_message_append(message, "b", false);
	if (result >= 0)
		result = peer_call(peer, message, &reply);
	return result < 0 ? result : read_made(peer, reply, NULL);
}

static int set_label(struct peer *peer, const char *path, const char *interface, const char *label)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	int result = peer_new_call(peer, path, PROPERTIES, "Set", &message);

	if (result >= 0)
		result = sd_bus_message_append(message, "ssv", interface, "Label", "s", label);
	return result < 0 ? result : peer_call(peer, message, NULL);
}

int peer_rename_collection(struct peer *peer, const char *collection, const char *label)
{
	return set_label(peer, collection, COLLECTION, label);
}

/* The secret last: as long as that is not there, the next transfer tries again. */
int peer_renew(struct peer *peer, const struct record *item, const struct secret *secret, const char *type, const char *label)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	int result = strcmp(item->label, label) ? set_label(peer, item->path, ITEM, label) : 0;

	if (result >= 0)
		result = peer_new_call(peer, item->path, ITEM, "SetSecret", &message);
	if (result >= 0)
		result = append_secret(peer, message, secret, type);
	return result < 0 ? result : peer_call(peer, message, NULL);
}

int peer_set_alias(struct peer *peer, const char *alias, const char *path)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	int result = peer_new_call(peer, SECRETS_PATH, SERVICE, "SetAlias", &message);

	if (result >= 0)
		result = sd_bus_message_append(message, "so", alias, path);
	return result < 0 ? result : peer_call(peer, message, NULL);
}

static int append_collection(sd_bus_message *message, const char *label)
{
	int result = sd_bus_message_open_container(message, 'a', "{sv}");

	if (result >= 0)
		result = append_label(message, COLLECTION ".Label", label);
	return result < 0 ? result : sd_bus_message_close_container(message);
}

static int make_with_password(struct peer *peer, const char *label, const struct secret *password, char **ret_path)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	const char *path;
	int result = peer_new_call(peer, SECRETS_PATH, KEYRING, "CreateWithMasterPassword", &message);

	if (result >= 0)
		result = append_collection(message, label);
	if (result >= 0)
		result = append_secret(peer, message, password, "text/plain");
	if (result >= 0)
		result = peer_call(peer, message, &reply);
	if (result >= 0)
		result = sd_bus_message_read(reply, "o", &path);
	return result < 0 ? result : copy_text(path, ret_path);
}

int peer_make_collection(struct peer *peer, const char *label, const struct secret *password, char **ret_path)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	int result;

	if (password)
		return make_with_password(peer, label, password, ret_path);
	result = peer_new_call(peer, SECRETS_PATH, SERVICE, "CreateCollection", &message);
	if (result >= 0)
		result = append_collection(message, label);
	if (result >= 0)
		result = sd_bus_message_append(message, "s", "");
	if (result >= 0)
		result = peer_call(peer, message, &reply);
	return result < 0 ? result : read_made(peer, reply, ret_path);
}

/* ---- unlocking ---- */

bool peer_takes_passwords(struct peer *peer)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	const char *text = "";

	return peer_new_call(peer, SECRETS_PATH, "org.freedesktop.DBus.Introspectable", "Introspect", &message) >= 0 &&
	       peer_call(peer, message, &reply) >= 0 && sd_bus_message_read(reply, "s", &text) >= 0 && strstr(text, KEYRING);
}

int peer_unlock(struct peer *peer, const char *collection, const struct secret *password)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	int result = peer_new_call(peer, SECRETS_PATH, KEYRING, "UnlockWithMasterPassword", &message);

	if (result >= 0)
		result = sd_bus_message_append(message, "o", collection);
	if (result >= 0)
		result = append_secret(peer, message, password, "text/plain");
	if (result >= 0)
		result = peer_call(peer, message, NULL);
	return sd_bus_error_has_name(&peer->error, "org.gnome.keyring.Error.Denied") ? -EKEYREJECTED : result;
}

int peer_unlock_on_screen(struct peer *peer, char **paths)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	CLEANUP_FREE char *made = NULL;
	const char *prompt;
	int result = peer_new_call(peer, SECRETS_PATH, SERVICE, "Unlock", &message);

	if (result >= 0)
		result = sd_bus_message_append_strv(message, paths);
	if (result >= 0)
		result = peer_call(peer, message, &reply);
	if (result >= 0)
		result = sd_bus_message_skip(reply, "ao");
	if (result >= 0)
		result = sd_bus_message_read(reply, "o", &prompt);
	return result < 0 || !strcmp(prompt, NO_OBJECT) ? result : peer_run_prompt(peer, prompt, &made);
}
