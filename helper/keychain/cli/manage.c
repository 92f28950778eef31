// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * move, purge, keychains, wait.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "complain.h"
#include "execute.h"

static const char move_usage[] =
	"usage: keychain move --from GROUP --to GROUP [--dry-run]\n"
	"       keychain move --from-prefix PREFIX --to-prefix PREFIX [--dry-run]\n\n"
	"Moves all items of an access group to another; with prefixes, of each group that an\n"
	"entitlement file names with the first prefix to the one with the second. All items of a "
	"group\n"
	"are moved, or none.\n\n"
	"      --dry-run        tell how many\n"
	"      --user USER      as root, in the keychain of that user\n"
	"  -k, --keychain NAME  default: login\n"
	"  -j, --json           tell it as JSON\n";

static const char purge_usage[] =
	"usage: keychain purge APPLICATION [--dry-run]\n\n"
	"Deletes all items that an application added.\n\n"
	"      --dry-run        tell how many\n"
	"      --user USER      as root, in the keychain of that user\n"
	"  -k, --keychain NAME  default: login\n"
	"  -j, --json           tell it as JSON\n";

static const char keychains_usage[] =
	"usage: keychain keychains [list] [--json]\n"
	"       keychain keychains create NAME\n"
	"       keychain keychains delete NAME --yes\n\n"
	"      --user USER      as root, those of that user\n";

static const char wait_usage[] =
	"usage: keychain wait [CLASS] [--timeout SECONDS]\n\n"
	"Waits until items of a protection class (default: ak) can be read.\n";

static int print_count(const struct arguments *arguments, const char *verb, int64_t count)
{
	struct value *result;
	int status;

	if (!(arguments->given & OPTION_JSON)) {
		printf("%s%s: %lld items\n", verb,
		       arguments->given & OPTION_DRY_RUN ? " (dry run, nothing changed)" : "",
		       (long long)count);
		return 0;
	}
	result = value_dictionary();
	value_set(result, "count", value_integer(count));
	value_set(result, "dry_run", value_boolean(arguments->given & OPTION_DRY_RUN));
	status = print_json(result);
	value_free(result);
	return status;
}

/* Adds to *@count. Nothing to move is no error where @optional. */
static int move_group(struct keychain_client *client, const struct arguments *arguments,
		      const char *from, const char *to, bool optional, int64_t *count)
{
	struct value *request = request_new("move", value_dictionary());
	struct value *answer;
	int status;

	request_set(request, "query", "agrp", value_string(from));
	request_set(request, "query", "sync", value_string("syna"));
	request_set(request, "update", "agrp", value_string(to));
	if (arguments->given & OPTION_DRY_RUN)
		request_set(request, "options", "dry_run", value_boolean(true));
	status = execute_quietly(client, request, &answer);
	if (status == errSecItemNotFound && optional)
		return 0;
	if (status)
		return complain_status(status, execute_message());
	*count += value_as_integer(value_get(value_get(answer, "result"), "count"));
	value_free(answer);
	return 0;
}

/* Each group once, as the keys of a dictionary: those held, and those of all files. */
static struct value *known_groups(const struct value *access)
{
	const struct value *held = value_get(access, "groups");
	const struct value *files = value_get(access, "files");
	struct value *known = value_dictionary();
	size_t i, j;

	for (i = 0; i < value_count(held); i++)
		value_set(known, value_as_string(value_get(value_at(held, i), "group")),
			  value_boolean(true));
	for (i = 0; i < value_count(files); i++) {
		const struct value *groups = value_get(value_at(files, i), "groups");

		for (j = 0; j < value_count(groups); j++)
			value_set(known, value_as_string(value_at(groups, j)), value_boolean(true));
	}
	return known;
}

static int move_prefix(struct keychain_client *client, const struct arguments *arguments,
		       int64_t *count)
{
	size_t length = strlen(arguments->from_prefix);
	struct value *request = value_dictionary();
	struct value *access, *known;
	int result = 0;
	size_t i;

	value_set(request, "op", value_string("access"));
	result = execute(client, request, &access);
	if (result)
		return result;
	known = known_groups(value_get(access, "result"));
	value_free(access);
	for (i = 0; i < value_count(known) && !result; i++) {
		const char *from = value_key_at(known, i);
		char to[1024];

		if (strncmp(from, arguments->from_prefix, length) || from[length] != '.')
			continue;
		snprintf(to, sizeof(to), "%s%s", arguments->to_prefix, from + length);
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "%s -> %s\n", from, to);
		result = move_group(client, arguments, from, to, true, count);
	}
	value_free(known);
	return result;
}

