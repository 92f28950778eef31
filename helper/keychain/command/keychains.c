// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keychains: one's keychains, and which of them is the default.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "complain.h"
#include "confirm.h"
#include "execute.h"
#include "helper/common/cleanup.h"

static const char usage[] =
	N_("usage: keychainctl keychains [list] [--json]\n"
	"       keychainctl keychains create NAME\n"
	"       keychainctl keychains default [NAME]\n"
	"       keychainctl keychains delete NAME [--yes] [--dry-run]\n\n"
	"The default one is that of all commands and programs that name none; the first is\n"
	"'login'. Choosing another moves no items. 'delete' asks first, or takes --yes.\n\n"
	"      --user USER      as root, those of that user\n"
	"      --system         those of the system\n"
	"      --yes            delete without a question\n"
	"      --dry-run        only say how many items would be deleted\n"
	"  -j, --json           as JSON\n");

static void print_columns(const struct value *entry)
{
	const struct value *items = value_get(entry, "items");

	printf(_("%-24s  %10lld bytes"), value_as_string(value_get(entry, "name")),
	       (long long)value_as_integer(value_get(entry, "bytes")));
	if (items)
		printf(translate_count("  %7lld item", "  %7lld items", (unsigned long long)value_as_integer(items)),
		       (long long)value_as_integer(items));
	puts(value_as_boolean(value_get(entry, "default")) ? _("  (default)") : "");
}

/* Columns are for people: what reads a pipe gets name, bytes, items and "default", with tabs between them. */
static void print_fields(const struct value *entry)
{
	const struct value *items = value_get(entry, "items");

	printf("%s\t%lld\t", value_as_string(value_get(entry, "name")),
	       (long long)value_as_integer(value_get(entry, "bytes")));
	if (items)
		printf("%lld", (long long)value_as_integer(items));
	puts(value_as_boolean(value_get(entry, "default")) ? "\tdefault" : "\t");
}

static void print_keychains(const struct value *list)
{
	bool terminal = isatty(STDOUT_FILENO);

	for (size_t i = 0; i < value_count(list); i++) {
		if (terminal)
			print_columns(value_at(list, i));
		else
			print_fields(value_at(list, i));
	}
}

/* Names the files that were put aside, as long as they lie there. */
static void tell_asides(const struct value *list)
{
	size_t i;

	for (i = 0; i < value_count(list); i++) {
		const struct value *entry = value_at(list, i), *items = value_get(entry, "items");
		const char *reason = value_as_string(value_get(entry, "reason"));
		const char *keychain = value_as_string(value_get(entry, "keychain"));

		if (reason && !strcmp(reason, "damaged"))
			fprintf(stderr, _("keychainctl: the file of '%s' was damaged and put aside: %s\n"), keychain,
				value_as_string(value_get(entry, "file")));
		else if (items)
			fprintf(stderr, _("keychainctl: %lld items of '%s' belong to a former keybag and were put aside; "
				"they come back with it: %s\n"), (long long)value_as_integer(items), keychain,
				value_as_string(value_get(entry, "file")));
		else
			fprintf(stderr, _("keychainctl: a file of '%s' belongs to a former keybag and was put aside: %s\n"),
				keychain, value_as_string(value_get(entry, "file")));
	}
}

/* An item that somebody misses may be one of them. */
static void tell_pending(const struct value *list)
{
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *entry = value_at(list, i);
		long long count = (long long)value_as_integer(value_get(entry, "pending"));

		if (count)
			fprintf(stderr, translate_count("keychainctl: %lld item of '%s' waits to be added: see 'keychainctl pending'\n",
							"keychainctl: %lld items of '%s' wait to be added: see 'keychainctl pending'\n",
							(unsigned long long)count), count, value_as_string(value_get(entry, "name")));
	}
}

static int list_keychains(struct keychain_client *client, const struct arguments *arguments)
{
	struct value *answer;
	const char *gone;
	int result = execute(client, request_plain("keychains"), &answer);

	if (result)
		return result;
	if (arguments->given & OPTION_JSON)
		result = print_report_json("keychains", value_copy(value_get(answer, "result")));
	else
		print_keychains(value_get(answer, "result"));
	gone = value_as_string(value_get(answer, "default_gone"));
	if (gone)
		fprintf(stderr, _("keychainctl: '%s', which was chosen as the default, is not there any "
			"more: 'login' is; choose with 'keychainctl keychains default NAME'\n"), gone);
	tell_pending(value_get(answer, "result"));
	tell_asides(value_get(answer, "aside"));
	value_free(answer);
	return result;
}

/* Names the keychain that was made or deleted, to those who want JSON. */
static int print_name(const struct arguments *arguments, const char *name)
{
	return arguments->given & OPTION_JSON ? print_report_json("name", value_string(name)) : 0;
}

