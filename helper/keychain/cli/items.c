// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * add, find, update, delete.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "attribute_text.h"
#include "complain.h"
#include "execute.h"
#include "helper/common/cleanup.h"
#include "helper/common/registers.h"
#include "stream.h"

static const char add_usage[] =
	"usage: keychain add [ATTRIBUTE...] [--replace] [--no-secret]\n\n"
	"Stores an item. Its secret is standard input as it is, or is asked for on the "
	"terminal.\n\n" ATTRIBUTES_HELP
	"      --replace        change the item where there is one already\n"
	"      --no-secret      an item without a secret\n";

static const char find_usage[] =
	"usage: keychain find [ATTRIBUTE...]\n\n"
	"Prints the secret of the first item that matches, as it is.\n\n"
	ATTRIBUTES_HELP
	"      --attributes     its attributes instead\n"
	"  -n, --limit N, --all more than one; with --attributes or --json\n"
	"      --partial        of those leave out, and count, what is locked\n"
	"  -j, --json           attributes, reference and secret as JSON\n";

static const char update_usage[] =
	"usage: keychain update ATTRIBUTE... | --all [--set KEY=VALUE...] [--secret]\n\n"
	"Changes all items that match, or none, and tells on standard error how many.\n\n"
	ATTRIBUTES_HELP
	"      --set KEY=VALUE  the new value of an attribute\n"
	"      --secret         the new secret is standard input, or asked for\n"
	"      --all            without any attribute: all items of the class\n"
	"  -j, --json           tell how many as JSON, on standard output\n";

static const char delete_usage[] =
	"usage: keychain delete [ATTRIBUTE...] --limit N | --all\n\n"
	"Deletes items that match. How many has to be said; how many it were is told on standard\n"
	"error.\n\n"
	ATTRIBUTES_HELP
	"  -n, --limit N        at most N\n"
	"      --all            all of them\n"
	"  -j, --json           tell how many as JSON, on standard output\n";

/* Standard input; on a terminal one line, asked for. */
static int read_secret(struct secret *ret_secret)
{
	int result = isatty(STDIN_FILENO) ? stream_ask("Secret: ", ret_secret) :
					    stream_read(KEYCHAIN_MAX_SECRET, ret_secret);

	if (result == -EMSGSIZE)
		return complain_usage("the secret is longer than %d bytes", KEYCHAIN_MAX_SECRET);
	return result < 0 ? complain_other("the secret cannot be read: %s",
					   strerrordesc_np(-result)) : 0;
}

static int set_secret(struct value *dictionary)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	int result = read_secret(&secret);

	if (!result && value_set(dictionary, "v_Data", value_data(secret.data, secret.length)) < 0)
		result = complain_other("out of memory");
	clear_vector_registers();
	return result;
}

/* Takes @query. What the service calls an upsert is an option here. */
static int add(struct keychain_client *client, bool replace, struct value *query)
{
	int status = execute_quietly(client, request_new(replace ? "upsert" : "add", query), NULL);
	char *text CLEANUP_FREE = NULL;

	if (!status)
		return 0;
	if (status != errSecDuplicateItem || replace ||
	    asprintf(&text, "%s; --replace changes it", execute_message()) < 0)
		return complain_status(status, execute_message());
	return complain_status(status, text);
}