int command_move(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	int64_t count = 0;
	int result = arguments_read(client, argc, argv,
				    OPTION_FROM_TO | OPTION_DRY_RUN | OPTION_USER | OPTION_JSON,
				    move_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (arguments.from && arguments.to && !arguments.from_prefix && !arguments.to_prefix)
		result =
			move_group(client, &arguments, arguments.from, arguments.to, false, &count);
	else if (arguments.from_prefix && arguments.to_prefix && !arguments.from && !arguments.to)
		result = move_prefix(client, &arguments, &count);
	else
		result = complain_usage("'move' takes --from and --to, or --from-prefix and "
					"--to-prefix");
	if (!result)
		result = print_count(&arguments, "moved", count);
	arguments_free(&arguments);
	return result;
}

int command_purge(struct keychain_client *client, int argc, char **argv)
{
	struct value *answer = NULL;
	struct arguments arguments;
	struct value *request;
	int result = arguments_read(client, argc, argv,
				    OPTION_WORDS | OPTION_DRY_RUN | OPTION_USER | OPTION_JSON,
				    purge_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (arguments.word_count != 1) {
		result = complain_usage("'purge' takes the identifier of one application");
	} else {
		request = request_new("purge", value_dictionary());
		request_set(request, "options", "application", value_string(arguments.words[0]));
		if (arguments.given & OPTION_DRY_RUN)
			request_set(request, "options", "dry_run", value_boolean(true));
		result = execute(client, request, &answer);
	}
	if (!result)
		result = print_count(&arguments, "purged", value_as_integer(
			value_get(value_get(answer, "result"), "count")));
	value_free(answer);
	arguments_free(&arguments);
	return result;
}

static int list_keychains(struct keychain_client *client, const struct arguments *arguments)
{
	struct value *request = value_dictionary();
	const struct value *list;
	struct value *answer;
	size_t i;
	int result;

	value_set(request, "op", value_string("keychains"));
	result = execute(client, request, &answer);
	if (result)
		return result;
	list = value_get(answer, "result");
	if (arguments->given & OPTION_JSON)
		result = print_json(list);
	for (i = 0; i < value_count(list) && !(arguments->given & OPTION_JSON); i++) {
		const struct value *entry = value_at(list, i);

		printf("%-24s  %10lld bytes%s\n", value_as_string(value_get(entry, "name")),
		       (long long)value_as_integer(value_get(entry, "bytes")),
		       value_as_boolean(value_get(entry, "default")) ? "  (default)" : "");
	}
	value_free(answer);
	return result;
}

static int change_keychain(struct keychain_client *client, const char *operation, const char *name)
{
	struct value *request = value_dictionary();

	value_set(request, "op", value_string(operation));
	value_set(request, "name", value_string(name));
	return execute(client, request, NULL);
}

int command_keychains(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	const char *verb, *name;
	int result = arguments_read(client, argc, argv, OPTION_WORDS | OPTION_JSON | OPTION_YES |
				    OPTION_USER, keychains_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	verb = arguments.word_count ? arguments.words[0] : "list";
	name = arguments.word_count == 2 ? arguments.words[1] : NULL;
	if (!strcmp(verb, "list") && arguments.word_count < 2)
		result = list_keychains(client, &arguments);
	else if (!strcmp(verb, "create") && name)
		result = change_keychain(client, "keychain-create", name);
	else if (!strcmp(verb, "delete") && name && arguments.given & OPTION_YES)
		result = change_keychain(client, "keychain-delete", name);
	else if (!strcmp(verb, "delete") && name)
		result = complain_usage("all items of '%s' are lost with it: add --yes", name);
	else
		result = complain_usage("see 'keychain keychains --help'");
	arguments_free(&arguments);
	return result;
}

static enum keychain_accessible accessible_of(const char *name)
{
	int i;

	for (i = KEYCHAIN_WHEN_UNLOCKED; i <= KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE; i++)
		if (!strcmp(keychain_accessible_name((enum keychain_accessible)i), name))
			return (enum keychain_accessible)i;
	return 0;
}

int command_wait(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	enum keychain_accessible accessible;
	int result = arguments_read(client, argc, argv, OPTION_WORDS | OPTION_TIMEOUT, wait_usage,
				    &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	accessible = accessible_of(arguments.word_count ? arguments.words[0] : "ak");
	if (!accessible || arguments.word_count > 1)
		result = complain_usage(
			"'wait' takes one protection class: ak, ck, dk, aku, cku, dku or "
			"akpu");
	else
		result = keychain_wait(client, accessible, arguments.given & OPTION_TIMEOUT ?
				       arguments.timeout_ns : UINT64_MAX);
	if (result < 0)
		result = complain(client, result);
	arguments_free(&arguments);
	return result;
}
