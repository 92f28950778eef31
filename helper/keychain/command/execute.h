/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request, by the library's interface in JSON: the command line knows attributes by their
 * names.
 */
#ifndef KEYCHAIN_CLI_EXECUTE_H
#define KEYCHAIN_CLI_EXECUTE_H

#include <stdio.h>

#include "commands.h"
#include "helper/keychain/base/value.h"
#include "helper/keychain/transport/request.h"

/* The format of everything that --json prints: raised when a member goes or changes its meaning. */
#define JSON_FORMAT	1

/*
 * Carries out @request, taking it (NULL: no memory). Returns 0 with the answer, for the caller to
 * free (@ret_answer NULL: not wanted), or the exit status for what was complained about.
 */
int execute(struct keychain_client *client, struct value *request, struct value **ret_answer);

/* The same without complaint: returns the errSec status; its text is execute_message(). */
int execute_quietly(struct keychain_client *client, struct value *request,
		    struct value **ret_answer);
const char *execute_message(void);

/* Complains about @status of the last request, with that text. Returns the exit status. */
int execute_complain(int status);

/* The reference of the item that was in the way of it, as --reference takes it; "": there was none. */
const char *execute_colliding(void);

/* The answer, of success or not; NULL: no memory. Takes @request. */
struct value *execute_answer(struct keychain_client *client, struct value *request);

/* Complains about an answer that is no success: its exit status. */
int complain_answer(const struct value *answer);

/*
 * Tells of items that were left out because they are locked, if there are any. @classes: names, in
 * an array or as keys. Returns 0, or EXIT_PARTIAL where some were left out.
 */
int tell_withheld(int64_t count, const struct value *classes);

/* The same of those that are damaged. */
int tell_damaged(int64_t count);

/* And of those whose key is lost, as with a former device: they never come back, and nothing is said of that by an exit status. */
void tell_lost(int64_t count);

/* All three, of an answer. */
int tell_left_out(const struct value *answer);

/*
 * Writes { "format", "items", "withheld", "locked" } as JSON, and takes @items and @locked; NULL: there was no memory.
 * @withheld_classes as above. Returns an exit status.
 */
int print_items_json(struct value *items, int64_t withheld, const struct value *withheld_classes, struct value *locked);

/* The same as a value; NULL without memory. */
struct value *items_report(struct value *items, int64_t withheld, const struct value *withheld_classes);

/* Writes @value to standard output as JSON. Returns an exit status. */
int print_json(const struct value *value);

/*
 * Writes @value, which it takes, as the member @name of an object with "format"; @name NULL: @value is the object. NULL
 * was no memory. Returns an exit status.
 */
int print_report_json(const char *name, struct value *value);

/*
 * Tells how many items were @verb, or with @dry_run would be: a line on @file, or as JSON on
 * standard output. Returns an exit status.
 */
int print_count(FILE *file, bool json, bool dry_run, const char *verb, int64_t count);

#endif
