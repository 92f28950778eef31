// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <inttypes.h>
#include <time.h>

#include "addition.h"
#include "answer.h"
#include "helper/daemon/log.h"
#include "helper/sshagent/store/kept_keys.h"
#include "held_keys.h"
#include "hidden_keys.h"
#include "passphrase.h"
#include "signature.h"

/* Bytes of keys in a list, so that the answer is not longer. */
#define LIST_MAX	(REQUEST_MAX - 5)

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
	int result = held_keys_begin(loop, signatures_look_again);

	return result < 0 ? result : signature_begin(loop, answered, wait_s);
}

/* ---- list ---- */

struct list {
	struct buffer keys;
	uint32_t count, left_out;
	uint64_t now;	/* seconds since 1970 */
};

/*
 * Servers take some tries only, and a certificate of each day would use them up. It is not deleted: the clock may be wrong, or set
 * back.
 */
static void put_key(struct list *list, struct bytes blob, struct bytes comment)
{
	if (public_key_expired(blob, list->now))
		return;
	if (list->keys.length + blob.length + comment.length + 8 > LIST_MAX) {
		list->left_out++;
		return;
	}
	buffer_string(&list->keys, blob);
	buffer_string(&list->keys, comment);
	list->count++;
}

static void put_held(const struct requester *requester, bool remote, struct list *list)
{
	for (const struct held_key *key = held_keys_first(); key; key = key->next) {
		if (key->remote == remote && held_key_shown(key, &requester->bindings))
			put_key(list, key->blob, key->comment);
	}
}

/* One that is held as well is listed once, with what holds for it. */
static void put_kept(const struct kept_keys *keys, struct list *list)
{
	for (size_t at = 0; at < keys->count; at++) {
		const struct kept_key *key = &keys->keys[at];

		if (!hidden_keys_has(key->fingerprint) && !held_keys_find(key->blob))
			put_key(list, key->blob, key->comment);
	}
}

/* Once, until all fit again. */
static void tell_left_out(uint32_t left_out)
{
	static bool told;

	if (left_out && !told)
		log_warning("a list of SSH keys leaves %" PRIu32 " out: an answer has up to %d KiB", left_out, REQUEST_MAX / 1024);
	told = left_out;
}

static bool put_list(const struct list *list, struct buffer *answer)
{
	buffer_u8(answer, ANSWER_IDENTITIES);
	buffer_u32(answer, list->count);
	buffer_bytes(answer, buffer_content(&list->keys));
	return !list->keys.failed;
}

/*
 * Keys that cannot be read are not no keys: clients are told of a failure, where there is nothing else to tell. Servers take some tries
 * only, and the first key that fits: what other hosts have added stands last.
 */
static bool put_all(const struct requester *requester, struct buffer *answer)
{
	CLEANUP_KEPT_KEYS struct kept_keys kept = { 0 };
	struct list list = { 0 };
	struct timespec now;
	int status = 0;
	bool good;

	clock_gettime(CLOCK_REALTIME, &now);
	list.now = (uint64_t)now.tv_sec;
	if (!passphrase_is_set()) {
		status = kept_keys_list(&kept);
		put_held(requester, false, &list);
		put_kept(&kept, &list);
		put_held(requester, true, &list);
		tell_left_out(list.left_out);
	}
	good = (!status || list.count) && put_list(&list, answer);
	buffer_free(&list.keys);
	return good;
}

/* ---- remove ---- */

static bool hide(const struct kept_keys *keys, struct bytes blob)
{
	for (size_t at = 0; at < keys->count; at++) {
		if (!bytes_equal(keys->keys[at].blob, blob) || hidden_keys_has(keys->keys[at].fingerprint))
			continue;
		hidden_keys_add(keys->keys[at].fingerprint);
		return true;
	}
	return false;
}

/* Whoever may not see a key cannot remove it. One that is both held and kept is gone in both places, or it would be there still. */
static bool remove_key(const struct requester *requester, struct reader *from)
{
	struct bytes blob = reader_string(from);
	const struct held_key *held = held_keys_find(blob);
	CLEANUP_KEPT_KEYS struct kept_keys keys = { 0 };
	int status;
	bool removed;

	if (!reader_done(from) || (held && !held_key_shown(held, &requester->bindings)))
		return false;
	status = kept_keys_list(&keys);
	removed = held_keys_remove(blob);
	if (hide(&keys, blob))
		removed = true;
	return removed && !status;
}

/* As much as can be: where the kept ones are not known, the others are gone, and it has failed. */
static bool remove_all(struct reader *from)
{
	CLEANUP_KEPT_KEYS struct kept_keys keys = { 0 };
	int status;

	if (!reader_done(from))
		return false;
	status = kept_keys_list(&keys);
	for (size_t at = 0; at < keys.count; at++)
		hidden_keys_add(keys.keys[at].fingerprint);
	held_keys_remove_all();
	return !status;
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

/* Another host does not lock the agent for its user, nor tries passphrases. */
static bool set_passphrase(const struct requester *requester, struct reader *from, bool (*action)(struct bytes passphrase))
{
	struct bytes passphrase = reader_string(from);

	return reader_done(from) && !bindings_remote(&requester->bindings) && action(passphrase);
}

/* Returns whether it was done; @answer is empty where success is all there is to say. Others than signatures. */
static bool carry_out(struct requester *requester, enum operation operation, struct reader *from, struct buffer *answer)
{
	if (operation == UNLOCK)
		return set_passphrase(requester, from, passphrase_unset);
	if (operation == LIST)
		return reader_done(from) && put_all(requester, answer);
	/* It tells nothing, and is needed for what comes after the passphrase. */
	if (operation == EXTENSION)
		return handle_extension(requester, from, answer);
	if (passphrase_is_set())
		return false;
	switch (operation) {
	case ADD:
	case ADD_CONSTRAINED:
		return key_add(requester, from, operation == ADD_CONSTRAINED);
	case REMOVE:
		return remove_key(requester, from);
	case REMOVE_ALL:
		return remove_all(from);
	case OLD_REMOVE_ALL:
		return reader_done(from);
	case LOCK:
		return set_passphrase(requester, from, passphrase_set);
	default:
		/* Tokens among it, which name a library to be loaded. */
		return false;
	}
}

/* Whether signatures that wait for a person may be none that would be made now. */
static bool takes_keys(enum operation operation)
{
	return operation == REMOVE || operation == REMOVE_ALL || operation == LOCK || operation == ADD || operation == ADD_CONSTRAINED;
}

bool request_handle(struct requester *requester, struct bytes message, struct buffer *answer)
{
	struct reader from = reader_of_bytes(message);
	enum operation operation = reader_u8(&from);
	bool good;

	held_keys_expire();
	if (operation == SIGN) {
		if (!signature_request(requester, &from, answer, &good))
			return false;
	} else {
		good = !from.failed && carry_out(requester, operation, &from, answer);
		if (takes_keys(operation))
			signatures_look_again();
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
	signatures_look_again();
	signatures_on_open();
}

void request_on_less(void)
{
	kept_keys_sweep();
	signatures_look_again();
}

void request_on_logout(void)
{
	held_keys_remove_all();
	hidden_keys_clear();
	signatures_take_back();
}
