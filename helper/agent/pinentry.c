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

/* Returns how many commands it is. */
static int command(FILE *out, const char *name, const char *text)
{
	fprintf(out, "%s ", name);
	for (; *text; text++) {
		if (*text == '%' || *text == '\n' || *text == '\r')
			fprintf(out, "%%%02X", (unsigned char)*text);
		else
			fputc(*text, out);
	}
	fputc('\n', out);
	return 1;
}

static int bare_command(FILE *out, const char *name)
{
	fprintf(out, "%s\n", name);
	return 1;
}

/* A pinentry without a window asks on a terminal. */
static int tell_terminal(FILE *out)
{
	const char *type = getenv("TERM");
	const char *name = getenv("GPG_TTY");

	if (!name)
		name = ttyname(STDIN_FILENO);
	if (!name || strpbrk(name, "\r\n"))
		return 0;
	fprintf(out, "OPTION ttyname=%s\n", name);
	if (!type || strpbrk(type, "\r\n"))
		return 1;
	fprintf(out, "OPTION ttytype=%s\n", type);
	return 2;
}

int pinentry_write(int fd, const struct prompt *prompt)
{
	static const char *const ask[] = { [PROMPT_PASSCODE] = "GETPIN", [PROMPT_MESSAGE] = "MESSAGE", [PROMPT_CONFIRM] = "CONFIRM" };
	FILE *out = fdopen(dup(fd), "w");
	int count, failed;

	if (!out)
		return -errno;
	count = tell_terminal(out);
	count += command(out, "SETTITLE", prompt->title ? prompt->title : "Keybag");
	count += command(out, "SETDESC", prompt->text);
	if (prompt->error)
		count += command(out, "SETERROR", prompt->error);
	if (prompt->kind == PROMPT_PASSCODE)
		count += command(out, "SETPROMPT", prompt->field ? prompt->field : _("Passcode:"));
	count += bare_command(out, ask[prompt->kind]);
	count += bare_command(out, "BYE");
	failed = ferror(out);
	if (fclose(out) || failed)
		return -EIO;
	return count;
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

int pinentry_read(char *answer, enum prompt_kind kind, int commands, const char **ret_passcode, size_t *ret_length)
{
	unsigned long asked = 1, last = 1;	/* errors of the last command but one, and of BYE */
	bool data = false, answered = false;	/* lines of data, and the OK that ends them */
	bool whole = true;			/* the last line has an end */
	int replies = -1;			/* besides its greeting */
	char *to = answer;
	char *line, *next;

	for (line = answer; *line; line = next) {
		size_t length = strcspn(line, "\n");

		next = line + length + (line[length] == '\n');
		whole = line[length];
		if (!strncmp(line, "D ", 2)) {
			to = unescape(to, line + 2, length - 2);
			data = true;
		} else if (!strncmp(line, "OK", 2)) {
			asked = last;
			last = 0;
			replies++;
			answered = answered || data;
		} else if (!strncmp(line, "ERR ", 4)) {
			asked = last;
			last = strtoul(line + 4, NULL, 10) & 0xffff;
			replies++;
		}
	}
	if (kind == PROMPT_MESSAGE)
		return 0;
	if (kind == PROMPT_CONFIRM && (replies != commands || !whole))
		return -EIO;
	if (kind == PROMPT_CONFIRM)
		return asked ? -ECANCELED : 0;
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
