// SPDX-License-Identifier: GPL-2.0-or-later
#include "addition.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "helper/daemon/log.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/sshagent/key/private_key.h"
#include "helper/sshagent/store/kept_keys.h"
#include "held_keys.h"
#include "hidden_keys.h"

struct addition {
	struct private_key key;
	struct bytes blob, comment;
	struct bytes plain;		/* the blob; of a certificate that of its key */
	char fingerprint[KEY_FINGERPRINT_SIZE];
	struct constraints constraints;
	bool remote;			/* it comes from another host */
	bool is_kept;			/* there is one of that public key */
	const struct held_key *held;	/* NULL: there is none */
};

static bool refuse(const struct addition *addition, const char *reason)
{
	log_notice("the SSH key %s is not added: %s", addition->fingerprint, reason);
	return false;
}

static bool refuse_status(const struct addition *addition, int status)
{
	if (status == errSecInteractionNotAllowed)
		return refuse(addition, "the keybag is locked");
	log_error("the SSH key %s is not added: %s", addition->fingerprint, keychain_status_text(status));
	return false;
}

static bool refuse_errno(const struct addition *addition, int error)
{
	if (error == -ENOKEY || error == -EKEYREVOKED)
		return refuse(addition, "the keybag is locked");
	if (error == -EBADMSG)
		return refuse(addition, "there is one of the same public key, and " SEALED_KEY_FORMER);
	log_error("the SSH key %s is not added: %s", addition->fingerprint, strerrordesc_np(-error));
	return false;
}

/* ---- security keys ---- */

/* A record that cannot be read is replaced by any other one. */
static bool is_same(const struct addition *addition, const struct secret *record)
{
	struct reader from = reader_of(record->data, record->length);
	struct private_key old;

	private_key_read(&from, &old);
	if (!reader_done(&from) || !old.public.type->fido)
		return true;
	return old.flags == addition->key.flags && bytes_equal(old.handle, addition->key.handle);
}

/*
 * The public half of a security key says nothing of the handle and of whether it has to be touched: whoever knows no more than
 * that half would take the real one away, or the touch.
 */
static bool replaces_no_other(const struct addition *addition)
{
	CLEANUP_SECRET struct secret held = SECRET_NONE, kept = SECRET_NONE;
	/* One that another host has added gives way to the user's own. */
	bool counts = addition->held && (addition->remote || !addition->held->remote);
	int result = counts ? sealed_key_open(&addition->held->sealed, &held) : 0;
	int status = addition->is_kept ? kept_keys_open(addition->blob, &kept) : 0;

	if (result)
		return refuse_errno(addition, result);
	if (status && status != errSecItemNotFound && status != errSecDecode)
		return refuse_status(addition, status);
	if (is_same(addition, &held) && is_same(addition, &kept))
		return true;
	return refuse(addition, "there is another one of the same public key, with another handle or other flags: delete that one first");
}

/* Another host may know the handle, which is of no use without the device: it proves nothing that would lift what the user wants. */
static bool lifts_nothing(const struct addition *addition)
{
	if (!addition->remote)
		return true;
	if (addition->held && constraints_any(&addition->held->constraints))
		return refuse(addition, "another host may not lift its constraints");
	if (hidden_keys_has(addition->fingerprint))
		return refuse(addition, "it was removed with 'ssh-add -d', and another host may not bring it back");
	return true;
}

/*
 * Anyone can make a certificate up around a public key, and what the device signs for it is a signature of that key: neither stands
 * beside the other without being it.
 */
static bool is_sibling(const struct addition *addition, struct bytes blob)
{
	CLEANUP_BUFFER struct buffer plain = BUFFER_NONE;
	struct public_key key;

	if (bytes_equal(blob, addition->blob) || !public_key_read(blob, &key))
		return false;
	public_key_put_plain(&key, &plain);
	return plain.failed || bytes_equal(buffer_content(&plain), addition->plain);
}

/* Hidden ones are among the kept. */
static bool goes_round_no_other(const struct addition *addition, const struct kept_keys *kept)
{
	bool has = false;

	if (!addition->remote)
		return true;
	for (const struct held_key *key = held_keys_first(); key && !has; key = key->next)
		has = !key->remote && is_sibling(addition, key->blob);
	for (size_t at = 0; at < kept->count && !has; at++)
		has = is_sibling(addition, kept->keys[at].blob);
	return !has || refuse(addition, "its user has it with another certificate or without one, and another host may not go round that");
}

