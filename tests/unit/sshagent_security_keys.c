// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests of the SSH agent for security keys: one in the place of another, certificates of them that are made up, and touches.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/ec.h>

#include "helper/sshagent/agent/answer.h"
#include "lib/ssh_requests.h"
#include "lib/tap.h"

static void put_security_key_of(struct buffer *record, const struct made_key *made, uint8_t flags, const char *handle)
{
	buffer_clear(record);
	buffer_text(record, "sk-ssh-ed25519@openssh.com");
	buffer_string(record, made->key.public.point);
	buffer_text(record, "ssh:");
	buffer_u8(record, flags);
	buffer_text(record, handle);
	buffer_text(record, "");
}

static void put_security_key(struct buffer *record, uint8_t flags, const char *handle)
{
	put_security_key_of(record, &key, flags, handle);
}

/* The test's public half, of an Ed25519 key or of a curve: @blob as SSH sends it, with a made-up certificate where that is wanted. */
static void put_public(struct buffer *blob, EVP_PKEY *curve, const char *nonce)
{
	uint8_t point[133];
	size_t length = 0;

	buffer_clear(blob);
	buffer_text(blob, nonce ? curve ? "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com" : "sk-ssh-ed25519-cert-v01@openssh.com" :
				  curve ? "sk-ecdsa-sha2-nistp256@openssh.com" : "sk-ssh-ed25519@openssh.com");
	if (nonce)
		buffer_text(blob, nonce);
	if (curve) {
		check(EVP_PKEY_get_octet_string_param(curve, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &length));
		buffer_text(blob, "nistp256");
		buffer_string(blob, (struct bytes){ point, length });
	} else {
		buffer_string(blob, key.key.public.point);
	}
	buffer_text(blob, "ssh:");
	if (!nonce)
		return;
	buffer_bytes(blob, BYTES("\0\0\0\0\0\0\0\7\0\0\0\1\0\0\0\2id\0\0\0\0" "\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"));
	for (unsigned int empty = 0; empty < 3; empty++)
		buffer_text(blob, "");
	buffer_text(blob, "no authority");
	buffer_text(blob, "no signature");
}

/* The record of that one. */
static void put_one(struct buffer *record, struct buffer *blob, EVP_PKEY *curve, const char *nonce)
{
	struct public_key public;

	put_public(blob, curve, nonce);
	check(public_key_read(buffer_content(blob), &public));
	buffer_clear(record);
	if (nonce) {
		buffer_text(record, public.type->name);
		buffer_string(record, buffer_content(blob));
		if (!curve)
			buffer_string(record, public.point);
		buffer_text(record, "ssh:");
	} else {
		buffer_bytes(record, buffer_content(blob));
	}
	buffer_u8(record, 1);
	buffer_text(record, "handle");
	buffer_text(record, "");
}

/* A key and its certificate in both directions, and two certificates: what the user has, and what another host adds. */
static void test_made_up(EVP_PKEY *curve)
{
	static const char *const nonces[][2] = { { NULL, "made up" }, { "real", NULL }, { "real", "made up" } };
	CLEANUP_BUFFER struct buffer mine = BUFFER_NONE, theirs = BUFFER_NONE, mine_blob = BUFFER_NONE, their_blob = BUFFER_NONE;

	for (size_t at = 0; at < sizeof(nonces) / sizeof(*nonces); at++) {
		put_one(&mine, &mine_blob, curve, nonces[at][0]);
		put_one(&theirs, &their_blob, curve, nonces[at][1]);
		for (unsigned int way = 0; way < 3; way++) {
			check(add(&local, &mine, "mine", way == 1 ? BYTES(CONFIRM) : BYTES("")) == ANSWER_SUCCESS);
			if (way == 2)
				check(call_with(&local, REMOVE, &mine_blob) == ANSWER_SUCCESS);
			check(add(&remote, &theirs, "theirs", BYTES("")) == ANSWER_FAILURE);
			check(add(&remote, &theirs, "theirs", BYTES(LIFETIME("\5") CONFIRM)) == ANSWER_FAILURE);
			check(lists(way == 2 ? NULL : "mine") && call_with(&remote, SIGN, &their_blob) == ANSWER_FAILURE);
			/* It is the user's own to add. */
			check(add(&local, &theirs, "mine", BYTES("")) == ANSWER_SUCCESS && first_listed("mine", way == 2 ? 1 : 2));
			forget_all();
		}
		/* Those of another host stand beside each other, and give way to the user's own. */
		check(add(&remote, &mine, "theirs", BYTES("")) == ANSWER_SUCCESS && add(&remote, &theirs, "theirs", BYTES("")) == ANSWER_SUCCESS);
		check(first_listed("theirs", 2) && add(&local, &mine, "mine", BYTES(CONFIRM)) == ANSWER_SUCCESS && lists("mine"));
		check(call_with(&remote, SIGN, &their_blob) == ANSWER_FAILURE);
		forget_all();
	}
}

