/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYBAGCTL_COMPLAIN_H
#define KEYBAGCTL_COMPLAIN_H

#include "common/translate.h"
#include "libkeybag/keybag.h"

/* Prints a line to standard error and returns @code. */
__attribute__((format(printf, 2, 3))) int complain(int code, const char *format, ...);

/* A line that is no failure. */
__attribute__((format(printf, 1, 2))) void warn(const char *format, ...);

/* What an error of /dev/keybag means and what to do, one sentence. */
const char *explain_error(int error);

/* Prints what a request to keybagd failed with and returns the exit code. */
int complain_of(const struct keybag_client *client, int error);

/* Prints what is to be known of an attempt that succeeded. */
void warn_of_attempt(const struct keybag_attempt *attempt);

#endif /* KEYBAGCTL_COMPLAIN_H */
