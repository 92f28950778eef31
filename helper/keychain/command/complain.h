/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CLI_COMPLAIN_H
#define KEYCHAIN_CLI_COMPLAIN_H

#include "commands.h"
#include "helper/common/translate.h"

/* Says on standard error that the command line is wrong. Returns EXIT_USAGE. */
__attribute__((format(printf, 1, 2))) int complain_usage(const char *format, ...);

/* Says why the last request of @client failed. Returns the exit status for @status. */
int complain(const struct keychain_client *client, int status);

/* The same of an answer, with its message. */
int complain_status(int status, const char *message);

/* The same with the answer's "reason", which tells a keybag that is missing from a service that is; NULL: none. */
int complain_reason(int status, const char *message, const char *reason);

/* Says an error of the program's own surroundings. Returns EXIT_FAILED. */
__attribute__((format(printf, 1, 2))) int complain_other(const char *format, ...);

/* The same of a file that was named. @error: its errno. Returns the exit status for it. */
int complain_file(const char *name, int error);

#endif
