/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KEYCHAIN_CLI_COMPLAIN_H
#define KEYCHAIN_CLI_COMPLAIN_H

#include "commands.h"
#include "helper/common/translate.h"

/* Tells on standard error what is wrong with the command line. Returns EXIT_USAGE. */
__attribute__((format(printf, 1, 2))) int complain_usage(const char *format, ...);

/* Tells what the last request of @client came to. Returns the exit status for @status. */
int complain(const struct keychain_client *client, int status);

/* The same of an answer, with its message. */
int complain_status(int status, const char *message);

/* Tells an error of the program's own surroundings. Returns EXIT_OTHER. */
__attribute__((format(printf, 1, 2))) int complain_other(const char *format, ...);

#endif
