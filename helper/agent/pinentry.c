// SPDX-License-Identifier: GPL-2.0-or-later
#include "pinentry.h"

#include "common/translate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* libgpg-error's code of a user who cancels: the lower 16 bits of the number after "ERR". */
#define CODE_CANCELED	99

static void command(FILE *out, const char *name, const char *text)
{
	fprintf(out, "%s ", name);
	for (; *text; text++) {
		if (*text == '%' || *text == '\n' || *text == '\r')
			fprintf(out, "%%%02X", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('\n', out);
}

/* A pinentry without a window asks on a terminal. */
static void tell_terminal(FILE *out)
{
	const char *type = getenv("TERM");
	const char *name = getenv("GPG_TTY");

	if (!name)
		name = ttyname(STDIN_FILENO);
	if (!name)
		return;
	fprintf(out, "OPTION ttyname=%s\n", name);
	if (type)
		fprintf(out, "OPTION ttytype=%s\n", type);
}

int pinentry_write(int fd, const struct prompt *prompt)
{
	FILE *out = fdopen(dup(fd), "w");
	int failed;

	if (!out)
		return -errno;
	tell_terminal(out);
	command(out, "SETTITLE", "Keybag");
	command(out, "SETDESC", prompt->text);
	if (prompt->error)
		command(out, "SETERROR", prompt->error);
	if (prompt->message) {
		fputs("MESSAGE\n", out);
	} else {
		command(out, "SETPROMPT", _("Passcode:"));
		fputs("GETPIN\n", out);
	}
	fputs("BYE\n", out);
	failed = ferror(out);
	if (fclose(out) || failed)
		return -EIO;
	return 0;
}

static int digit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	return -1;
}

/* Moves the data of one line to @to, without its escapes. It never gets longer. */
static char *unescape(char *to, const char *line, size_t length)
{
	const char *end = line + length;

	while (line < end) {
		if (*line == '%' && end - line > 2 && digit(line[1]) >= 0 && digit(line[2]) >= 0) {
			*to++ = (char)(digit(line[1]) * 16 + digit(line[2]));
			line += 3;
		} else {
			*to++ = *line++;
		}
	}
	return to;
}

int pinentry_read(char *answer, bool asks, const char **ret_passcode, size_t *ret_length)
{
	unsigned long asked = 1, last = 1;	/* errors of the last command but one, and of BYE */
	bool data = false, answered = false;	/* lines of data, and the OK that ends them */
	char *to = answer;
	char *line, *next;

	for (line = answer; *line; line = next) {
		size_t length = strcspn(line, "\n");

		next = line + length + (line[length] == '\n');
		if (!strncmp(line, "D ", 2)) {
			to = unescape(to, line + 2, length - 2);
			data = true;
		} else if (!strncmp(line, "OK", 2)) {
			asked = last;
			last = 0;
			answered = answered || data;
		} else if (!strncmp(line, "ERR ", 4)) {
			asked = last;
			last = strtoul(line + 4, NULL, 10) & 0xffff;
		}
	}
	if (!asks)
		return 0;
	/* Nothing typed is no passcode. */
	if (asked == CODE_CANCELED || (!asked && to == answer))
		return -ECANCELED;
	/* Data that no OK follows are a part of what was typed. */
	if (asked || !answered)
		return -EIO;
	*ret_passcode = answer;
	*ret_length = (size_t)(to - answer);
	return 0;
}
