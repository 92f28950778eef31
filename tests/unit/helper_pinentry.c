// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Talk of the agent with a pinentry.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/pinentry.h"
#include "lib/tap.h"

static int hear_of(const char *text, enum prompt_kind kind, char *ret_passcode)
{
	static char answer[4096];
	const char *passcode = NULL;
	size_t length = 0;
	int result;

	strcpy(answer, text);
	/* Two commands, as of "CONFIRM" and "BYE". */
	result = pinentry_read(answer, kind, 2, &passcode, &length);
	memcpy(ret_passcode, passcode ? passcode : "", length);
	ret_passcode[length] = 0;
	return result;
}

static int hear(const char *text, bool asks, char *ret_passcode)
{
	return hear_of(text, asks ? PROMPT_PASSCODE : PROMPT_MESSAGE, ret_passcode);
}

static void test_answers(void)
{
	char passcode[4096];

	check(hear("OK hello\nOK\nD secret\nOK\nOK closing\n", true, passcode) == 0);
	check(!strcmp(passcode, "secret"));
	check(hear("OK hello\nD a%25b%0Ac%0d%zz%2\nOK\nOK\n", true, passcode) == 0);
	check(!strcmp(passcode, "a%b\nc\r%zz%2"));
	check(hear("OK hello\nD first \nD second\nOK\nOK\n", true, passcode) == 0);
	check(!strcmp(passcode, "first second"));
	check(hear("OK hello\nERR 83886254 Unknown option\nOK\nD x\nOK\nOK\n", true, passcode) == 0);
	tap_test("a passcode");

	check(hear("OK hello\nERR 83886179 canceled\nOK closing\n", true, passcode) == -ECANCELED);
	check(hear("OK hello\nOK\nOK closing\n", true, passcode) == -ECANCELED);
	check(hear("OK hello\nOK\nD \nOK\nOK closing\n", true, passcode) == -ECANCELED);
	tap_test("the user says no, or nothing");

	check(hear("", true, passcode) == -EIO);
	check(hear("OK hello\nERR 83918950 no tty\nOK closing\n", true, passcode) == -EIO);
	check(hear("D secret", true, passcode) == -EIO);
	/* It died while it sent what was typed. */
	check(hear("OK hello\nOK\nOK\nD sec", true, passcode) == -EIO);
	check(hear("OK hello\nOK\nOK\nD secret\n", true, passcode) == -EIO);
	check(hear("no such protocol\n\n\n", true, passcode) == -EIO);
	tap_test("it could not ask");

	check(hear("OK hello\nERR 83886194 not confirmed\nOK\n", false, passcode) == 0 && !*passcode);
	tap_test("a message wants no answer");

	check(hear_of("OK hello\n# a note\nS a status\nOK\nOK closing\n", PROMPT_CONFIRM, passcode) == 0);
	check(hear_of("OK hello\nERR 83886194 not confirmed\nOK\n", PROMPT_CONFIRM, passcode) == -ECANCELED);
	check(hear_of("OK hello\nERR 83886179 canceled\nOK\n", PROMPT_CONFIRM, passcode) == -ECANCELED);
	/* It died before it was answered, or before it had said all of it. */
	check(hear_of("", PROMPT_CONFIRM, passcode) == -EIO && hear_of("OK hello\n", PROMPT_CONFIRM, passcode) == -EIO);
	check(hear_of("OK hello\nOK\n", PROMPT_CONFIRM, passcode) == -EIO && hear_of("OK hello\nOK\nOK", PROMPT_CONFIRM, passcode) == -EIO);
	check(hear_of("OK hello\nOK\nOK\nOK\n", PROMPT_CONFIRM, passcode) == -EIO);
	tap_test("who confirms agrees when all was answered");
}

static void test_commands(void)
{
	struct prompt prompt = { .text = "two\nlines, 100%", .error = "wrong" };
	char text[4096];
	int fd = memfd_create("test", 0);
	ssize_t length;

	check(pinentry_write(fd, &prompt) >= 6);
	length = pread(fd, text, sizeof(text) - 1, 0);
	check(length > 0);
	text[length < 0 ? 0 : length] = 0;
	check(strstr(text, "SETDESC two%0Alines, 100%25\n") && strstr(text, "SETERROR wrong\n"));
	check(strstr(text, "\nGETPIN\nBYE\n") && !strstr(text, "MESSAGE"));
	close(fd);

	setenv("GPG_TTY", "/dev/tty\nBYE", 1);
	prompt = (struct prompt){ .kind = PROMPT_CONFIRM, .text = "two\rlines", .title = "SSH" };
	fd = memfd_create("test", 0);
	check(pinentry_write(fd, &prompt) == 4);
	length = pread(fd, text, sizeof(text) - 1, 0);
	text[length < 0 ? 0 : length] = 0;
	check(!strcmp(text, "SETTITLE SSH\nSETDESC two%0Dlines\nCONFIRM\nBYE\n"));
	close(fd);

	prompt = (struct prompt){ .kind = PROMPT_MESSAGE, .text = "wait" };
	fd = memfd_create("test", 0);
	check(pinentry_write(fd, &prompt) == 4);
	length = pread(fd, text, sizeof(text) - 1, 0);
	text[length < 0 ? 0 : length] = 0;
	check(strstr(text, "\nMESSAGE\nBYE\n") && !strstr(text, "GETPIN") && !strstr(text, "SETERROR"));
	close(fd);
	tap_test("what it is told");
}

int main(void)
{
	tap_start();
	test_answers();
	test_commands();
	return tap_end();
}
