// SPDX-License-Identifier: GPL-2.0-or-later
#include "kept_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/utf8.h"
#include "helper/daemon/log.h"
#include "keychain.h"

#define LABEL_SIZE	256

/* Fingerprints of the last list. */
static char (*seen)[KEY_FINGERPRINT_SIZE];
static size_t seen_count;

/* ---- lists ---- */

/* The public half is any program's to change: what is not that of the key by whose name it is found is left out. */
static bool read_item(const struct keychain_items *items, size_t index, struct kept_key *key)
{
	const char *account = keychain_items_text(items, index, KEYCHAIN_ACCOUNT, NULL);
	struct public_key public;
	size_t length = 0;
	const void *secret = keychain_items_secret(items, index, &length);
	struct reader from = reader_of(secret, secret ? length : 0);

	key->blob = reader_string(&from);
	key->comment = reader_string(&from);
	return account && reader_done(&from) && public_key_read(key->blob, &public) && public_key_fingerprint(key->blob, key->fingerprint) &&
	       !strcmp(account, key->fingerprint);
}

static int read_items(struct kept_keys *keys)
{
	size_t count = keychain_items_count(keys->items);

	keys->keys = calloc(count + 1, sizeof(*keys->keys));
	if (!keys->keys)
		return errSecAllocate;
	for (size_t at = 0; at < count; at++)
		keys->count += read_item(keys->items, at, &keys->keys[keys->count]);
	return 0;
}

static int find_all(struct kept_keys *keys)
{
	struct keychain_query *query = keychain_query_of(HALF_PUBLIC, NULL);
	const unsigned int flags = KEYCHAIN_RETURN_ATTRIBUTES | KEYCHAIN_RETURN_SECRET | KEYCHAIN_PARTIAL;
	int status = keychain_find(keychain_now(), query, flags, KEPT_KEYS_MAX, &keys->items);

	keychain_query_free(query);
	if (!status && keychain_items_withheld(keys->items) && !keychain_items_count(keys->items))
		return errSecInteractionNotAllowed;
	return status == errSecItemNotFound ? 0 : status;
}

static void delete_half(enum key_half half, const char *fingerprint)
{
	struct keychain_query *query = keychain_query_of(half, fingerprint);
	int status = keychain_delete(keychain_now(), query);

	keychain_query_free(query);
	keychain_note(status, REFUSAL_UNASKED);
	if (!status && half == HALF_PRIVATE)
		log_notice("the SSH key %s is deleted", fingerprint);
	else if (status && status != errSecItemNotFound)
		log_warning("what is left of the SSH key %s cannot be deleted yet: %s", fingerprint, keychain_client_message(keychain_now()));
}

static bool has(const struct kept_keys *keys, const char *fingerprint)
{
	for (size_t at = 0; at < keys->count; at++) {
		if (!strcmp(keys->keys[at].fingerprint, fingerprint))
			return true;
	}
	return false;
}

/* A list that was cut short, or that leaves out what is locked or damaged, does not show what is gone. */
static bool is_whole(const struct keychain_items *items)
{
	return keychain_items_count(items) < KEPT_KEYS_MAX && !keychain_items_withheld(items) && !keychain_items_unreadable(items);
}

/* Whether the public half was deleted: one that cannot be read, as of another release, is there. */
static bool is_gone(const struct kept_keys *keys, const char *fingerprint)
{
	const char *account;

	if (!keys->items)
		return true;
	for (size_t at = 0; at < keychain_items_count(keys->items); at++) {
		account = keychain_items_text(keys->items, at, KEYCHAIN_ACCOUNT, NULL);
		if (account && !strcmp(account, fingerprint))
			return false;
	}
	return is_whole(keys->items);
}

/* A key that is not remembered for want of memory is found by a sweep while the keybag is open. */
static void remember(const struct kept_keys *keys)
{
	kept_keys_forget();
	seen = calloc(keys->count + 1, sizeof(*seen));
	for (size_t at = 0; seen && at < keys->count; at++)
		memcpy(seen[seen_count++], keys->keys[at].fingerprint, KEY_FINGERPRINT_SIZE);
}

void kept_keys_forget(void)
{
	free(seen);
	seen = NULL;
	seen_count = 0;
}

int kept_keys_list(struct kept_keys *ret_keys)
{
	int status;

	*ret_keys = (struct kept_keys){ 0 };
	status = find_all(ret_keys);
	if (!status && ret_keys->items)
		status = read_items(ret_keys);
	if (status) {
		kept_keys_free(ret_keys);
		return status;
	}
	for (size_t at = 0; at < seen_count; at++) {
		if (is_gone(ret_keys, seen[at]))
			delete_half(HALF_PRIVATE, seen[at]);
	}
	remember(ret_keys);
	return 0;
}

