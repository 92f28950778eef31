// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests of the SSH agent as a whole, with a keychain, a keybag and a person that are this test's: keys that are added twice,
 * with constraints and over other hosts, and signatures that wait.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "helper/keychain/include/keychain-status.h"
#include "helper/sshagent/agent/addition.h"
#include "helper/sshagent/agent/answer.h"
#include "helper/sshagent/agent/hidden_keys.h"
#include "helper/sshagent/agent/request.h"
#include "helper/sshagent/ask/ask.h"
#include "helper/sshagent/store/kept_keys.h"
#include "helper/sshagent/store/sealed_key.h"
#include "lib/ssh_keys.h"
#include "lib/tap.h"

#define BYTES(text) ((struct bytes){ (const uint8_t *)(text), sizeof(text) - 1 })
#define LIST	11
#define SIGN	13
#define ADD	17
#define REMOVE	18
#define REMOVE_ALL	19
#define LOCK	22
#define UNLOCK	23
#define ADD_CONSTRAINED	25
#define BIND	27
#define LIFETIME(seconds) "\1\0\0\0" seconds
#define CONFIRM "\2"

/* ---- what stands in ---- */

static bool locked, away;	/* the keybag, the keychain */
static time_t later;		/* seconds that have gone by */
static struct {
	struct buffer blob, comment, record;
} kept[8];
static size_t kept_count;

int __real_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time)
{
	int result = __real_clock_gettime(clock, ret_time);

	ret_time->tv_sec += later;
	return result;
}

int kept_keys_list(struct kept_keys *ret_keys)
{
	*ret_keys = (struct kept_keys){ 0 };
	if (away)
		return errSecNotAvailable;
	ret_keys->keys = calloc(kept_count + 1, sizeof(*ret_keys->keys));
	for (; ret_keys->count < kept_count; ret_keys->count++) {
		struct kept_key *key = &ret_keys->keys[ret_keys->count];

		key->blob = buffer_content(&kept[ret_keys->count].blob);
		key->comment = buffer_content(&kept[ret_keys->count].comment);
		public_key_fingerprint(key->blob, key->fingerprint);
	}
	return 0;
}

void kept_keys_free(struct kept_keys *keys)
{
	free(keys->keys);
	*keys = (struct kept_keys){ 0 };
}

static size_t find_kept(struct bytes blob)
{
	size_t at = 0;

	while (at < kept_count && !bytes_equal(buffer_content(&kept[at].blob), blob))
		at++;
	return at;
}

int kept_keys_add(struct bytes blob, struct bytes comment, struct bytes record)
{
	size_t at = find_kept(blob);

	if (locked || away)
		return locked ? errSecInteractionNotAllowed : errSecNotAvailable;
	kept_count += at == kept_count;
	buffer_clear(&kept[at].blob);
	buffer_bytes(&kept[at].blob, blob);
	buffer_clear(&kept[at].comment);
	buffer_bytes(&kept[at].comment, comment);
	buffer_clear(&kept[at].record);
	buffer_bytes(&kept[at].record, record);
	return 0;
}

int kept_keys_open(struct bytes blob, struct secret *ret_record)
{
	size_t at = find_kept(blob);

	if (at == kept_count)
		return errSecItemNotFound;
	if (locked || away)
		return locked ? errSecInteractionNotAllowed : errSecNotAvailable;
	return secret_from(kept[at].record.data, kept[at].record.length, ret_record);
}

void kept_keys_sweep(void)
{
}

int sealed_key_new(struct sealed_key *key, struct bytes record)
{
	*key = (struct sealed_key){ .blobs = malloc(record.length), .record_length = record.length };
	memcpy(key->blobs, record.data, record.length);
	return locked ? -ENOKEY : 0;
}

int sealed_key_open(const struct sealed_key *key, struct secret *ret_record)
{
	return locked ? -ENOKEY : secret_from(key->blobs, key->record_length, ret_record);
}

void sealed_key_free(struct sealed_key *key)
{
	free(key->blobs);
	*key = (struct sealed_key){ 0 };
}

static struct {
	enum ask_kind kind;
	struct buffer content;
	ask_done *done;
	void *context;
} asked;

uint32_t ask(enum ask_kind kind, struct bytes content, ask_done *done, void *context)
{
	buffer_clear(&asked.content);
	buffer_bytes(&asked.content, content);
	asked.kind = kind;
	asked.done = done;
	asked.context = context;
	return 1;
}

