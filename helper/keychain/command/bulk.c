// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * class, move, purge: of many items, all or none, with their number, or only that.
 */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "attribute_text.h"
#include "attribute_name.h"
#include "complain.h"
#include "confirm.h"
#include "execute.h"
#include "progress.h"

static const char class_usage[] =
	N_("usage: keychainctl class CLASS ATTRIBUTE... | --all [--yes] [--dry-run]\n\n"
	"Changes the protection class of all items that match, or of none. Without any attribute it\n"
	"asks first, or takes --yes.\n\n"
	"      --all            without any attribute: all items of the class (default: password)\n"
	"      --yes            do not ask\n"
	"      --dry-run        only say how many\n"
	"  -j, --json           say it as JSON\n");

static const char move_usage[] =
	N_("usage: keychainctl move --from GROUP --to GROUP [--dry-run]\n"
	"       keychainctl move --from-prefix PREFIX --to-prefix PREFIX [--dry-run]\n\n"
	"Moves all items of an access group to another; with prefixes, of each group that an\n"
	"entitlement file names with the first prefix to the one with the second. All items of a "
	"group\n"
	"are moved, or none.\n\n"
	"      --dry-run        only say how many\n"
	"      --user USER      as root, in the keychain of that user\n"
	"  -k, --keychain NAME  default: the user's default one\n"
	"      --system         the system keychain\n"
	"  -j, --json           say it as JSON\n");

static const char purge_usage[] =
	N_("usage: keychainctl purge APPLICATION [--yes] [--dry-run]\n\n"
	"Deletes all items that an application added: its identifier, with its prefix, as\n"
	"'keychainctl access' shows it. Asks first, or takes --yes.\n\n"
	"      --yes            do not ask\n"
	"      --dry-run        only say how many\n"
	"      --user USER      as root, in the keychain of that user\n"
	"  -k, --keychain NAME  default: the user's default one\n"
	"      --system         the system keychain\n"
	"  -j, --json           say it as JSON\n");

static int tell_count(const struct arguments *arguments, const char *verb, int64_t count)
{
	return print_count(stdout, arguments->given & OPTION_JSON, arguments->given & OPTION_DRY_RUN,
			   verb, count);
}

/* Carries out @request, which it takes, or with @dry_run counts. Returns the errSec status; adds to *@count. */
static int bulk(struct keychain_client *client, const struct arguments *arguments,
		struct value *request, bool dry_run, int64_t *count)
{
	struct value *answer = NULL;
	struct progress *progress;
	int status;

	if (dry_run)
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
	return status ? execute_complain(status)
		      : tell_count(arguments, verb, count);
}

/* Returns an exit status after a message, or 0 with the number of items to ask about; -1: nobody has to be asked. */
static int count_first(struct keychain_client *client, const struct arguments *arguments, const struct value *request,
		       int64_t *ret_count)
{
	int status;

	*ret_count = -1;
	if (arguments->given & (OPTION_YES | OPTION_DRY_RUN))
		return 0;
	status = confirm_count(client, request, ret_count);
	return status ? execute_complain(status) : 0;
}

/* Takes @request. @result: of the question before it. */
static int carry_out(struct keychain_client *client, const struct arguments *arguments, struct value *request,
		     int result, const char *verb)
{
	int64_t count = 0;

	if (result) {
		value_free(request);
		return result;
	}
	result = bulk(client, arguments, request, arguments->given & OPTION_DRY_RUN, &count);
	return tell(arguments, verb, result, count);
}

static int change_class(struct keychain_client *client, struct arguments *arguments)
{
	bool named = arguments_name_item(arguments);
	struct value *request = request_new("change-class", arguments_search(arguments));
	const char *class = value_as_string(value_get(value_get(request, "query"), "class"));
	int64_t count = -1;
	int result = 0;

	request_set(&request, "update", "pdmn", value_string(arguments->words[0]));
	if (!named)
		result = count_first(client, arguments, request, &count);
	if (!result && count >= 0)
		result = confirm_number(translate_count("%lld item of class %s gets another protection class.",
							"%lld items of class %s get another protection class.",
							(unsigned long long)count), count, class ? class_name(class) : "?");
	return carry_out(client, arguments, request, result, "changed");
}

int command_class(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	int result = arguments_read(client, argc, argv,
				    OPTION_QUERY | OPTION_WORDS | OPTION_ALL | OPTION_YES | OPTION_DRY_RUN | OPTION_JSON,
				    class_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (arguments.word_count != 1 || !is_accessible(arguments.words[0]))
		result = complain_usage(
			_("'class' takes one protection class: ak, ck, dk, aku, cku, dku or "
			"akpu"));
	else if (!arguments_name_item(&arguments) && !(arguments.given & OPTION_ALL))
		result = complain_usage(_("which items? Name attributes of theirs, or say --all"));
	else
		result = change_class(client, &arguments);
	arguments_free(&arguments);
	return result;
}

/* Returns the errSec status. */
static int move_group(struct keychain_client *client, const struct arguments *arguments,
		      const char *from, const char *to, bool dry_run, int64_t *count)
{
	struct value *request = request_new("move", value_dictionary());

	request_set(&request, "query", "agrp", value_string(from));
	request_set(&request, "query", "sync", value_string("syna"));
	request_set(&request, "update", "agrp", value_string(to));
	return bulk(client, arguments, request, dry_run, count);
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

/* A group without items is no fault. *@count is right after an error as well. */
static int move_groups(struct keychain_client *client, const struct arguments *arguments,
		       const struct value *known, bool dry_run, int64_t *count)
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
		if (!dry_run == !(arguments->given & OPTION_DRY_RUN) && progress_wanted(arguments->given & OPTION_JSON))
			fprintf(stderr, "%s -> %s\n", from, to);
		status = move_group(client, arguments, from, to, dry_run, count);
		if (status && status != errSecItemNotFound)
			return execute_complain(status);
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
	bool dry_run = arguments->given & OPTION_DRY_RUN;
	struct value *access, *known;
	int64_t planned = 0;
	int result = execute(client, request_plain("access"), &access);

	if (result)
		return result;
	known = known_groups(value_get(access, "result"));
	value_free(access);
	/* A group that cannot be moved is found before the first one is. */
	if (!dry_run)
		result = move_groups(client, arguments, known, true, &planned);
	if (!result)
		result = move_groups(client, arguments, known, dry_run, count);
	value_free(known);
	if (result && *count && !dry_run)
		complain_other(translate_count("%lld item was moved before that, and stays where it is now",
					       "%lld items were moved before that, and stay where they are now",
					       (unsigned long long)*count), (long long)*count);
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
		result = move_group(client, &arguments, arguments.from, arguments.to, arguments.given & OPTION_DRY_RUN,
				    &count);
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
	int64_t count;
	int result = arguments_read(client, argc, argv,
				    OPTION_WORDS | OPTION_YES | OPTION_DRY_RUN | OPTION_USER | OPTION_JSON,
				    purge_usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (arguments.word_count != 1) {
		result = complain_usage(_("'purge' takes the identifier of one application"));
	} else {
		request = request_plain("purge");
		request_set(&request, "options", "application", value_string(arguments.words[0]));
		result = count_first(client, &arguments, request, &count);
		if (!result && count >= 0)
			result = confirm_number(translate_count("%lld item that %s added will be lost for ever.",
								"%lld items that %s added will be lost for ever.",
								(unsigned long long)count), count, arguments.words[0]);
		result = carry_out(client, &arguments, request, result, "purged");
	}
	arguments_free(&arguments);
	return result;
}
