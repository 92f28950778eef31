// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <errno.h>
#include <string.h>

#include "answer.h"
#include "helper/daemon/log.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/sshagent/key/private_key.h"
#include "helper/sshagent/store/kept_keys.h"
#include "held_keys.h"
#include "hidden_keys.h"
#include "passphrase.h"
#include "signature.h"

enum operation {
	OLD_REMOVE_ALL = 9,		/* of SSH 1, which ssh-add -D asks for as well */
	LIST = 11,
	SIGN = 13,
	ADD = 17,
	REMOVE = 18,
	REMOVE_ALL = 19,
	LOCK = 22,
	UNLOCK = 23,
	ADD_CONSTRAINED = 25,
	EXTENSION = 27,
};

int request_begin(sd_event *loop, requester_answered *answered, unsigned int wait_s)
{
	int result = held_keys_begin(loop);

	return result < 0 ? result : signature_begin(loop, answered, wait_s);
}

/* ---- list ---- */

static void put_key(struct buffer *answer, struct bytes blob, struct bytes comment, uint32_t *count)
{
	if (answer->length + blob.length + comment.length + 8 > REQUEST_MAX)
		return;
	buffer_string(answer, blob);
	buffer_string(answer, comment);
	++*count;
}

static bool may_see(const struct requester *requester, const struct held_key *key)
{
	return !key->constraints.restricted || bindings_show(&requester->bindings, key->constraints.destinations);
}

static uint32_t put_held(const struct requester *requester, struct buffer *answer)
{
	uint32_t count = 0;

	for (const struct held_key *key = held_keys_first(); key; key = key->next) {
		if (may_see(requester, key))
			put_key(answer, key->blob, key->comment, &count);
	}
	return count;
}

/* One that is held as well is listed once, with what holds for it. */
static uint32_t put_kept(const struct kept_keys *keys, struct buffer *answer)
{
	uint32_t count = 0;

	for (size_t at = 0; at < keys->count; at++) {
		const struct kept_key *key = &keys->keys[at];

		if (!hidden_keys_has(key->fingerprint) && !held_keys_find(key->blob))
			put_key(answer, key->blob, key->comment, &count);
	}
	return count;
}

/* Keys that cannot be read are not no keys: clients are told of a failure, where there is nothing else to tell. */
static bool list(struct requester *requester, struct buffer *answer)
{
	CLEANUP_KEPT_KEYS struct kept_keys keys = { 0 };
	CLEANUP_BUFFER struct buffer all = BUFFER_NONE;
	int status = passphrase_is_set() ? 0 : kept_keys_list(&keys);
	uint32_t count = passphrase_is_set() ? 0 : put_held(requester, &all);

	if (status && !count)
		return false;
	count += put_kept(&keys, &all);
	buffer_u8(answer, ANSWER_IDENTITIES);
	buffer_u32(answer, count);
	buffer_bytes(answer, buffer_content(&all));
	return !all.failed;
}

/* ---- add ---- */

static bool keep(const char *fingerprint, struct bytes blob, struct bytes comment, struct bytes record)
{
	int status = kept_keys_add(blob, comment, record);

	if (status == errSecDiskFull)
		log_error("no more than %d SSH keys are kept: 'keychainctl delete' deletes one", KEPT_KEYS_MAX);
	else if (status == errSecInteractionNotAllowed)
		log_notice("the SSH key %s is not added: the keybag is locked", fingerprint);
	else if (status)
		log_error("the SSH key %s is not added: %s", fingerprint, keychain_status_text(status));
	if (status)
		return false;
	held_keys_remove(blob);
	hidden_keys_remove(fingerprint);
	return true;
}

static bool hold(const char *fingerprint, struct bytes blob, struct bytes comment, const struct constraints *constraints,
		 struct bytes record)
{
	int result = held_keys_add(blob, comment, constraints, record);

	if (result == -ENOKEY)
		log_notice("the SSH key %s is not added: the keybag is locked", fingerprint);
	else if (result)
		log_error("the SSH key %s is not added: %s", fingerprint, strerrordesc_np(-result));
	return !result;
}