void ask_cancel(uint32_t number)
{
	if (number)
		asked.done = NULL;
}

static void person_says(bool yes)
{
	ask_done *done = asked.done;

	asked.done = NULL;
	done(asked.context, yes, (struct bytes){ 0 });
}

/* ---- requests ---- */

static struct requester local, other, remote;
static struct made_key key, host;

/* The one that was answered later, and how. */
static struct requester *answered;
static uint8_t answered_kind;

static void note_answer(struct requester *requester, struct bytes answer)
{
	answered = requester;
	answered_kind = *answer.data;
}

/* The first byte of the answer; 0: it comes later. */
static uint8_t call(struct requester *requester, const struct buffer *message, struct buffer *answer)
{
	buffer_clear(answer);
	return request_handle(requester, buffer_content(message), answer) ? *answer->data : 0;
}

static uint8_t add(struct requester *requester, const struct buffer *record, const char *comment, struct bytes constraints)
{
	CLEANUP_BUFFER struct buffer message = BUFFER_NONE, answer = BUFFER_NONE;

	buffer_u8(&message, constraints.length ? ADD_CONSTRAINED : ADD);
	buffer_bytes(&message, buffer_content(record));
	buffer_text(&message, comment);
	buffer_bytes(&message, constraints);
	return call(requester, &message, &answer);
}

/* Whether @count keys are listed, and the first one, if there is any, has that comment. */
static bool first_listed(const char *comment, uint32_t count)
{
	CLEANUP_BUFFER struct buffer message = BUFFER_NONE, answer = BUFFER_NONE;
	struct reader from;

	buffer_u8(&message, LIST);
	if (call(&local, &message, &answer) != ANSWER_IDENTITIES)
		return false;
	from = reader_of_bytes(buffer_content(&answer));
	reader_u8(&from);
	if (reader_u32(&from) != count)
		return false;
	for (uint32_t at = 0; at < count; at++) {
		reader_string(&from);
		if (!bytes_are(reader_string(&from), comment) && !at)
			return false;
	}
	return reader_done(&from);
}

/* Whether a key with that comment, and no other one, is listed. NULL: none is. */
static bool lists(const char *comment)
{
	return first_listed(comment, comment ? 1 : 0);
}

static uint8_t call_with(struct requester *requester, uint8_t operation, const struct buffer *blob)
{
	CLEANUP_BUFFER struct buffer message = BUFFER_NONE, answer = BUFFER_NONE;

	buffer_u8(&message, operation);
	if (blob)
		buffer_string(&message, buffer_content(blob));
	if (operation == SIGN) {
		buffer_text(&message, "data");
		buffer_u32(&message, 0);
	}
	return call(requester, &message, &answer);
}

static const struct buffer *signed_blob = &key.public;

static uint8_t sign(struct requester *requester)
{
	return call_with(requester, SIGN, signed_blob);
}

static void bind_remote(void)
{
	CLEANUP_BUFFER struct buffer message = BUFFER_NONE, signature = BUFFER_NONE, answer = BUFFER_NONE;

	check(private_key_sign(&host.key, BYTES("session"), 0, &signature));
	buffer_u8(&message, BIND);
	buffer_text(&message, "session-bind@openssh.com");
	buffer_string(&message, buffer_content(&host.public));
	buffer_text(&message, "session");
	buffer_string(&message, buffer_content(&signature));
	buffer_u8(&message, 1);
	check(call(&remote, &message, &answer) == ANSWER_SUCCESS);
}

static void forget_all(void)
{
	call_with(&local, REMOVE_ALL, NULL);
	hidden_keys_clear();
	kept_count = 0;
	locked = away = false;
}

/* ---- tests ---- */