int command_add(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct value *query;
	int result =
		arguments_read(client, argc, argv, OPTION_QUERY | OPTION_REPLACE | OPTION_SECRET |
				       OPTION_NO_SECRET,
			       add_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	query = arguments_query(&arguments);
	if (query && !(arguments.given & OPTION_NO_SECRET))
		result = set_secret(query);
	if (result)
		value_free(query);
	else
		result = add(client, arguments.given & OPTION_REPLACE, query);
	arguments_free(&arguments);
	return result;
}

/* The secret as it is; a terminal gets an end of line. */
static int print_secret(const struct value *answer)
{
	const struct value *secret = value_get(answer, "result");
	size_t length = 0;
	const void *bytes;
	int result;

	if (value_is(secret, VALUE_DICTIONARY))
		secret = value_get(secret, "v_Data");
	bytes = value_bytes(secret, &length);
	result = bytes ? stream_write(bytes, length) : 0;
	if (!result && isatty(STDOUT_FILENO))
		result = stream_write("\n", 1);
	return result < 0 ? complain_other("standard output: %s", strerrordesc_np(-result)) : 0;
}

static void print_attributes(const struct value *item)
{
	size_t i;

	for (i = 0; i < value_count(item); i++) {
		printf("%s: ", value_key_at(item, i));
		attribute_print(stdout, value_at(item, i));
		putchar('\n');
	}
}

static int print_found(const struct arguments *arguments, const struct value *answer)
{
	const struct value *found = value_get(answer, "result");
	size_t i;

	if (arguments->given & OPTION_JSON)
		return print_json(found);
	if (!(arguments->given & OPTION_ATTRIBUTES))
		return print_secret(answer);
	if (!value_is(found, VALUE_ARRAY)) {
		print_attributes(found);
		return 0;
	}
	for (i = 0; i < value_count(found); i++) {
		if (i)
			putchar('\n');
		print_attributes(value_at(found, i));
	}
	return 0;
}

static struct value *find_query(struct arguments *arguments)
{
	unsigned int given = arguments->given;
	struct value *query = arguments_query(arguments);
	int result = query ? 0 : -ENOMEM;

	if (given & (OPTION_ALL | OPTION_LIMIT))
		result = value_set(query, "m_Limit",
				   given & OPTION_ALL ? value_string("m_LimitAll")
						      : value_integer(arguments->limit));
	if (!result && given & (OPTION_JSON | OPTION_ATTRIBUTES))
		result = value_set(query, "r_Attributes", value_boolean(true));
	if (!result && given & (OPTION_JSON | OPTION_ATTRIBUTES))
		result = value_set(query, "r_PersistentRef", value_boolean(true));
	if (!result && !(given & OPTION_ATTRIBUTES))
		result = value_set(query, "r_Data", value_boolean(true));
	if (!result)
		return query;
	value_free(query);
	return NULL;
}

static struct value *find_request(struct arguments *arguments)
{
	struct value *request = request_new("copy", find_query(arguments));

	if (arguments->given & OPTION_PARTIAL)
		request_set(&request, "options", "partial", value_boolean(true));
	return request;
}

int command_find(struct keychain_client *client, int argc, char **argv)
{
	const struct value *withheld;
	struct value *answer = NULL;
	struct arguments arguments;
	int result = arguments_read(client, argc, argv,
				    OPTION_QUERY | OPTION_ATTRIBUTES | OPTION_ALL | OPTION_LIMIT |
					    OPTION_PARTIAL | OPTION_JSON,
				    find_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (arguments.given & (OPTION_ALL | OPTION_LIMIT) &&
	    !(arguments.given & (OPTION_ATTRIBUTES | OPTION_JSON)))
		result = complain_usage("more than one secret cannot be told apart: use --json");
	else if (arguments.given & OPTION_ALL && arguments.given & OPTION_LIMIT)
		result = complain_usage("--all and --limit contradict each other");
	else
		result = execute(client, find_request(&arguments), &answer);
	if (!result)
		result = print_found(&arguments, answer);
	withheld = value_get(answer, "withheld");
	if (!result)
		tell_withheld(value_as_integer(value_get(withheld, "count")),
			      value_get(withheld, "classes"));
	value_free(answer);
	arguments_free(&arguments);
	return result;
}

/* Whether @query has more than a class. */
static bool names_item(const struct value *query)
{
	size_t i;

	for (i = 0; i < value_count(query); i++)
		if (strcmp(value_key_at(query, i), "class"))
			return true;
	return false;
}

/* Takes @request. Standard output has nothing but JSON: it is the scripts'. */
static int change(struct keychain_client *client, const struct arguments *arguments,
		  struct value *request, const char *verb)
{
	struct value *answer;
	int result = execute(client, request, &answer);

	if (result)
		return result;
	result = print_count(stderr, arguments->given & OPTION_JSON, false, verb,
			     value_as_integer(value_get(answer, "count")));
	value_free(answer);
	return result;
}

int command_update(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct value *request;
	int result = arguments_read(client, argc, argv,
				    OPTION_QUERY | OPTION_SET | OPTION_SECRET | OPTION_ALL |
					    OPTION_JSON,
				    update_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (!names_item(arguments.query) && !(arguments.given & OPTION_ALL))
		result = complain_usage("which items? Name attributes of theirs, or say --all");
	else if (arguments.given & OPTION_SECRET)
		result = set_secret(arguments.changes);
	else if (!value_count(arguments.changes))
		result = complain_usage("nothing to change: use --set KEY=VALUE or --secret");
	if (!result) {
		request = request_new("update", arguments_query(&arguments));
		if (value_set(request, "update", value_copy(arguments.changes)) < 0) {
			value_free(request);
			request = NULL;
		}
		result = change(client, &arguments, request, "changed");
	}
	arguments_free(&arguments);
	return result;
}

int command_delete(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct value *request;
	int result = arguments_read(client, argc, argv,
				    OPTION_QUERY | OPTION_ALL | OPTION_LIMIT | OPTION_JSON,
				    delete_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (arguments.given & OPTION_ALL && arguments.given & OPTION_LIMIT) {
		result = complain_usage("--all and --limit contradict each other");
	} else if (!(arguments.given & (OPTION_ALL | OPTION_LIMIT)) &&
	    !value_get(arguments.query, "v_PersistentRef")) {
		result = complain_usage(
			"how many? --limit N deletes at most N items, --all all that "
			"match");
	} else {
		request = request_new("delete", arguments_query(&arguments));
		if (arguments.limit)
			request_set(&request, "options", "limit", value_integer(arguments.limit));
		result = change(client, &arguments, request, "deleted");
	}
	arguments_free(&arguments);
	return result;
}