static bool add(struct reader *from, bool constrained)
{
	CLEANUP_BUFFER struct buffer public = BUFFER_NONE;
	struct constraints constraints = { 0 };
	char fingerprint[KEY_FINGERPRINT_SIZE];
	struct private_key key;
	struct bytes comment;

	private_key_read(from, &key);
	comment = reader_text(from);
	if (constrained)
		constraints_read(from, &constraints);
	if (!reader_done(from) || !private_key_check(&key))
		return false;
	private_key_put_public(&key, &public);
	if (public.failed || !public_key_fingerprint(buffer_content(&public), fingerprint))
		return false;
	if (constraints_any(&constraints))
		return hold(fingerprint, buffer_content(&public), comment, &constraints, key.record);
	return keep(fingerprint, buffer_content(&public), comment, key.record);
}

/* ---- remove ---- */

/* Whoever may not see a key cannot remove it. */
static bool remove_key(const struct requester *requester, struct reader *from)
{
	struct bytes blob = reader_string(from);
	const struct held_key *held = held_keys_find(blob);
	CLEANUP_KEPT_KEYS struct kept_keys keys = { 0 };

	if (!reader_done(from) || (held && !may_see(requester, held)))
		return false;
	if (held)
		return held_keys_remove(blob);
	if (kept_keys_list(&keys))
		return false;
	for (size_t at = 0; at < keys.count; at++) {
		if (!bytes_equal(keys.keys[at].blob, blob) || hidden_keys_has(keys.keys[at].fingerprint))
			continue;
		hidden_keys_add(keys.keys[at].fingerprint);
		return true;
	}
	return false;
}

static bool remove_all(struct reader *from)
{
	CLEANUP_KEPT_KEYS struct kept_keys keys = { 0 };

	if (!reader_done(from))
		return false;
	held_keys_remove_all();
	if (kept_keys_list(&keys))
		return false;
	for (size_t at = 0; at < keys.count; at++)
		hidden_keys_add(keys.keys[at].fingerprint);
	return true;
}

/* ---- all ---- */

static bool handle_extension(struct requester *requester, struct reader *from, struct buffer *answer)
{
	struct bytes name = reader_string(from);

	if (!bytes_are(name, "session-bind@openssh.com"))
		return false;
	buffer_u8(answer, bindings_add(&requester->bindings, from) ? ANSWER_SUCCESS : ANSWER_EXTENSION_FAILURE);
	return true;
}

static bool set_passphrase(struct reader *from, bool (*action)(struct bytes passphrase))
{
	struct bytes passphrase = reader_string(from);

	return reader_done(from) && action(passphrase);
}

/* Returns whether it was done; @answer is empty where success is all there is to say. Others than signatures. */
static bool carry_out(struct requester *requester, enum operation operation, struct reader *from, struct buffer *answer)
{
	if (operation == UNLOCK)
		return set_passphrase(from, passphrase_unset);
	if (operation == LIST)
		return reader_done(from) && list(requester, answer);
	/* It tells nothing, and is needed for what comes after the passphrase. */
	if (operation == EXTENSION)
		return handle_extension(requester, from, answer);
	if (passphrase_is_set())
		return false;
	switch (operation) {
	case ADD:
	case ADD_CONSTRAINED:
		return add(from, operation == ADD_CONSTRAINED);
	case REMOVE:
		return remove_key(requester, from);
	case REMOVE_ALL:
		return remove_all(from);
	case OLD_REMOVE_ALL:
		return reader_done(from);
	case LOCK:
		return set_passphrase(from, passphrase_set);
	default:
		/* Tokens among it, which name a library to be loaded. */
		return false;
	}
}

bool request_handle(struct requester *requester, struct bytes message, struct buffer *answer)
{
	struct reader from = reader_of_bytes(message);
	enum operation operation = reader_u8(&from);
	bool good;

	if (operation == SIGN) {
		if (!signature_request(requester, &from, answer, &good))
			return false;
	} else {
		good = !from.failed && carry_out(requester, operation, &from, answer);
	}
	if (!good || answer->failed) {
		buffer_clear(answer);
		buffer_u8(answer, ANSWER_FAILURE);
	} else if (!answer->length) {
		buffer_u8(answer, ANSWER_SUCCESS);
	}
	return true;
}

void request_forget(struct requester *requester)
{
	signature_cancel(requester);
	bindings_free(&requester->bindings);
}

void request_on_open(void)
{
	kept_keys_sweep();
	signatures_on_open();
}

void request_on_logout(void)
{
	held_keys_remove_all();
	hidden_keys_clear();
}
