// SPDX-License-Identifier: GPL-2.0-or-later
#include "prompt.h"

#include <stdio.h>
#include <string.h>

#include "common/terminal.h"
#include "complain.h"
#include "exit_code.h"

int prompt_secret(const char *prompt, struct secret *ret_secret)
{
	/* One for the newline; the last byte of what is too long. */
	CLEANUP_SECRET struct secret line = SECRET_NONE;
	bool terminal = isatty(STDIN_FILENO);
	int result;

	if (secret_new(&line, KEYBAG_MAX_PASSCODE + 2) < 0)
		return complain(EXIT_FAILED, "no locked memory for the %s: raise the limit of locked "
				"memory (ulimit -l)", prompt);
	if (terminal)
		fprintf(stderr, "%s: ", prompt);
	result = terminal ? terminal_read(STDIN_FILENO, &line) : line_read(STDIN_FILENO, &line);
	switch (result) {
	case 0:
		break;
	case -EMSGSIZE:
		return complain(EXIT_USAGE, "%s: more than %d bytes are too many", prompt,
				KEYBAG_MAX_PASSCODE);
	case -ENODATA:
		return complain(EXIT_USAGE, "%s: nothing on standard input", prompt);
	case -EINTR:
		return complain(EXIT_FAILED, "%s: reading was interrupted", prompt);
	default:
		return complain(EXIT_FAILED, "%s: standard input: %s", prompt, strerror(-result));
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
