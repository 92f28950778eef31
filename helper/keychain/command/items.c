// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * add, update, delete.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "attribute_name.h"
#include "complain.h"
#include "confirm.h"
#include "duplicate.h"
#include "execute.h"
#include "secret_input.h"

static const char add_usage[] =
	N_("usage: keychainctl add [ATTRIBUTE...] [--replace] [--no-secret] [--trim-newline] [--allow-empty]\n"
	"                       [--seal-while-locked]\n\n"
	"Stores an item. Its secret is standard input as it is, or is asked for twice on the\n"
	"terminal.\n\n"
	"      --replace        change the item where there is one already\n"
	"      --no-secret      an item without a secret\n"
	"      --trim-newline   without the end of line at the end of standard input\n"
	"      --allow-empty    store an empty secret where standard input is empty\n"
	"      --seal-while-locked\n"
	"                       while the keybag is locked, seal the item and have it wait: it is\n"
	"                       added by itself after the next unlock (see 'keychainctl pending')\n");

static const char update_usage[] =
	N_("usage: keychainctl update ATTRIBUTE... | --all [--set NAME=VALUE...] [--secret]\n\n"
	"Changes all items that match, or none, and says on standard error how many. A new secret\n"
	"for all items of a class is asked about first, or takes --yes.\n\n"
	"      --set NAME=VALUE the new value of an attribute; attribute=NAME=VALUE\n"
	"                       replaces all of your own, attribute= removes them\n"
	"      --exact          only without other attributes of your own (--attribute)\n"
	"      --secret         the new secret is standard input, or asked for\n"
	"      --trim-newline   without the end of line at the end of standard input\n"
	"      --allow-empty    take an empty standard input for an empty secret\n"
	"      --all            without any attribute: all items of the class (default: password)\n"
	"      --yes            do not ask\n"
	"      --dry-run        only say how many\n"
	"  -j, --json           say how many as JSON, on standard output\n");

static const char delete_usage[] =
	N_("usage: keychainctl delete [ATTRIBUTE...] --limit N | --all [--yes] [--dry-run]\n"
	"       keychainctl delete --reference REFERENCE\n\n"
	"Deletes items that match: at most N of them, or all. Standard error says how many. On a\n"
	"terminal --all asks first where it is more than one; elsewhere it takes --yes where no\n"
	"attribute says which items are meant.\n\n"
	"  -n, --limit N        at most N\n"
	"      --all            all that match; without any attribute all of the class (default:\n"
	"                       password)\n"
	"      --exact          only without other attributes of your own (--attribute)\n"
	"      --yes            do not ask\n"
	"      --dry-run        only say how many\n"
	"  -j, --json           say how many as JSON, on standard output\n");

/* Takes @query. NULL without memory. */
static struct value *add_request(const struct arguments *arguments, struct value *query)
{
	struct value *request = request_new(arguments->given & OPTION_REPLACE ? "upsert" : "add", query);

	if (arguments->given & OPTION_SEAL)
		request_set(&request, "options", "seal_while_locked", value_boolean(true));
	return request;
}

/* Takes @query; @attributes is the same without its secret. What the service calls an upsert is an option here. */
static int add(struct keychain_client *client, const struct arguments *arguments, struct value *query,
	       const struct value *attributes)
{
	bool replace = arguments->given & OPTION_REPLACE;
	struct value *request = add_request(arguments, query), *answer;
	int status = execute_quietly(client, request, &answer);

	if (!status) {
		if (value_as_integer(value_get(answer, "pending")))
			fputs(_("keychainctl: the item waits, sealed, for the keybag to be unlocked\n"), stderr);
		value_free(answer);
	}
	if (status == errSecDuplicateItem && !replace && *execute_colliding())
		return complain_duplicate(value_as_string(value_get(attributes, "class")), attributes,
					  _("change that one with --replace"));
	return status ? execute_complain(status) : 0;
}

static enum secret_input allowed_input(const struct arguments *arguments)
{
	return arguments->given & OPTION_EMPTY ? SECRET_INPUT_MAY_BE_EMPTY : SECRET_INPUT_CHECKED;
}

/* Nobody types a secret twice for an item that cannot be stored. Of other classes the secret is data that is checked. */
static int try_add(struct keychain_client *client, const struct arguments *arguments, const struct value *attributes)
{
	bool replace = arguments->given & OPTION_REPLACE;
	const char *class = value_as_string(value_get(attributes, "class"));
	struct value *request;
	int status;

	if (!confirm_at_terminal() || !class || !(class_bit(class) & (IN_GENP | IN_INET)))
		return 0;
	request = add_request(arguments, value_copy(attributes));
	request_set(&request, "options", "dry_run", value_boolean(true));
	status = execute_quietly(client, request, NULL);
	if (status == errSecDuplicateItem && !replace && *execute_colliding())
		return complain_duplicate(class, attributes, _("change that one with --replace"));
	return status ? execute_complain(status) : 0;
}