/* @name NULL: prints the default's name. */
static int default_keychain(struct keychain_client *client, const struct arguments *arguments,
			    const char *name)
{
	struct value *answer;
	int result = execute(client, request_named("keychain-default", name), &answer);

	if (result)
		return result;
	if (arguments->given & OPTION_JSON)
		result = print_report_json("default", value_copy(value_get(value_get(answer, "result"), "default")));
	else if (!name)
		puts(value_as_string(value_get(value_get(answer, "result"), "default")));
	value_free(answer);
	return result;
}

static int create_keychain(struct keychain_client *client, const struct arguments *arguments,
			   const char *name)
{
	int result = execute(client, request_named("keychain-create", name), NULL);

	return result ? result : print_name(arguments, name);
}

/* There is no such keychain, and the service says so. */
#define NO_KEYCHAIN	(-2)

/* The items of keychain @name; -1: the service cannot count them; NO_KEYCHAIN. */
static int count_items(struct keychain_client *client, const char *name, int64_t *ret_count)
{
	struct value *answer = NULL;
	const struct value *list;
	int result = execute(client, request_plain("keychains"), &answer);

	*ret_count = NO_KEYCHAIN;
	list = value_get(answer, "result");
	for (size_t i = 0; i < value_count(list); i++) {
		const struct value *items = value_get(value_at(list, i), "items");
		const char *entry = value_as_string(value_get(value_at(list, i), "name"));

		if (entry && !strcmp(entry, name))
			*ret_count = items ? value_as_integer(items) : -1;
	}
	value_free(answer);
	return result;
}

/* Returns 0, or an exit status after a message. */
static int confirm_delete(struct keychain_client *client, const char *name)
{
	char *sentence CLEANUP_FREE = NULL;
	int64_t count;
	int result = count_items(client, name, &count);

	if (result || count == NO_KEYCHAIN)
		return result;
	if (count >= 0)
		return confirm_number(translate_count("%lld item of '%s' will be lost for ever.",
						      "%lld items of '%s' will be lost for ever.",
						      (unsigned long long)count), count, name);
	if (asprintf(&sentence, _("All items of '%s' will be lost for ever; how many is not known."), name) < 0)
		return complain_other(_("out of memory"));
	return confirm_loss(sentence);
}

static int count_deleted(struct keychain_client *client, const struct arguments *arguments, const char *name)
{
	int64_t count;
	int result = count_items(client, name, &count);

	if (result)
		return result;
	if (count == NO_KEYCHAIN) {
		complain_other(_("there is no keychain '%s': 'keychainctl keychains' lists those that there are"), name);
		return EXIT_NOT_FOUND;
	}
	if (count < 0)
		return complain_other(_("how many items '%s' has is not known: see 'keychainctl keychains'"), name);
	return print_count(stdout, arguments->given & OPTION_JSON, true, "deleted", count);
}

static int delete_keychain(struct keychain_client *client, const struct arguments *arguments,
			   const char *name)
{
	struct value *answer;
	const char *now;
	int result = 0;

	if (arguments->given & OPTION_DRY_RUN)
		return count_deleted(client, arguments, name);
	if (!(arguments->given & OPTION_YES))
		result = confirm_delete(client, name);
	if (!result)
		result = execute(client, request_named("keychain-delete", name), &answer);
	if (result)
		return result;
	now = value_as_string(value_get(value_get(answer, "result"), "default"));
	if (now)
		fprintf(stderr, _("keychainctl: '%s' was the default keychain; '%s' is now\n"), name, now);
	value_free(answer);
	return print_name(arguments, name);
}

int command_keychains(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	const char *verb, *name;
	int result = arguments_read(client, argc, argv, OPTION_WORDS | OPTION_JSON | OPTION_YES |
				    OPTION_DRY_RUN | OPTION_USER, usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	verb = arguments.word_count ? arguments.words[0] : "list";
	name = arguments.word_count == 2 ? arguments.words[1] : NULL;
	if (arguments.given & OPTION_KEYCHAIN)
		result = complain_usage(_("'keychains' takes no --keychain: name the one that is meant "
					"after create, default or delete"));
	else if (strcmp(verb, "delete") && arguments.given & (OPTION_YES | OPTION_DRY_RUN))
		result = complain_usage(_("--yes and --dry-run are for 'keychains delete'"));
	else if (!strcmp(verb, "list") && arguments.word_count < 2)
		result = list_keychains(client, &arguments);
	else if (!strcmp(verb, "create") && name)
		result = create_keychain(client, &arguments, name);
	else if (!strcmp(verb, "default") && arguments.word_count <= 2)
		result = default_keychain(client, &arguments, name);
	else if (!strcmp(verb, "delete") && name)
		result = delete_keychain(client, &arguments, name);
	else if (!strcmp(verb, "create") || !strcmp(verb, "delete"))
		result = complain_usage(_("'%s' takes the name of one keychain"), verb);
	else
		result = complain_usage(_("'keychains' takes list, create NAME, default [NAME] or "
					"delete NAME"));
	arguments_free(&arguments);
	return result;
}
