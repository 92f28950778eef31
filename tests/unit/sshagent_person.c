// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program that asks, for the SSH agent: what counts as a yes of an askpass and of a pinentry, PINs, and signatures of devices; and
 * how it is asked.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/sshagent/ask/ask.h"
#include "helper/sshagent/person/es256.h"
#include "helper/sshagent/person/program.h"
#include "lib/tap.h"

#define BYTES(text) ((struct bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

static char folder[] = "/tmp/keybag-person-XXXXXX";

static void write_program(const char *name, const char *lines)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	if (!file)
		abort();
	fprintf(file, "#!/bin/sh\n%s\n", lines);
	fclose(file);
	chmod(path, 0755);
}

/* ---- a program as of SSH_ASKPASS ---- */

static bool askpass_agrees(const char *lines)
{
	write_program("askpass", lines);
	return program_confirm("Allow it?\n");
}

static void test_askpass(void)
{
	char path[256];
	struct secret pin;

	snprintf(path, sizeof(path), "%s/askpass", folder);
	setenv("SSH_ASKPASS", path, 1);
	check(askpass_agrees("exit 0") && askpass_agrees("echo") && askpass_agrees("echo yes") && askpass_agrees("printf 'YES\\r\\nno'"));
	check(!askpass_agrees("exit 1") && !askpass_agrees("echo yes; exit 1") && !askpass_agrees("kill -9 $$"));
	check(!askpass_agrees("echo no") && !askpass_agrees("echo y") && !askpass_agrees("echo yes please") && !askpass_agrees("echo 1234"));
	tap_test("an askpass agrees by an empty line or \"yes\", as ssh reads it");

	check(askpass_agrees("[ \"$SSH_ASKPASS_PROMPT\" = confirm ] && [ \"$1\" = 'Allow it?\n' ] && ! read -r line"));
	write_program("askpass", "[ -z \"$SSH_ASKPASS_PROMPT\" ] && printf '12%%34\\n'");
	check(program_ask_pin("PIN", &pin) && pin.length == 5 && !strcmp((const char *)pin.data, "12%34"));
	secret_free(&pin);
	write_program("askpass", "exit 1");
	check(!program_ask_pin("PIN", &pin) && !pin.data);
	write_program("askpass", "echo");
	check(!program_ask_pin("PIN", &pin) && !pin.data);
	write_program("askpass", "printf '%064d\\n' 0");
	check(!program_ask_pin("PIN", &pin) && !pin.data);
	write_program("askpass", "printf '%063d\\n' 0");
	check(program_ask_pin("PIN", &pin) && pin.length == 63);
	secret_free(&pin);
	unsetenv("SSH_ASKPASS");
	tap_test("what it is told, and a PIN");
}

/* ---- a pinentry ---- */

/* One that answers all with OK, but one command as it is told to. */
#define PINENTRY(command, answer) \
	"echo 'OK here I am'\n" \
	"while read -r name rest; do\n" \
	"	echo \"$name $rest\" >>" "$(dirname \"$0\")/told\n" \
	"	case $name in\n" \
	"	" command ") " answer " ;;\n" \
	"	BYE) echo 'OK closing'; exit 0 ;;\n" \
	"	*) echo OK ;;\n" \
	"	esac\n" \
	"done"

static bool pinentry_agrees(const char *lines)
{
	write_program("pinentry", lines);
	return program_confirm("Allow use of key 100%?\nKey fingerprint.\n");
}

