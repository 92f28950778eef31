// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests of the SSH agent as a whole: keys that are added twice, with constraints and over other hosts, and signatures that wait.
 */
#include "helper/sshagent/agent/addition.h"
#include "helper/sshagent/agent/answer.h"
#include "lib/ssh_requests.h"
#include "lib/tap.h"

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

/* @key's, for that many seconds from now on, as ssh-add sends it. */
static void put_record_of_certificate(int seconds, struct buffer *record)
{
	CLEANUP_BUFFER struct buffer certificate = BUFFER_NONE;
	struct certificate_wish wish = { "ssh-ed25519-cert-v01@openssh.com", CERTIFICATE_USER, "anna", 0, 0, "" };

	wish.before = (uint32_t)(time(NULL) + seconds);
	put_certificate(&key, &host, &wish, &certificate);
	buffer_clear(record);
	buffer_text(record, wish.type);
	buffer_string(record, buffer_content(&certificate));
	buffer_string(record, key.key.public.point);
	buffer_string(record, key.key.ed25519);
}

static void test_certificates(void)
{
	CLEANUP_BUFFER struct buffer record = BUFFER_NONE;

	for (unsigned int held = 0; held < 2; held++) {
		const struct bytes constraints = held ? BYTES(CONFIRM) : BYTES("");

		put_record_of_certificate(500, &record);
		check(add(&local, &record, "first day", constraints) == ANSWER_SUCCESS && lists("first day"));
		check(add(&local, &key.record, "key", BYTES("")) == ANSWER_SUCCESS && first_listed("first day", 2));
		later = 490;
		put_record_of_certificate(1000, &record);
		check(add(&local, &record, "second day", constraints) == ANSWER_SUCCESS && first_listed("first day", 3));
		later = 510;
		check(first_listed(held ? "second day" : "key", 2));
		/* The clock was wrong: nothing is lost. */
		later = 0;
		check(first_listed("first day", 3));
		forget_all();
	}
	tap_test("a certificate that has expired is not listed, and is not deleted");

	put_record_of_certificate(-1, &record);
	check(add(&local, &record, "over", BYTES("")) == ANSWER_FAILURE && add(&remote, &record, "over", BYTES("")) == ANSWER_FAILURE);
	check(add(&local, &record, "over", BYTES(CONFIRM)) == ANSWER_FAILURE && !kept_count && lists(NULL));
	forget_all();
	tap_test("nor is it added");
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
	begin_requests(&loop);
	test_constraints_stay();
	test_remote();
	test_certificates();
	test_questions();
	test_waiting();
	test_timer(loop);
	end_requests(loop);
	return tap_end();
}
