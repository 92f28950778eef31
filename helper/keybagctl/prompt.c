// SPDX-License-Identifier: GPL-2.0-or-later
#include "prompt.h"

#include <stdio.h>
#include <string.h>

#include "common/terminal.h"
#include "cli/answer.h"
#include "cli/strength.h"
#include "complain.h"
#include "exit_code.h"

#define NEW_PASSCODE		N_("New passcode")
#define CONFIRM_CAPACITY	64

bool prompt_at_terminal(void)
{
	return isatty(STDIN_FILENO);
}

static int prompt_read(const char *prompt, enum terminal_echo echo, struct secret *ret_line)
{
	/* One byte for the newline, and one that shows that the line is too long. */
	CLEANUP_SECRET struct secret line = SECRET_NONE;
	char text[256];
	int result;

	if (secret_new(&line, KEYBAG_MAX_PASSCODE + 2) < 0)
		return complain(EXIT_FAILED, _("no locked memory for the %s: raise the limit of locked "
				"memory (ulimit -l)"), prompt);
	snprintf(text, sizeof(text), "%s: ", prompt);
	result = prompt_at_terminal() ? terminal_ask(STDIN_FILENO, STDERR_FILENO, text, echo, &line) :
					line_read(STDIN_FILENO, &line);
	switch (result) {
	case 0:
		break;
	case -EMSGSIZE:
		return complain(EXIT_USAGE, _("%s: more than %d bytes are too many"), prompt,
				KEYBAG_MAX_PASSCODE);
	case -ENODATA:
		return complain(EXIT_USAGE, _("%s: nothing on standard input"), prompt);
	case -EINTR:
		return complain(EXIT_FAILED, _("%s: reading was interrupted"), prompt);
	default:
		return complain(EXIT_FAILED, _("%s: standard input: %s"), prompt, translate_errno(result));
	}
	if (memchr(line.data, 0, line.length))
		return complain(EXIT_USAGE, _("%s: it must not have a NUL byte"), prompt);
	*ret_line = secret_take(&line);
	return 0;
}

int prompt_line(const char *prompt, struct secret *ret_line)
{
	return prompt_read(prompt, TERMINAL_SHOWN, ret_line);
}

int prompt_secret_or_none(const char *prompt, struct secret *ret_secret)
{
	int code = prompt_read(prompt, TERMINAL_HIDDEN, ret_secret);

	if (!code && !ret_secret->length)
		secret_free(ret_secret);
	return code;
}

int prompt_secret(const char *prompt, struct secret *ret_secret)
{
	int code = prompt_secret_or_none(prompt, ret_secret);

	return !code && !ret_secret->data ? complain(EXIT_USAGE, _("%s: it must not be empty"), prompt) : code;
}

static void tell_strength(const struct secret *passcode, const char *user)
{
	unsigned int tenths = strength_estimate(passcode->data, passcode->length, user);

	warn(_("strength of this passcode: %s"), _(strength_text(strength_of(tenths))));
}

/* Asks for both. *@ret_same: they were the same. @user NULL: no passcode, whose strength nobody asked for. */
static int ask_both(const char *prompt, const char *user, bool empty_allowed, struct secret *ret_secret, bool *ret_same)
{
	CLEANUP_SECRET struct secret first = SECRET_NONE, again = SECRET_NONE;
	int code = empty_allowed ? prompt_secret_or_none(prompt, &first) : prompt_secret(prompt, &first);

	*ret_same = true;
	if (!code && !first.data)
		return prompt_confirm(_("An empty passcode is none: the keybag never locks."));
	if (!code && user)
		tell_strength(&first, user);
	if (!code)
		code = prompt_secret(_("Once more"), &again);
	if (code)
		return code;
	*ret_same = secret_equal(&first, &again);
	if (*ret_same)
		*ret_secret = secret_take(&first);
	return 0;
}

static int ask_until_same(const char *prompt, const char *user, bool empty_allowed, struct secret *ret_secret)
{
	bool same = false;
	int code = 0;

	for (int try = 0; try < PROMPT_TRIES && !same && !code; try++) {
		if (try)
			warn(_("these two are not the same: try again"));
		code = ask_both(prompt, user, empty_allowed, ret_secret, &same);
	}
	if (!code && !same)
		code = complain(EXIT_FAILED, _("these two are not the same: nothing was changed"));
	return code;
}

int prompt_new_passcode(const char *user, bool empty_allowed, struct secret *ret_passcode)
{
	if (!prompt_at_terminal())
		return prompt_secret(_(NEW_PASSCODE), ret_passcode);
	return ask_until_same(_(NEW_PASSCODE), user, empty_allowed, ret_passcode);
}

int prompt_twice(const char *prompt, struct secret *ret_secret)
{
	return ask_until_same(prompt, NULL, false, ret_secret);
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
	CLEANUP_SECRET struct secret answer = SECRET_NONE;
	CLEANUP_FREE char *text = NULL;

	if (!prompt_at_terminal())
		return complain(EXIT_USAGE, _("without a terminal this needs --yes"));
	if (secret_new(&answer, CONFIRM_CAPACITY) < 0 || asprintf(&text, _("%s Type yes to go on: "), question) < 0)
		return complain(EXIT_FAILED, _("out of memory: nothing was changed"));
	if (terminal_ask(STDIN_FILENO, STDERR_FILENO, text, TERMINAL_SHOWN, &answer) ||
	    !answer_is_yes((const char *)answer.data))
		return complain(EXIT_FAILED, _("nothing was changed"));
	return 0;
}

enum prompt_answer prompt_question(const char *question, enum prompt_answer otherwise)
{
	CLEANUP_SECRET struct secret answer = SECRET_NONE;
	CLEANUP_FREE char *text = NULL;

	if (asprintf(&text, "%s %s", question, otherwise == PROMPT_YES ? _("(Y/n)") : _("(y/N)")) < 0 ||
	    prompt_line(text, &answer))
		return PROMPT_NO;
	if (!answer.length)
		return otherwise;
	return answer_begins_yes((const char *)answer.data) ? PROMPT_YES : PROMPT_NO;
}