int command_add(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct value *query, *attributes;
	int result =
		arguments_read(client, argc, argv, OPTION_QUERY | OPTION_REPLACE | OPTION_NO_SECRET |
				       OPTION_TRIM | OPTION_EMPTY | OPTION_SEAL,
			       add_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	query = arguments_query(&arguments);
	attributes = value_copy(query);
	if (query && !(arguments.given & OPTION_NO_SECRET)) {
		result = try_add(client, &arguments, attributes);
		if (!result)
			result = secret_input_set(query, arguments.given & OPTION_TRIM, allowed_input(&arguments));
	}
	if (result)
		value_free(query);
	else
		result = add(client, &arguments, query, attributes);
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
		result = execute_complain(result);
	value_free(class);
	if (result)
		return result;
	result = print_count(stderr, arguments->given & OPTION_JSON, arguments->given & OPTION_DRY_RUN, verb,
			     value_as_integer(value_get(answer, "count")));
	value_free(answer);
	return result;
}

/* { "update", @query, @changes }, of which it takes none. NULL without memory. */
static struct value *update_request(const struct value *query, const struct value *changes)
{
	struct value *request = request_new("update", value_copy(query));

	if (value_set(request, "update", value_copy(changes)) == 0)
		return request;
	value_free(request);
	return NULL;
}

static const char *class_of(const struct value *query)
{
	const char *class = value_as_string(value_get(query, "class"));

	return class ? class_name(class) : "?";
}

/* Looks whether the change can be made before a secret is typed for it, and asks before it replaces those of all items. */
static int try_update(struct keychain_client *client, const struct arguments *arguments, const struct value *query, bool named)
{
	struct value *request = update_request(query, arguments->changes);
	int64_t count = 0;
	int status;

	if (named && !confirm_at_terminal()) {
		value_free(request);
		return 0;
	}
	request_set(&request, "update", "v_Data", value_data("", 0));
	status = confirm_count(client, request, &count);
	value_free(request);
	if (status)
		return execute_complain(status);
	if (named || arguments->given & OPTION_YES)
		return 0;
	return confirm_number(translate_count("The secret of %lld item of class %s will be lost.",
					      "The secrets of %lld items of class %s will be lost, and all get the same new "
					      "one.", (unsigned long long)count), count, class_of(query));
}

/* The same request for --dry-run, with an empty secret in place of the new one, which nobody has to type. */
static struct value *planned_update(const struct arguments *arguments, const struct value *query)
{
	struct value *request = update_request(query, arguments->changes);

	if (arguments->given & OPTION_SECRET)
		request_set(&request, "update", "v_Data", value_data("", 0));
	request_set(&request, "options", "dry_run", value_boolean(true));
	return request;
}

int command_update(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct value *query, *request = NULL;
	bool named;
	int result = arguments_read(client, argc, argv,
				    OPTION_QUERY | OPTION_SET | OPTION_SECRET | OPTION_ALL | OPTION_EXACT | OPTION_TRIM |
					    OPTION_EMPTY | OPTION_YES | OPTION_DRY_RUN | OPTION_JSON,
				    update_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	named = arguments_name_item(&arguments);
	query = arguments_search(&arguments);
	if (!named && !(arguments.given & OPTION_ALL))
		result = complain_usage(_("which items? Name attributes of theirs, or say --all"));
	else if (!(arguments.given & OPTION_SECRET) && !value_count(arguments.changes))
		result = complain_usage(_("nothing to change: use --set NAME=VALUE or --secret"));
	else if (arguments.given & OPTION_DRY_RUN)
		request = planned_update(&arguments, query);
	else if (arguments.given & OPTION_SECRET)
		result = try_update(client, &arguments, query, named);
	if (!result && arguments.given & OPTION_SECRET && !request)
		result = secret_input_set(arguments.changes, arguments.given & OPTION_TRIM, allowed_input(&arguments));
	if (!result)
		result = change(client, &arguments, request ? request : update_request(query, arguments.changes), "changed");
	value_free(query);
	arguments_free(&arguments);
	return result;
}

/* Returns 0 where nobody has to be asked, or an exit status after a message. */
static int confirm_delete(struct keychain_client *client, const struct arguments *arguments, const struct value *request,
			  bool named)
{
	int64_t count = 0;
	int status;

	if (!(arguments->given & OPTION_ALL) || arguments->given & (OPTION_YES | OPTION_DRY_RUN) ||
	    (named && !confirm_at_terminal()))
		return 0;
	status = confirm_count(client, request, &count);
	if (status)
		return execute_complain(status);
	if (named && count <= 1)
		return 0;
	return confirm_number(translate_count("%lld item of class %s will be lost for ever.",
					      "%lld items of class %s will be lost for ever.", (unsigned long long)count),
			      count, class_of(value_get(request, "query")));
}

int command_delete(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct value *request;
	bool named;
	int result = arguments_read(client, argc, argv,
				    OPTION_QUERY | OPTION_ALL | OPTION_LIMIT | OPTION_EXACT | OPTION_YES | OPTION_DRY_RUN |
					    OPTION_JSON,
				    delete_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	named = arguments_name_item(&arguments);
	if (arguments.given & OPTION_ALL && arguments.given & OPTION_LIMIT) {
		result = complain_usage(_("--all and --limit contradict each other"));
	} else if (!(arguments.given & (OPTION_ALL | OPTION_LIMIT)) &&
	    !value_get(arguments.query, "v_PersistentRef")) {
		result = complain_usage(
			_("how many? --limit N deletes at most N items, --all all that "
			"match"));
	} else {
		request = request_new("delete", arguments_search(&arguments));
		if (arguments.limit)
			request_set(&request, "options", "limit", value_integer(arguments.limit));
		if (arguments.given & OPTION_DRY_RUN)
			request_set(&request, "options", "dry_run", value_boolean(true));
		result = confirm_delete(client, &arguments, request, named);
		if (result)
			value_free(request);
		else
			result = change(client, &arguments, request, "deleted");
	}
	arguments_free(&arguments);
	return result;
}