/* The agent's log goes to a file until end_said(). */
static int begin_said(int *ret_before)
{
	int log = memfd_create("said", 0);

	*ret_before = dup(STDERR_FILENO);
	check(log >= 0 && dup2(log, STDERR_FILENO) == STDERR_FILENO);
	return log;
}

static bool end_said(int log, int before, const char *text)
{
	char said[2048] = "";

	check(dup2(before, STDERR_FILENO) == STDERR_FILENO && pread(log, said, sizeof(said) - 1, 0) >= 0);
	close(before);
	close(log);
	return strstr(said, text);
}

static void test_former_keybag(void)
{
	struct buffer record = BUFFER_NONE, public = BUFFER_NONE;
	int log, before;

	put_security_key(&record, 1, "handle");
	check(add(&local, &record, "real", BYTES(LIFETIME("\1"))) == ANSWER_SUCCESS);
	former = true;
	log = begin_said(&before);
	check(add(&local, &record, "again", BYTES(LIFETIME("\1"))) == ANSWER_FAILURE);
	check(end_said(log, before, "a keybag that is gone: take it out by 'ssh-add -d'"));
	buffer_text(&public, "sk-ssh-ed25519@openssh.com");
	buffer_string(&public, key.key.public.point);
	buffer_text(&public, "ssh:");
	signed_blob = &public;
	log = begin_said(&before);
	check(sign(&local) == ANSWER_FAILURE);
	check(end_said(log, before, "a keybag that is gone: take it out by 'ssh-add -d'"));
	check(call_with(&local, REMOVE, &public) == ANSWER_SUCCESS);
	former = false;
	check(add(&local, &record, "again", BYTES("")) == ANSWER_SUCCESS && lists("again"));
	forget_all();
	buffer_free(&record);
	buffer_free(&public);
	tap_test("one that is sealed under a former keybag: its remedy is told, and works");
}

static void test_security_keys(void)
{
	EVP_PKEY *curve = EVP_EC_gen("P-256");
	struct buffer record = BUFFER_NONE;

	for (unsigned int constrained = 0; constrained < 2; constrained++) {
		const struct bytes constraints = constrained ? BYTES(CONFIRM) : BYTES("");

		put_security_key(&record, 1, "handle");
		check(add(&local, &record, "real", constraints) == ANSWER_SUCCESS);
		put_security_key(&record, 1, "garbage");
		check(add(&local, &record, "other", BYTES("")) == ANSWER_FAILURE && add(&remote, &record, "other", BYTES("")) == ANSWER_FAILURE);
		check(add(&remote, &record, "other", BYTES(LIFETIME("\1"))) == ANSWER_FAILURE && lists("real"));
		put_security_key(&record, 0, "handle");
		check(add(&remote, &record, "other", BYTES("")) == ANSWER_FAILURE && lists("real"));
		put_security_key(&record, 1, "handle");
		check(add(&local, &record, "new comment", constraints) == ANSWER_SUCCESS && lists("new comment"));
		check((add(&remote, &record, "lifted", BYTES("")) == ANSWER_FAILURE) == constrained);
		locked = true;
		check(add(&remote, &record, "while locked", BYTES("")) == ANSWER_FAILURE);
		forget_all();
	}
	tap_test("a security key is not replaced by one of the same public half with another handle or without the touch");

	put_security_key(&record, 1, "garbage");
	check(add(&remote, &record, "other", BYTES("")) == ANSWER_SUCCESS);
	put_security_key(&record, 1, "handle");
	check(add(&local, &record, "real", BYTES("")) == ANSWER_SUCCESS && lists("real"));
	forget_all();
	buffer_free(&record);
	tap_test("one that another host has sent gives way to the user's own");

	test_made_up(NULL);
	test_made_up(curve);
	EVP_PKEY_free(curve);
	tap_test("another host does not get round confirmation and removal by a certificate of the key, nor by the key of one");
}