/* Those that another host has added before, without what the user wants of theirs. */
static void take_siblings(const struct addition *addition)
{
	const struct held_key *next;

	if (addition->remote || !addition->key.public.type->fido)
		return;
	for (const struct held_key *key = held_keys_first(); key; key = next) {
		next = key->next;
		if (key->remote && is_sibling(addition, key->blob))
			held_keys_remove(key->blob);
	}
}

/* ---- all ---- */

static bool keep(const struct addition *addition)
{
	int status = kept_keys_add(addition->blob, addition->comment, addition->key.record);

	if (status == errSecDiskFull)
		log_error("no more than %d SSH keys are kept: 'keychainctl delete' deletes one", KEPT_KEYS_MAX);
	else if (status)
		refuse_status(addition, status);
	if (status)
		return false;
	held_keys_remove(addition->blob);
	hidden_keys_remove(addition->fingerprint);
	return true;
}

/* The kept one is hidden, lest the key be used without its constraints when this one has ended. */
static bool hold(const struct addition *addition)
{
	int result = held_keys_add(addition->blob, addition->comment, &addition->constraints, addition->key.record, addition->remote);

	if (result == -EDQUOT)
		log_error("no more than %d SSH keys are held in memory, and %d of other hosts: 'ssh-add -d' removes one", HELD_KEYS_MAX,
			  HELD_KEYS_REMOTE_MAX);
	else if (result)
		refuse_errno(addition, result);
	if (result)
		return false;
	if (addition->is_kept && constraints_any(&addition->constraints))
		hidden_keys_add(addition->fingerprint);
	return true;
}

static bool has(const struct kept_keys *keys, struct bytes blob)
{
	for (size_t at = 0; at < keys->count; at++) {
		if (bytes_equal(keys->keys[at].blob, blob))
			return true;
	}
	return false;
}

/* It would not be listed. */
static bool has_expired(const struct addition *addition)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return public_key_expired(addition->blob, (uint64_t)now.tv_sec);
}

/* Nothing that another host sends is kept for ever. */
static bool put(struct addition *addition, const struct bindings *bindings)
{
	CLEANUP_KEPT_KEYS struct kept_keys kept = { 0 };
	bool added;
	int status;

	if (addition->comment.length > COMMENT_MAX)
		return refuse(addition, "its comment is longer than 4096 bytes");
	if (has_expired(addition))
		return refuse(addition, "the certificate has expired");
	/* Whoever may not see a key cannot change it. */
	if (addition->held && !held_key_shown(addition->held, bindings))
		return refuse(addition, "it is there already, for other destinations");
	status = kept_keys_list(&kept);
	if (status)
		return refuse_status(addition, status);
	addition->is_kept = has(&kept, addition->blob);
	if (addition->key.public.type->fido &&
	    !(lifts_nothing(addition) && goes_round_no_other(addition, &kept) && replaces_no_other(addition)))
		return false;
	added = addition->remote || constraints_any(&addition->constraints) ? hold(addition) : keep(addition);
	if (added)
		take_siblings(addition);
	return added;
}

bool key_add(const struct requester *requester, struct reader *from, bool constrained)
{
	CLEANUP_BUFFER struct buffer public = BUFFER_NONE, plain = BUFFER_NONE;
	struct addition addition = { .remote = bindings_remote(&requester->bindings) };

	private_key_read(from, &addition.key);
	addition.comment = reader_text(from);
	if (constrained)
		constraints_read(from, &addition.constraints);
	if (!reader_done(from) || !private_key_check(&addition.key))
		return false;
	private_key_put_public(&addition.key, &public);
	addition.blob = buffer_content(&public);
	public_key_put_plain(&addition.key.public, &plain);
	addition.plain = buffer_content(&plain);
	if (public.failed || plain.failed || !public_key_fingerprint(addition.blob, addition.fingerprint))
		return false;
	addition.held = held_keys_find(addition.blob);
	return put(&addition, &requester->bindings);
}
