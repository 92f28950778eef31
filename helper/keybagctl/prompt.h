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

/* The same of a new one: at a terminal it is asked for twice. */
int prompt_new_secret(const char *prompt, struct secret *ret_secret);

/* The secret as libkeybag takes it. */
struct keybag_proof prompt_proof(uint32_t kind, const struct secret *secret);

/* Asks for "yes" at a terminal. Returns 0, or an exit code after a message. */
int prompt_confirm(const char *question);

#endif /* KEYBAGCTL_PROMPT_H */
