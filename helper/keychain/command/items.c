// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * add, update, delete.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "complain.h"
#include "duplicate.h"
#include "execute.h"
#include "secret_input.h"

static const char add_usage[] =
	N_("usage: keychainctl add [ATTRIBUTE...] [--replace] [--no-secret] [--trim-newline]\n\n"
	"Stores an item. Its secret is standard input as it is, or is asked for twice on the\n"
	"terminal.\n\n"
	"      --replace        change the item where there is one already\n"
	"      --no-secret      an item without a secret\n"
	"      --trim-newline   without the end of line at the end of standard input\n");

static const char update_usage[] =
	N_("usage: keychainctl update ATTRIBUTE... | --all [--set NAME=VALUE...] [--secret]\n\n"
	"Changes all items that match, or none, and tells on standard error how many.\n\n"
	"      --set NAME=VALUE the new value of an attribute; attribute=NAME=VALUE\n"
	"                       replaces all of your own, attribute= removes them\n"
	"      --exact          only without other attributes of your own (--attribute)\n"
	"      --secret         the new secret is standard input, or asked for\n"
	"      --trim-newline   without the end of line at the end of standard input\n"
	"      --all            without any attribute: all items of the class\n"
	"  -j, --json           tell how many as JSON, on standard output\n");

static const char delete_usage[] =
	N_("usage: keychainctl delete [ATTRIBUTE...] --limit N | --all\n\n"
	"Deletes items that match: at most N of them, or all. One of the two options is required.\n"
	"Standard error tells how many were deleted.\n\n"
	"  -n, --limit N        at most N\n"
	"      --all            all of them\n"
	"      --exact          only without other attributes of your own (--attribute)\n"
	"  -j, --json           tell how many as JSON, on standard output\n");

/* Takes @query; @attributes is the same without its secret. What the service calls an upsert is an option here. */
static int add(struct keychain_client *client, bool replace, struct value *query, const struct value *attributes)
{
	int status = execute_quietly(client, request_new(replace ? "upsert" : "add", query), NULL);

	if (status == errSecDuplicateItem && !replace && *execute_colliding())
		return complain_duplicate(value_as_string(value_get(attributes, "class")), attributes,
					  _("change that one with --replace"));
	return status ? complain_status(status, execute_message()) : 0;
}

int command_add(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct value *query, *attributes;
	int result =
		arguments_read(client, argc, argv, OPTION_QUERY | OPTION_REPLACE | OPTION_NO_SECRET |
				       OPTION_TRIM,
			       add_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	query = arguments_query(&arguments);
	attributes = value_copy(query);
	if (query && !(arguments.given & OPTION_NO_SECRET))
		result = secret_input_set(query, arguments.given & OPTION_TRIM);
	if (result)
		value_free(query);
	else
		result = add(client, arguments.given & OPTION_REPLACE, query, attributes);
	value_free(attributes);
	arguments_free(&arguments);
	return result;
}

/* Takes @request. Standard output has nothing but JSON: it is the scripts'. */
static int change(struct keychain_client *client, const struct arguments *arguments,
		  struct value *request, const char *verb)
{
	const struct value *query = value_get(request, "query");
	struct value *class = value_copy(value_get(query, "class")), *answer;
	int result = execute_quietly(client, request, &answer);

	if (result == errSecDuplicateItem && *execute_colliding())
		result = complain_duplicate(value_as_string(class), arguments->changes,
					    _("delete that one first"));
	else if (result)
		result = complain_status(result, execute_message());
	value_free(class);
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
				    OPTION_QUERY | OPTION_SET | OPTION_SECRET | OPTION_ALL | OPTION_EXACT |
					    OPTION_TRIM | OPTION_JSON,
				    update_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (!arguments_name_item(&arguments) && !(arguments.given & OPTION_ALL))
		result = complain_usage(_("which items? Name attributes of theirs, or say --all"));
	else if (arguments.given & OPTION_SECRET)
		result = secret_input_set(arguments.changes, arguments.given & OPTION_TRIM);
	else if (!value_count(arguments.changes))
		result = complain_usage(_("nothing to change: use --set NAME=VALUE or --secret"));
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
				    OPTION_QUERY | OPTION_ALL | OPTION_LIMIT | OPTION_EXACT | OPTION_JSON,
				    delete_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (arguments.given & OPTION_ALL && arguments.given & OPTION_LIMIT) {
		result = complain_usage(_("--all and --limit contradict each other"));
	} else if (!(arguments.given & (OPTION_ALL | OPTION_LIMIT)) &&
	    !value_get(arguments.query, "v_PersistentRef")) {
		result = complain_usage(
			_("how many? --limit N deletes at most N items, --all all that "
			"match"));
	} else {
		request = request_new("delete", arguments_query(&arguments));
		if (arguments.limit)
			request_set(&request, "options", "limit", value_integer(arguments.limit));
		result = change(client, &arguments, request, "deleted");
	}
	arguments_free(&arguments);
	return result;
}
