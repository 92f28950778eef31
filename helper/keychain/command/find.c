// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * find: the secret of an item that is named, or items in which a word occurs.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "execute.h"
#include "helper/cli/terminal_text.h"
#include "listing.h"
#include "several.h"
#include "stream.h"

static const char usage[] =
	N_("usage: keychainctl find WORD... [ATTRIBUTE...]\n"
	"       keychainctl find ATTRIBUTE... | --all [--attributes | --json]\n\n"
	"With words lists the items, without their secrets, that have each of them in service,\n"
	"server, account or label. Without words prints the secret of the item that has the\n"
	"attributes, as it is; where several have them it prints none, but lists them.\n\n"
	"      --attributes     its attributes instead\n"
	"  -n, --limit N        the first N of several; more than one with --attributes or --json\n"
	"      --all            all of them; without any attribute all of the class (default:\n"
	"                       password)\n"
	"      --exact          only without other attributes of your own (--attribute)\n"
	"      --partial        of those leave out, and count, what is locked\n"
	"      --force          print a secret that is no text on a terminal, too\n"
	"  -j, --json           attributes, reference and secret as JSON\n");

/* The secret as it is; a terminal gets an end of line, and nothing that is no text. */
static int print_secret(const struct arguments *arguments, const struct value *found)
{
	bool terminal = isatty(STDOUT_FILENO);
	size_t length = 0;
	const void *bytes;
	int result;

	if (value_is(found, VALUE_ARRAY))
		found = value_at(found, 0);
	if (value_is(found, VALUE_DICTIONARY))
		found = value_get(found, "v_Data");
	bytes = value_bytes(found, &length);
	if (bytes && terminal && !(arguments->given & OPTION_FORCE) && !terminal_text(bytes, length))
		return complain_other(_("the secret is no text (%zu bytes) and could steer the terminal: redirect the "
				      "output to a file, or add --force"), length);
	result = bytes ? stream_write(bytes, length) : 0;
	if (!result && terminal)
		result = stream_write("\n", 1);
	return result < 0 ? complain_other(_("standard output: %s"), translate_errno(result)) : 0;
}

/* One item or an array of them, as an array that is to be freed. */
static struct value *as_array(const struct value *found)
{
	struct value *array;

	if (value_is(found, VALUE_ARRAY))
		return value_copy(found);
	array = value_array();
	if (array && value_append(array, value_copy(found)) < 0) {
		value_free(array);
		return NULL;
	}
	return array;
}

static int print_found(const struct arguments *arguments, const struct value *answer)
{
	const struct value *withheld = value_get(answer, "withheld"), *found = value_get(answer, "result");
	const struct value *locked = value_get(answer, "locked");
	struct listing listing = { .withheld = value_dictionary(),
				   .locked = locked ? value_copy(locked) : value_array(),
				   .withheld_count = value_as_integer(value_get(withheld, "count")),
				   .damaged_count = value_as_integer(value_get(answer, "damaged")),
				   .lost_count = value_as_integer(value_get(answer, "lost")) };
	const struct value *names = value_get(withheld, "classes");
	int error = listing.withheld ? 0 : -ENOMEM, result;

	if (!(arguments->given & (OPTION_JSON | OPTION_ATTRIBUTES))) {
		value_free(listing.withheld);
		value_free(listing.locked);
		return print_secret(arguments, found);
	}
	for (size_t i = 0; !error && i < value_count(names); i++)
		error = value_set(listing.withheld, value_as_string(value_at(names, i)), value_boolean(true));
	listing.items = error ? NULL : found ? as_array(found) : value_array();
	result = listing.items ? listing_print(arguments, &listing) : complain_other(_("out of memory"));
	listing_free(&listing);
	return result;
}

static struct value *find_query(struct arguments *arguments)
{
	unsigned int given = arguments->given;
	struct value *query = arguments_search(arguments);
	int result = query ? 0 : -ENOMEM;

	if (!result && given & (OPTION_ALL | OPTION_LIMIT))
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
	bool several = arguments->given & OPTION_ALL || arguments->limit > 1;

	if (arguments->given & OPTION_PARTIAL)
		request_set(&request, "options", several ? "locked_references" : "partial", value_boolean(true));
	return request;
}

/* By attributes. */
static int find_named(struct keychain_client *client, struct arguments *arguments)
{
	struct value *answer = NULL;
	bool many = arguments->given & (OPTION_ALL | OPTION_LIMIT);
	bool first = arguments->given & OPTION_LIMIT && arguments->limit == 1;
	struct value *request;
	int result;

	if (many && !first && !(arguments->given & (OPTION_ATTRIBUTES | OPTION_JSON)))
		return complain_usage(_("more than one secret cannot be told apart: use --json"));
	if (arguments->given & OPTION_ALL && arguments->given & OPTION_LIMIT)
		return complain_usage(_("--all and --limit contradict each other"));
	if (!arguments_name_item(arguments) && !(arguments->given & OPTION_ALL))
		return complain_usage(_("which item? Give a word of its name, or attributes such as --service; "
				      "'keychainctl list' shows all items"));
	request = find_request(arguments);
	result = many || arguments->given & OPTION_ATTRIBUTES ? 0 : several_refuse(client, request);
	if (!result && !many && arguments->given & OPTION_ATTRIBUTES)
		several_tell(client, request);
	if (result)
		value_free(request);
	else
		result = execute(client, request, &answer);
	if (!result)
		result = print_found(arguments, answer);
	value_free(answer);
	return result;
}

static void tell_next_step(const struct arguments *arguments)
{
	if (arguments->given & OPTION_JSON || !isatty(STDOUT_FILENO) || !isatty(STDERR_FILENO))
		return;
	fflush(stdout);
	fputs(_("keychainctl: for the secret of one name its attributes: 'keychainctl find --service SERVICE --account "
	      "ACCOUNT'\n"), stderr);
}

/* By words. No secret is asked for: a word may occur in more items than a person thinks of. */
static int find_words(struct keychain_client *client, const struct arguments *arguments)
{
	struct listing listing;
	int result;

	if (arguments->given & (OPTION_ALL | OPTION_LIMIT | OPTION_PARTIAL | OPTION_FORCE))
		return complain_usage(_("with a word 'find' lists all that have it, without secrets: leave out --all, "
				      "--limit, --partial and --force"));
	result = listing_read(client, arguments, &listing);
	if (result)
		return result;
	result = listing_keep(&listing, arguments->words, arguments->word_count);
	if (!result && !value_count(listing.items) && !listing.withheld_count && !listing.damaged_count &&
	    !(arguments->given & OPTION_JSON)) {
		tell_lost(listing.lost_count);
		result = complain_status(errSecItemNotFound, _("no item has that in its service, server, account or "
					 "label; 'keychainctl list' shows all items"));
	} else if (!result) {
		result = listing_print(arguments, &listing);
		if (!result && !value_count(listing.items))
			result = EXIT_NOT_FOUND;
		else if (value_count(listing.items))
			tell_next_step(arguments);
	}
	listing_free(&listing);
	return result;
}

int command_find(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	int result = arguments_read(client, argc, argv,
				    OPTION_QUERY | OPTION_WORDS | OPTION_ATTRIBUTES | OPTION_ALL | OPTION_LIMIT | OPTION_EXACT |
					    OPTION_PARTIAL | OPTION_FORCE | OPTION_JSON,
				    usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	result = arguments.word_count ? find_words(client, &arguments) : find_named(client, &arguments);
	arguments_free(&arguments);
	return result;
}
