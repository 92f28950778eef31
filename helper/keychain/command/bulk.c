// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * class, move, purge: of many items, all or none, with their number, or only that.
 */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "attribute_text.h"
#include "complain.h"
#include "execute.h"
#include "progress.h"

static const char class_usage[] =
	N_("usage: keychainctl class CLASS [ATTRIBUTE...] [--dry-run]\n\n"
	"Changes the protection class of all items that match, or of none.\n\n"
	"      --dry-run        tell how many\n"
	"  -j, --json           tell it as JSON\n");

static const char move_usage[] =
	N_("usage: keychainctl move --from GROUP --to GROUP [--dry-run]\n"
	"       keychainctl move --from-prefix PREFIX --to-prefix PREFIX [--dry-run]\n\n"
	"Moves all items of an access group to another; with prefixes, of each group that an\n"
	"entitlement file names with the first prefix to the one with the second. All items of a "
	"group\n"
	"are moved, or none.\n\n"
	"      --dry-run        tell how many\n"
	"      --user USER      as root, in the keychain of that user\n"
	"  -k, --keychain NAME  default: the user's default one\n"
	"  -j, --json           tell it as JSON\n");

static const char purge_usage[] =
	N_("usage: keychainctl purge APPLICATION [--dry-run]\n\n"
	"Deletes all items that an application added: its identifier, with its prefix, as\n"
	"'keychainctl access' shows it.\n\n"
	"      --dry-run        tell how many\n"
	"      --user USER      as root, in the keychain of that user\n"
	"  -k, --keychain NAME  default: the user's default one\n"
	"  -j, --json           tell it as JSON\n");

static int tell_count(const struct arguments *arguments, const char *verb, int64_t count)
{
	return print_count(stdout, arguments->given & OPTION_JSON, arguments->given & OPTION_DRY_RUN,
			   verb, count);
}

/* Carries out @request, which it takes, or counts. Returns the errSec status; adds to *@count. */
static int bulk(struct keychain_client *client, const struct arguments *arguments,
		struct value *request, int64_t *count)
{
	struct value *answer = NULL;
	struct progress *progress;
	int status;

	if (arguments->given & OPTION_DRY_RUN)
		request_set(&request, "options", "dry_run", value_boolean(true));
	progress = progress_start(client, arguments->given & OPTION_JSON);
	status = execute_quietly(client, request, &answer);
	progress_end(progress);
	*count += value_as_integer(value_get(value_get(answer, "result"), "count"));
	value_free(answer);
	return status;
}

static int tell(const struct arguments *arguments, const char *verb, int status, int64_t count)
{
	return status ? complain_status(status, execute_message())
		      : tell_count(arguments, verb, count);
}

int command_class(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct value *request;
	int64_t count = 0;
	int result = arguments_read(client, argc, argv,
				    OPTION_QUERY | OPTION_WORDS | OPTION_DRY_RUN | OPTION_JSON,
				    class_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (arguments.word_count != 1 || !is_accessible(arguments.words[0])) {
		result = complain_usage(
			_("'class' takes one protection class: ak, ck, dk, aku, cku, dku or "
			"akpu"));
	} else {
		request = request_new("change-class", arguments_query(&arguments));
		request_set(&request, "update", "pdmn", value_string(arguments.words[0]));
		result = bulk(client, &arguments, request, &count);
		result = tell(&arguments, "changed", result, count);
	}
	arguments_free(&arguments);
	return result;
}

/* Returns the errSec status. */
static int move_group(struct keychain_client *client, const struct arguments *arguments,
		      const char *from, const char *to, int64_t *count)
{
	struct value *request = request_new("move", value_dictionary());

	request_set(&request, "query", "agrp", value_string(from));
	request_set(&request, "query", "sync", value_string("syna"));
	request_set(&request, "update", "agrp", value_string(to));
	return bulk(client, arguments, request, count);
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

/* A group without items is none of the faults. */
static int move_groups(struct keychain_client *client, const struct arguments *arguments,
		       const struct value *known, int64_t *count)
{
	size_t length = strlen(arguments->from_prefix), groups = 0, i;

	for (i = 0; i < value_count(known); i++) {
		const char *from = value_key_at(known, i);
		char to[1024];
		int status;

		if (strncmp(from, arguments->from_prefix, length) || from[length] != '.')
			continue;
		groups++;
		snprintf(to, sizeof(to), "%s%s", arguments->to_prefix, from + length);
		if (progress_wanted(arguments->given & OPTION_JSON))
			fprintf(stderr, "%s -> %s\n", from, to);
		status = move_group(client, arguments, from, to, count);
		if (status && status != errSecItemNotFound)
			return complain_status(status, execute_message());
	}
	if (groups)
		return 0;
	complain_other(_("no access group that an entitlement file names begins with '%s.': "
		       "'keychainctl access' shows them"), arguments->from_prefix);
	return EXIT_NOT_FOUND;
}

static int move_prefix(struct keychain_client *client, const struct arguments *arguments,
		       int64_t *count)
{
	struct value *access, *known;
	int result = execute(client, request_plain("access"), &access);

	if (result)
		return result;
	known = known_groups(value_get(access, "result"));
	value_free(access);
	result = move_groups(client, arguments, known, count);
	value_free(known);
	return result ? result : tell_count(arguments, "moved", *count);
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
	if (arguments.from && arguments.to && !arguments.from_prefix && !arguments.to_prefix) {
		result = move_group(client, &arguments, arguments.from, arguments.to, &count);
		result = tell(&arguments, "moved", result, count);
	} else if (arguments.from_prefix && arguments.to_prefix && !arguments.from &&
		   !arguments.to) {
		result = move_prefix(client, &arguments, &count);
	} else {
		result = complain_usage(_("'move' takes --from and --to, or --from-prefix and "
					"--to-prefix"));
	}
	arguments_free(&arguments);
	return result;
}

int command_purge(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	struct value *request;
	int64_t count = 0;
	int result = arguments_read(client, argc, argv,
				    OPTION_WORDS | OPTION_DRY_RUN | OPTION_USER | OPTION_JSON,
				    purge_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (arguments.word_count != 1) {
		result = complain_usage(_("'purge' takes the identifier of one application"));
	} else {
		request = request_plain("purge");
		request_set(&request, "options", "application", value_string(arguments.words[0]));
		result = bulk(client, &arguments, request, &count);
		result = tell(&arguments, "purged", result, count);
	}
	arguments_free(&arguments);
	return result;
}
