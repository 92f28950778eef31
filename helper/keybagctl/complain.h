/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGCTL_COMPLAIN_H
#define KEYBAGCTL_COMPLAIN_H

#include "common/translate.h"
#include "libkeybag/keybag.h"

/* Prints a line to standard error and returns @code. */
__attribute__((format(printf, 2, 3))) int complain(int code, const char *format, ...);

/* Prints a line that is no failure. */
__attribute__((format(printf, 1, 2))) void warn(const char *format, ...);

/* The meaning of an error of /dev/keybag, and the remedy: one sentence. */
const char *explain_error(int error);

/* Prints why a request to keybagd failed, and returns the exit code. */
int complain_of(const struct keybag_client *client, int error);

/* Prints the warnings that came with an attempt that succeeded. */
void warn_of_attempt(const struct keybag_attempt *attempt);

#endif /* KEYBAGCTL_COMPLAIN_H */
