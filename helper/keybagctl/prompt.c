// SPDX-License-Identifier: GPL-2.0-or-later
#include "prompt.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "complain.h"
#include "exit_code.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

/* Byte by byte: what follows the line belongs to the next reader. */
static ssize_t read_line(struct secret *line)
{
	ssize_t part;

	line->length = 0;
	for (;;) {
		part = read(STDIN_FILENO, line->data + line->length, 1);
		if (part < 0 && errno == EINTR && !interrupted)
			continue;
		if (part < 0 || interrupted)
			return -EINTR;
		if (!part)
			return line->length ? 0 : -ENODATA;
		if (line->data[line->length] == '\n')
			break;
		if (++line->length > KEYBAG_MAX_PASSCODE)
			return -EMSGSIZE;
	}
	line->data[line->length] = 0;
	if (line->length && line->data[line->length - 1] == '\r')
		line->data[--line->length] = 0;
	return 0;
}

static ssize_t read_without_echo(struct secret *line)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	struct sigaction before[sizeof(signals) / sizeof(signals[0])];
	const struct sigaction action = { .sa_handler = on_signal };
	struct termios normal, quiet;
	ssize_t result;
	size_t i;

	if (tcgetattr(STDIN_FILENO, &normal) < 0)
		return -errno;
	/* The terminal gets its echo back before a signal does its work. */
	interrupted = 0;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, &before[i]);
	quiet = normal;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	result = read_line(line);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &normal);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &before[i], NULL);
	if (interrupted)
		raise(interrupted);
	return result;
}

int prompt_secret(const char *prompt, struct secret *ret_secret)
{
	/* One for the newline; the last byte of what is too long. */
	CLEANUP_SECRET struct secret line = SECRET_NONE;
	bool terminal = isatty(STDIN_FILENO);
	ssize_t result;

	if (secret_new(&line, KEYBAG_MAX_PASSCODE + 2) < 0)
		return complain(EXIT_FAILED, "no locked memory for the %s: raise the limit of locked "
				"memory (ulimit -l)", prompt);
	if (terminal)
		fprintf(stderr, "%s: ", prompt);
	result = terminal ? read_without_echo(&line) : read_line(&line);
	switch (result) {
	case 0:
		break;
	case -EMSGSIZE:
		return complain(EXIT_USAGE, "%s: more than %d bytes are too many", prompt,
				KEYBAG_MAX_PASSCODE);
	case -ENODATA:
		return complain(EXIT_USAGE, "%s: nothing on standard input", prompt);
	default:
		return complain(EXIT_FAILED, "%s: reading was interrupted", prompt);
	}
	if (!line.length)
		return complain(EXIT_USAGE, "%s: it must not be empty", prompt);
	*ret_secret = secret_take(&line);
	return 0;
}

/* Every byte is looked at, whatever the first ones say. */
static bool same(const struct secret *one, const struct secret *other)
{
	unsigned char difference = 0;
	size_t i;

	if (one->length != other->length)
		return false;
	for (i = 0; i < one->length; i++)
		difference |= one->data[i] ^ other->data[i];
	return !difference;
}

int prompt_new_secret(const char *prompt, struct secret *ret_secret)
{
	CLEANUP_SECRET struct secret first = SECRET_NONE, again = SECRET_NONE;
	int code = prompt_secret(prompt, &first);

	if (!code && isatty(STDIN_FILENO)) {
		code = prompt_secret("Once more", &again);
		if (!code && !same(&first, &again))
			code = complain(EXIT_FAILED, "these two are not the same: nothing was changed");
	}
	if (!code)
		*ret_secret = secret_take(&first);
	return code;
}

struct keybag_proof prompt_proof(uint32_t kind, const struct secret *secret)
{
	if (!secret->data)
		return (struct keybag_proof){ .kind = KEYBAG_PROTECTOR_NONE };
	return (struct keybag_proof){
		.kind = kind,
		.text = (const char *)secret->data,
		.length = secret->length,
	};
}

int prompt_confirm(const char *question)
{
	char answer[8] = "";

	if (!isatty(STDIN_FILENO))
		return complain(EXIT_USAGE, "without a terminal this needs --yes");
	fprintf(stderr, "%s Type yes to go on: ", question);
	if (!fgets(answer, sizeof(answer), stdin) || strcmp(answer, "yes\n"))
		return complain(EXIT_FAILED, "nothing was changed");
	return 0;
}
