/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that asks the user: a pinentry, systemd-ask-password, or one as SSH_ASKPASS names. The agent of SSH keys asks by
 * it as well.
 *
 * What the user types comes back neither in a pipe nor in a socket, whose pages the kernel does
 * not wipe: the program's standard output is a memory file that is locked in RAM and zeroed
 * afterwards. All that it is told lies in its standard input before it starts, so that its end is
 * all there is to wait for.
 */
#ifndef AGENT_PROMPTER_H
#define AGENT_PROMPTER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

enum prompter_kind {
	PROMPTER_PINENTRY,
	PROMPTER_ASK_PASSWORD,	/* asks for a passcode only */
	PROMPTER_ASKPASS,	/* has no messages */
};

enum prompt_kind {
	PROMPT_PASSCODE,
	PROMPT_MESSAGE,		/* only to be read */
	PROMPT_CONFIRM,		/* yes or no */
};

struct prompter {
	enum prompter_kind kind;
	const char *program;	/* looked up in PATH */
	pid_t pid;		/* 0: none runs */
	int process;		/* descriptor of it: readable when it has ended */
	char *answer;		/* its output, in locked memory */
	enum prompt_kind asks;
	int commands;		/* that a pinentry was told */
	bool on_terminal;	/* there is one, which was as in @normal before the program started */
	struct termios normal;
};

struct prompt {
	enum prompt_kind kind;
	const char *text;	/* one line or more */
	const char *error;	/* what was wrong with the last answer, or NULL */
	/* Only a pinentry shows these. */
	const char *title;	/* NULL: "Keybag" */
	const char *field;	/* what is to be typed; NULL: a passcode */
};

/* Starts it. Returns 0 or a negative errno. */
int prompter_start(struct prompter *prompter, const struct prompt *prompt);

/*
 * It has ended. @ret_passcode and @ret_length: what was typed, in locked memory, until prompter_wipe(), at least one byte; of
 * PROMPT_PASSCODE only. Returns 0, -ECANCELED when the user does not want to, does not agree, or types nothing; -ENOENT when
 * there is no such program, -EIO when it failed.
 */
int prompter_finish(struct prompter *prompter, const char **ret_passcode, size_t *ret_length);

/* Ends it, if it runs, puts the terminal back as it was before, and wipes the answer. */
void prompter_wipe(struct prompter *prompter);

/* Wipes the answer of the prompter that was started last, for a signal that ends this program (ending.h). */
void prompter_wipe_answer(void);

#endif /* AGENT_PROMPTER_H */