/* A security key was asked to sign, for the test's key. */
static void ask_for_touch(struct bytes constraints)
{
	CLEANUP_BUFFER struct buffer record = BUFFER_NONE;

	put_security_key(&record, 1, "handle");
	check(add(&local, &record, "key", constraints) == ANSWER_SUCCESS);
	answered = NULL;
	answered_kind = 0;
	check(sign(&local) == 0);
	if (constraints.length && asked.kind == ASK_CONFIRM)
		person_says(true);
	check(asked.kind == ASK_SIGN && local.pending);
}

/* Nobody is asked any more, and the client was told; or it is when the answer comes. */
static bool fails(bool cancelled)
{
	bool done = !asked.done == cancelled;

	if (asked.done)
		person_says(true);
	done = done && answered == &local && answered_kind == ANSWER_FAILURE && !local.pending;
	forget_all();
	return done;
}

static const struct {
	const char *kind;
	struct bytes constraints;
} touched[] = { { "kept", { NULL, 0 } }, { "held", { (const uint8_t *)LIFETIME("\5"), 5 } },
		{ "confirmed", { (const uint8_t *)CONFIRM, 1 } } };

static void test_touches(sd_event *loop)
{
	CLEANUP_BUFFER struct buffer phrase = BUFFER_NONE, public = BUFFER_NONE, record = BUFFER_NONE;

	buffer_text(&phrase, "phrase");
	buffer_text(&public, "sk-ssh-ed25519@openssh.com");
	buffer_string(&public, key.key.public.point);
	buffer_text(&public, "ssh:");
	for (size_t at = 0; at < sizeof(touched) / sizeof(*touched); at++) {
		const struct bytes constraints = touched[at].constraints;

		signed_blob = &public;
		ask_for_touch(constraints);
		person_says(true);
		check(answered == &local && answered_kind == ANSWER_SIGNATURE);
		forget_all();
		ask_for_touch(constraints);
		locked = true;
		check(fails(false));
		ask_for_touch(constraints);
		locked = true;
		request_on_less();
		check(fails(true));
		ask_for_touch(constraints);
		check(call_with(&other, REMOVE_ALL, NULL) == ANSWER_SUCCESS && fails(true));
		ask_for_touch(constraints);
		check(call_with(&other, REMOVE, &public) == ANSWER_SUCCESS && fails(true));
		ask_for_touch(constraints);
		check(call_with(&other, LOCK, &phrase) == ANSWER_SUCCESS && call_with(&other, UNLOCK, &phrase) == ANSWER_SUCCESS && fails(true));
		ask_for_touch(constraints);
		request_on_logout();
		check(fails(true));
	}
	ask_for_touch(BYTES(""));
	away = true;
	request_on_less();
	check(local.pending && fails(false));
	tap_test("a security key that is touched too late does not sign: after a lock, ssh-add -x, -d and -D, and the logout");

	ask_for_touch(BYTES(LIFETIME("\5")));
	later += 6;
	check(fails(false));
	/* The loop's clock is the real one. */
	later = 0;
	ask_for_touch(BYTES(LIFETIME("\1")));
	for (unsigned int times = 0; times < 5 && !answered; times++)
		sd_event_run(loop, 1000000);
	check(fails(true));
	ask_for_touch(BYTES(""));
	kept_count = 0;
	request_on_less();
	check(fails(true));
	tap_test("nor when its time is over, and when it was deleted");

	put_security_key(&record, 1, "handle");
	check(add(&local, &record, "mine", BYTES(CONFIRM)) == ANSWER_SUCCESS);
	put_security_key_of(&record, &host, 1, "handle");
	check(add(&remote, &record, "theirs", BYTES("")) == ANSWER_SUCCESS);
	buffer_clear(&public);
	buffer_text(&public, "sk-ssh-ed25519@openssh.com");
	buffer_string(&public, host.key.public.point);
	buffer_text(&public, "ssh:");
	check(sign(&remote) == 0 && asked.kind == ASK_SIGN);
	person_says(true);
	check(answered == &remote && answered_kind == ANSWER_FAILURE);
	forget_all();
	tap_test("another host has no signature by the handle and a public key that it has made up");

	signed_blob = &key.public;
}
int main(void)
{
	sd_event *loop = NULL;

	tap_start();
	begin_requests(&loop);
	test_security_keys();
	test_former_keybag();
	test_touches(loop);
	end_requests(loop);
	return tap_end();
}