static void test_constraints_stay(void)
{
	for (unsigned int kept_first = 0; kept_first < 2; kept_first++) {
		if (kept_first)
			check(add(&local, &key.record, "kept", BYTES("")) == ANSWER_SUCCESS && sign(&local) == ANSWER_SIGNATURE);
		check(add(&local, &key.record, "held", BYTES(LIFETIME("\5") CONFIRM)) == ANSWER_SUCCESS && lists("held"));
		check(sign(&local) == 0 && asked.kind == ASK_CONFIRM);
		person_says(false);
		check(answered == &local && answered_kind == ANSWER_FAILURE);
		check(sign(&local) == 0);
		person_says(true);
		check(answered_kind == ANSWER_SIGNATURE);
		later += 6;
		check(lists(NULL) && sign(&local) == ANSWER_FAILURE);
	}
	check(add(&local, &key.record, "again", BYTES("")) == ANSWER_SUCCESS && lists("again") && sign(&local) == ANSWER_SIGNATURE);
	forget_all();
	tap_test("a key with constraints does not live on without them where it was kept before");

	check(add(&local, &key.record, "kept", BYTES("")) == ANSWER_SUCCESS);
	check(add(&local, &key.record, "held", BYTES(LIFETIME("\5") CONFIRM)) == ANSWER_SUCCESS && sign(&local) == 0);
	later += 6;
	person_says(true);
	check(answered_kind == ANSWER_FAILURE);
	forget_all();
	tap_test("nor when it ends while the person is asked");

	check(add(&local, &key.record, "over", BYTES(LIFETIME("\0"))) == ANSWER_SUCCESS && !kept_count && lists(NULL));
	check(add(&local, &key.record, "twice", BYTES(LIFETIME("\0") LIFETIME("\5"))) == ANSWER_FAILURE);
	forget_all();
	tap_test("a lifetime of no time is one");

	check(add(&local, &key.record, "kept", BYTES("")) == ANSWER_SUCCESS);
	check(add(&local, &key.record, "held", BYTES(CONFIRM)) == ANSWER_SUCCESS);
	check(call_with(&local, REMOVE, &key.public) == ANSWER_SUCCESS && lists(NULL));
	check(add(&local, &key.record, "held", BYTES(CONFIRM)) == ANSWER_SUCCESS);
	away = true;
	check(add(&local, &host.record, "other", BYTES(CONFIRM)) == ANSWER_FAILURE);
	check(call_with(&local, REMOVE_ALL, NULL) == ANSWER_FAILURE);
	away = false;
	check(lists(NULL));
	forget_all();
	tap_test("nor when it is removed, with the keychain away as well");
}

static void put_security_key(struct buffer *record, uint8_t flags, const char *handle)
{
	buffer_clear(record);
	buffer_text(record, "sk-ssh-ed25519@openssh.com");
	buffer_string(record, key.key.public.point);
	buffer_text(record, "ssh:");
	buffer_u8(record, flags);
	buffer_text(record, handle);
	buffer_text(record, "");
}

static void test_security_keys(void)
{
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
	CLEANUP_BUFFER struct buffer phrase = BUFFER_NONE, public = BUFFER_NONE;

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

	signed_blob = &key.public;
}

static void test_remote(void)
{
	CLEANUP_BUFFER struct buffer passphrase = BUFFER_NONE;
	char comment[COMMENT_MAX + 2];

	buffer_bytes(&passphrase, BYTES("secret"));

	check(add(&remote, &key.record, "theirs", BYTES("")) == ANSWER_SUCCESS && !kept_count && lists("theirs"));
	check(sign(&local) == ANSWER_SIGNATURE);
	request_on_logout();
	check(lists(NULL));
	check(add(&local, &key.record, "mine", BYTES("")) == ANSWER_SUCCESS && add(&remote, &key.record, "theirs", BYTES("")) == ANSWER_SUCCESS);
	check(lists("theirs"));
	request_on_logout();
	check(lists("mine"));
	check(add(&remote, &key.record, "theirs", BYTES("")) == ANSWER_SUCCESS && call_with(&local, REMOVE, &key.public) == ANSWER_SUCCESS);
	check(lists(NULL) && call_with(&local, REMOVE, &key.public) == ANSWER_FAILURE);
	forget_all();
	tap_test("a key that another host sends is held in memory");

	check(add(&remote, &host.record, "theirs", BYTES("")) == ANSWER_SUCCESS && add(&local, &key.record, "kept", BYTES("")) == ANSWER_SUCCESS);
	check(first_listed("kept", 2));
	forget_all();
	check(add(&remote, &host.record, "theirs", BYTES("")) == ANSWER_SUCCESS && add(&local, &key.record, "held", BYTES(CONFIRM)) == ANSWER_SUCCESS);
	check(first_listed("held", 2));
	forget_all();
	tap_test("it stands behind the user's own");
	check(call_with(&remote, LOCK, &passphrase) == ANSWER_FAILURE && add(&local, &key.record, "kept", BYTES("")) == ANSWER_SUCCESS && lists("kept"));
	check(call_with(&local, LOCK, &passphrase) == ANSWER_SUCCESS && call_with(&remote, UNLOCK, &passphrase) == ANSWER_FAILURE && lists(NULL));
	check(call_with(&local, UNLOCK, &passphrase) == ANSWER_SUCCESS && lists("kept"));
	forget_all();
	tap_test("another host neither locks the agent nor unlocks it");

	memset(comment, 'a', sizeof(comment));
	comment[COMMENT_MAX + 1] = 0;
	check(add(&local, &key.record, comment, BYTES("")) == ANSWER_FAILURE);
	comment[COMMENT_MAX] = 0;
	check(add(&local, &key.record, comment, BYTES("")) == ANSWER_SUCCESS && lists(comment));
	forget_all();
	tap_test("a comment has up to 4 KiB");
}