static void test_pinentry(void)
{
	char path[256], told[1024] = "";
	struct secret pin;
	FILE *file;

	check(pinentry_agrees(PINENTRY("CONFIRM", "echo OK")));
	snprintf(path, sizeof(path), "%s/told", folder);
	file = fopen(path, "re");
	check(file && fread(told, 1, sizeof(told) - 1, file));
	if (file)
		fclose(file);
	check(strstr(told, "SETTITLE SSH\nSETDESC Allow use of key 100%25?%0AKey fingerprint.%0A\nCONFIRM \nBYE \n"));
	tap_test("a pinentry agrees to CONFIRM");

	check(!pinentry_agrees(PINENTRY("CONFIRM", "echo 'ERR 83886194 not confirmed'")));
	check(!pinentry_agrees(PINENTRY("CONFIRM", "echo 'ERR 83886179 canceled'")));
	check(!pinentry_agrees(PINENTRY("CONFIRM", "exit 0")) && !pinentry_agrees(PINENTRY("CONFIRM", "kill -9 $$")));
	check(!pinentry_agrees(PINENTRY("CONFIRM", "printf OK; exit 0")) && !pinentry_agrees("exit 0") && !pinentry_agrees("exit 1"));
	check(!pinentry_agrees(PINENTRY("SETDESC", "exit 0")) && !pinentry_agrees("echo 'OK here I am'; echo OK; echo OK"));
	tap_test("it does not where it says no, or ends before it was answered");

	write_program("pinentry", PINENTRY("GETPIN", "echo 'D 12%2534'; echo OK"));
	check(program_ask_pin("PIN", &pin) && !strcmp((const char *)pin.data, "12%34"));
	secret_free(&pin);
	write_program("pinentry", PINENTRY("GETPIN", "echo 'D 1234'; exit 0"));
	check(!program_ask_pin("PIN", &pin));
	write_program("pinentry", PINENTRY("GETPIN", "echo 'ERR 83886179 canceled'"));
	check(!program_ask_pin("PIN", &pin));
	tap_test("a PIN, with its escapes, when it is said to the end");
}

static void test_variables(void)
{
	check(program_takes("GPG_TTY=/dev/tty1") && program_takes("LC_ALL=C") && program_takes("DISPLAY=:0") && program_takes("SSH_ASKPASS=/x"));
	check(!program_takes("LD_PRELOAD=/x") && !program_takes("PATH=/x") && !program_takes("LANGUAGES=x") && !program_takes("DISPLAY"));
	tap_test("variables that are taken over from the session");
}

/* ---- signatures of devices ---- */

static bool puts_as(struct bytes form, struct bytes signature)
{
	struct buffer buffer = BUFFER_NONE;
	bool good = es256_put(form, &buffer) && bytes_equal(buffer_content(&buffer), signature);

	buffer_free(&buffer);
	return good;
}

static bool is_none(struct bytes form)
{
	/* At its end, so that a read beyond is seen. */
	uint8_t *copy = malloc(form.length + 1);
	struct buffer buffer = BUFFER_NONE;
	bool none;

	memcpy(copy, form.data, form.length);
	copy = realloc(copy, form.length ? form.length : 1);
	none = !es256_put((struct bytes){ copy, form.length }, &buffer) && !buffer.length;
	buffer_free(&buffer);
	free(copy);
	return none;
}

static void test_es256(void)
{
	const struct bytes good = BYTES("\x30\x07\x02\x02\x00\x81\x02\x01\x05");
	uint8_t most[72] = { 0x30, 70, 2, 33, 0, 0x80, [36] = 1, [37] = 2, [38] = 33, [39] = 0, [40] = 0xff, [71] = 1 };

	check(puts_as(good, BYTES("\0\0\0\x0b\0\0\0\2\0\x81\0\0\0\1\5")));
	for (size_t length = 0; length < good.length; length++)
		check(is_none((struct bytes){ good.data, length }));
	check(!is_none((struct bytes){ most, sizeof(most) }));
	tap_test("two numbers, each whole");

	check(is_none(BYTES("\x30\x06\x02\x01\x81\x02\x01\x05")) && is_none(BYTES("\x30\x06\x02\x01\x00\x02\x01\x05")));
	check(is_none(BYTES("\x30\x05\x02\x00\x02\x01\x05")) && is_none(BYTES("\x31\x06\x02\x01\x01\x02\x01\x05")));
	check(is_none(BYTES("\x30\x07\x02\x01\x01\x02\x01\x05\x00")) && is_none(BYTES("\x30\x06\x02\x01\x01\x03\x01\x05")));
	check(is_none(BYTES("\x30\x06\x02\x7f\x01\x02\x01\x05")));
	/* A first byte that is no zero makes it a number of 33 bytes. */
	most[4] = 1;
	check(is_none((struct bytes){ most, sizeof(most) }));
	tap_test("others are none: negative, zero, too long, of another kind");
}

