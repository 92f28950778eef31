/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passcodes and recovery codes: typed without echo at a terminal, or a line each from standard input.
 */
#ifndef KEYBAGCTL_PROMPT_H
#define KEYBAGCTL_PROMPT_H

#include <stdbool.h>

#include "common/secret.h"
#include "libkeybag/keybag.h"

/* Reads one line into locked memory. @prompt: "Passcode". Returns 0, or an exit code after a message. */
int prompt_secret(const char *prompt, struct secret *ret_secret);

/* The number of times that a question is asked at a terminal before the command gives up. */
#define PROMPT_TRIES	3

/* Whether someone is there to answer questions: standard input is a terminal. */
bool prompt_at_terminal(void);

/*
 * Reads a new passcode in the same way, for the account @user ("": not known). At a terminal its strength is told and it is asked
 * for twice, PROMPT_TRIES times until both are the same. @empty_allowed: at a terminal an empty one, confirmed, leaves
 * SECRET_NONE; otherwise it is refused.
 */
int prompt_new_passcode(const char *user, bool empty_allowed, struct secret *ret_passcode);

/* Reads a secret that is typed twice at a terminal, PROMPT_TRIES times until both are the same. Returns as prompt_secret(). */
int prompt_twice(const char *prompt, struct secret *ret_secret);

/* The secret as libkeybag takes it. */
struct keybag_proof prompt_proof(uint32_t kind, const struct secret *secret);

/* Asks for "yes" at a terminal. Returns 0, or an exit code after a message. */
int prompt_confirm(const char *question);

enum prompt_answer { PROMPT_NO, PROMPT_YES };

/* A question at a terminal, which Enter answers by @otherwise. No answer at all is PROMPT_NO. */
enum prompt_answer prompt_question(const char *question, enum prompt_answer otherwise);

/* Reads a line at a terminal that may be seen, and may be empty. Returns 0, or an exit code after a message. */
int prompt_line(const char *prompt, struct secret *ret_line);

/* Reads a secret at a terminal that may be empty: SECRET_NONE then. Returns 0, or an exit code after a message. */
int prompt_secret_or_none(const char *prompt, struct secret *ret_secret);

#endif /* KEYBAGCTL_PROMPT_H */