/* The question in what was asked last. */
static bool asks(const char *text)
{
	struct reader from = reader_of_bytes(buffer_content(&asked.content));

	return asked.kind == ASK_CONFIRM && bytes_are(reader_string(&from), text) && reader_done(&from);
}

static void test_questions(void)
{
	char fingerprint[KEY_FINGERPRINT_SIZE], comment[200], text[400];

	public_key_fingerprint(buffer_content(&key.public), fingerprint);
	check(add(&remote, &key.record, "a?\nKey fingerprint SHA256:other.\r\x1b[2J", BYTES(CONFIRM)) == ANSWER_SUCCESS && sign(&local) == 0);
	snprintf(text, sizeof(text), "Allow use of key a?\\x0aKey fingerprint SHA256:other.\\x0d\\x1b[2J?\nKey fingerprint %s.", fingerprint);
	check(asks(text));
	person_says(false);
	/* The last character that fits has two bytes, of which one would. */
	memset(comment, 'a', 127);
	strcpy(comment + 127, "\xc3\xa4 and more");
	check(add(&remote, &key.record, comment, BYTES(CONFIRM)) == ANSWER_SUCCESS && sign(&local) == 0);
	snprintf(text, sizeof(text), "Allow use of key %.127s…?\nKey fingerprint %s.", comment, fingerprint);
	check(asks(text));
	person_says(false);
	forget_all();
	tap_test("a comment forges no line of the question, and is cut");
}

static void test_waiting(void)
{
	check(add(&local, &key.record, "key", BYTES("")) == ANSWER_SUCCESS);
	locked = true;
	answered = NULL;
	check(sign(&local) == 0);
	later += 5;
	check(sign(&other) == 0);
	later += 6;
	request_on_open();
	check(answered == &local && answered_kind == ANSWER_FAILURE);
	locked = false;
	request_on_open();
	check(answered == &other && answered_kind == ANSWER_SIGNATURE);
	tap_test("signatures wait for the keybag, each for its own time");

	locked = true;
	check(sign(&local) == 0 && sign(&other) == 0 && sign(&remote) == 0);
	request_forget(&other);
	locked = false;
	request_on_open();
	check(!local.pending && !remote.pending && !other.pending && answered_kind == ANSWER_SIGNATURE);
	forget_all();
	tap_test("all go on when it is opened, but those that are gone");
}

/* One that was longest in the queue sets the time of the timer. */
static void test_timer(sd_event *loop)
{
	check(add(&local, &key.record, "key", BYTES("")) == ANSWER_SUCCESS);
	locked = true;
	answered = NULL;
	/* As if it had waited for 8 of its 10 seconds. The loop's clock is the real one. */
	later = -8;
	check(sign(&local) == 0);
	later = 0;
	check(sign(&other) == 0);
	request_on_open();
	check(!answered);
	for (unsigned int times = 0; times < 5 && !answered; times++)
		sd_event_run(loop, 1000000);
	check(answered == &local && answered_kind == ANSWER_FAILURE && other.pending);
	request_forget(&other);
	forget_all();
	tap_test("the timer is of the one that ends first");
}

int main(void)
{
	sd_event *loop = NULL;

	tap_start();
	check(sd_event_new(&loop) >= 0 && request_begin(loop, note_answer, 10) == 0);
	make_ed25519(&key);
	make_ed25519(&host);
	bind_remote();
	test_constraints_stay();
	test_security_keys();
	test_touches(loop);
	test_remote();
	test_questions();
	test_waiting();
	test_timer(loop);
	request_forget(&remote);
	for (size_t at = 0; at < sizeof(kept) / sizeof(*kept); at++) {
		buffer_free(&kept[at].blob);
		buffer_free(&kept[at].comment);
		buffer_free(&kept[at].record);
	}
	buffer_free(&asked.content);
	free_made(&key);
	free_made(&host);
	sd_event_unref(loop);
	return tap_end();
}