/* ---- how it is asked ---- */

#define STAND_IN	"KEYBAG_TEST_STAND_IN"

/*
 * This program as the one that asks, which is held up until it reads a byte: it says no to what was cancelled, and when it
 * is asked for "?" how many that were.
 */
static _Noreturn void stand_in(void)
{
	static uint8_t message[ASK_MESSAGE_MAX];
	uint8_t count = 0;
	ssize_t length;

	if (read(atoi(getenv(STAND_IN)), message, 1) != 1)
		_exit(1);
	while ((length = recv(ASK_SOCKET, message, sizeof(message), 0)) > 0) {
		bool cancelled = message[4] == ASK_CANCEL;

		count += cancelled;
		if (!cancelled && (length != 6 || message[5] != '?'))
			continue;
		memcpy(message + 4, (uint8_t[]){ !cancelled, 0, 0, 0, 1, count }, 6);
		send(ASK_SOCKET, message, 10, 0);
	}
	_exit(0);
}

static unsigned int answers, told;

static void note_answer(void *context, bool yes, struct bytes answer)
{
	(void)context;
	answers++;
	told = yes && answer.length ? *answer.data : 0;
}

/* Asks how many were cancelled until that is @count: the program may take its time to begin. */
static bool await_cancelled(sd_event *loop, size_t count)
{
	unsigned int questions = 0;

	for (unsigned int tries = 0; tries < 300 && !(answers && told == count); tries++) {
		if (answers == questions && ask(ASK_CONFIRM, BYTES("?"), note_answer, NULL))
			questions++;
		if (sd_event_run(loop, 200000) < 0)
			return false;
	}
	return answers == questions && told == count;
}

static void test_cancelled(const char *self)
{
	static uint8_t text[ASK_MESSAGE_MAX];
	uint32_t numbers[ASK_MAX], last;
	sd_event *loop = NULL;
	size_t count = 0;
	char number[16];
	int ends[2], held;

	/* The program has both ends, and the one that it reads not where its connection comes. */
	check(pipe(ends) == 0);
	held = fcntl(ends[0], F_DUPFD, ASK_SOCKET + 1);
	close(ends[0]);
	snprintf(number, sizeof(number), "%d", held);
	setenv(STAND_IN, number, 1);
	check(sd_event_new(&loop) >= 0 && ask_begin(loop, self) == 0);
	unsetenv(STAND_IN);
	/* Long ones first, and shorter ones until no message has room. */
	for (size_t length = sizeof(text); length && count < ASK_MAX;) {
		numbers[count] = ask(ASK_CONFIRM, (struct bytes){ text, length }, note_answer, NULL);
		if (numbers[count])
			count++;
		else
			length /= 2;
	}
	check(count && count < ASK_MAX);
	for (size_t at = 0; at < count; at++)
		ask_cancel(numbers[at]);
	check(!ask(ASK_CONFIRM, (struct bytes){ 0 }, note_answer, NULL));
	check(write(ends[1], "", 1) == 1);
	check(await_cancelled(loop, count));
	/* All places are free. */
	for (count = 0; count < ASK_MAX; count++) {
		last = ask(ASK_CONFIRM, (struct bytes){ text, 1 }, note_answer, NULL);
		check(last);
	}
	check(!ask(ASK_CONFIRM, (struct bytes){ text, 1 }, note_answer, NULL));
	ask_end();
	sd_event_unref(loop);
	close(held);
	close(ends[1]);
	tap_test("what is cancelled while the program is held up is cancelled when it goes on");
}

int main(int argc, char **argv)
{
	char path[4096];

	(void)argc;
	if (getenv(STAND_IN))
		stand_in();
	tap_start();
	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof(path), "%s:%s", folder, getenv("PATH"));
	setenv("PATH", path, 1);
	unsetenv("GPG_TTY");
	test_cancelled(argv[0]);
	test_askpass();
	test_variables();
	test_es256();
	/* Where no askpass is installed. */
	if (access("/usr/bin/ssh-askpass", X_OK))
		test_pinentry();
	snprintf(path, sizeof(path), "rm -rf %s", folder);
	return system(path) ? 1 : tap_end();
}