void kept_keys_free(struct kept_keys *keys)
{
	free(keys->keys);
	keychain_items_free(keys->items);
	*keys = (struct kept_keys){ 0 };
}

/* ---- one key ---- */

/* A certificate is told from its key, which has the same comment and in ssh-add(1) the same fingerprint. */
static const char *kind_of(struct bytes blob)
{
	struct public_key public;

	return public_key_read(blob, &public) && public.type->certificate ? "SSH certificate" : "SSH key";
}

static void describe(struct keychain_query *query, const char *kind, struct bytes comment)
{
	char label[LABEL_SIZE];

	snprintf(label, sizeof(label), "%s %.*s", kind, (int)(comment.length < LABEL_SIZE ? comment.length : LABEL_SIZE),
		 (const char *)comment.data);
	utf8_mend(label);
	keychain_query_set_text(query, KEYCHAIN_LABEL, label);
	keychain_query_set_text(query, KEYCHAIN_DESCRIPTION, kind);
}

static int put(enum key_half half, const char *kind, const char *fingerprint, struct bytes comment, struct bytes content)
{
	struct keychain_query *query = keychain_query_of(half, fingerprint);
	int status;

	describe(query, kind, comment);
	keychain_query_set_accessible(query, half == HALF_PRIVATE ? KEYCHAIN_WHEN_UNLOCKED : KEYCHAIN_AFTER_FIRST_UNLOCK);
	keychain_query_set_secret(query, content.data, content.length);
	status = keychain_upsert(keychain_now(), query, NULL);
	keychain_query_free(query);
	return keychain_note(status, REFUSAL_ASKED);
}

static int check_room(const char *fingerprint)
{
	CLEANUP_KEPT_KEYS struct kept_keys keys = { 0 };
	int status = kept_keys_list(&keys);

	return status ? status : keys.count < KEPT_KEYS_MAX || has(&keys, fingerprint) ? 0 : errSecDiskFull;
}

/* The private half first: a list shows no key that cannot be used. Without the public one it is deleted. */
int kept_keys_add(struct bytes blob, struct bytes comment, struct bytes record)
{
	CLEANUP_BUFFER struct buffer public = BUFFER_NONE;
	char fingerprint[KEY_FINGERPRINT_SIZE];
	int status = public_key_fingerprint(blob, fingerprint) ? check_room(fingerprint) : errSecAllocate;

	buffer_string(&public, blob);
	buffer_string(&public, comment);
	if (!status)
		status = public.failed ? errSecAllocate : put(HALF_PRIVATE, kind_of(blob), fingerprint, comment, record);
	if (!status)
		status = put(HALF_PUBLIC, kind_of(blob), fingerprint, comment, buffer_content(&public));
	return status;
}

static int copy_record(struct keychain_items *items, struct secret *ret_record)
{
	size_t length = 0;
	const void *record = keychain_items_secret(items, 0, &length);

	if (!record || !length)
		return errSecDecode;
	if (secret_new(ret_record, length) < 0)
		return errSecAllocate;
	memcpy(ret_record->data, record, length);
	ret_record->length = length;
	return 0;
}

int kept_keys_open(struct bytes blob, struct secret *ret_record)
{
	char fingerprint[KEY_FINGERPRINT_SIZE];
	struct keychain_items *items = NULL;
	struct keychain_query *query;
	int status;

	if (!public_key_fingerprint(blob, fingerprint))
		return errSecAllocate;
	query = keychain_query_of(HALF_PRIVATE, fingerprint);
	status = keychain_note(keychain_find(keychain_now(), query, KEYCHAIN_RETURN_SECRET, 1, &items), REFUSAL_ASKED);
	keychain_query_free(query);
	if (!status)
		status = copy_record(items, ret_record);
	keychain_items_free(items);
	return status;
}

/* ---- what is left over ---- */

static void sweep_items(const struct keychain_items *items, const struct kept_keys *keys)
{
	for (size_t at = 0; at < keychain_items_count(items); at++) {
		const char *fingerprint = keychain_items_text(items, at, KEYCHAIN_ACCOUNT, NULL);

		if (fingerprint && is_gone(keys, fingerprint))
			delete_half(HALF_PRIVATE, fingerprint);
	}
}

void kept_keys_sweep(void)
{
	CLEANUP_KEPT_KEYS struct kept_keys keys = { 0 };
	struct keychain_items *items = NULL;
	struct keychain_query *query;
	int status;

	if (kept_keys_list(&keys))
		return;
	query = keychain_query_of(HALF_PRIVATE, NULL);
	status = keychain_find(keychain_now(), query, KEYCHAIN_RETURN_ATTRIBUTES | KEYCHAIN_PARTIAL, KEYCHAIN_NO_LIMIT, &items);
	if (!keychain_note(status, REFUSAL_UNASKED))
		sweep_items(items, &keys);
	keychain_query_free(query);
	keychain_items_free(items);
}
