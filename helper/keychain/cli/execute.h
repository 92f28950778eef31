/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request, by the library's interface in JSON: the command line knows attributes by their
 * names.
 */
#ifndef KEYCHAIN_CLI_EXECUTE_H
#define KEYCHAIN_CLI_EXECUTE_H

#include "commands.h"
#include "helper/keychain/common/value.h"

/*
 * Carries out @request, taking it (NULL: no memory). Returns 0 with the answer, for the caller to
 * free (@ret_answer NULL: not wanted), or the exit status for what was complained about.
 */
int execute(struct keychain_client *client, struct value *request, struct value **ret_answer);

/* The same without complaint: returns the errSec status; its text is execute_message(). */
int execute_quietly(struct keychain_client *client, struct value *request,
		    struct value **ret_answer);
const char *execute_message(void);

/* { op, query }; takes @query. NULL without memory. */
struct value *request_new(const char *operation, struct value *query);

/* Sets dictionary[part][key]; takes @value. Returns 0 or -ENOMEM. */
int request_set(struct value *request, const char *part, const char *key, struct value *value);

/* Writes @value to standard output as JSON. Returns an exit status. */
int print_json(const struct value *value);

#endif
