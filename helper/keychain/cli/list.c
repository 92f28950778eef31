// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * list: items without their secrets, those of locked classes only counted.
 */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "attribute_text.h"
#include "complain.h"
#include "execute.h"
#include "helper/common/cleanup.h"
#include "progress.h"

static const char usage[] =
	"usage: keychain list [ATTRIBUTE...]\n\n"
	"Lists items without their secrets; of locked classes only how many. Attributes are those "
	"of\n"
	"'keychain find'; without --class the items of all classes are listed.\n\n"
	"  -j, --json           as JSON\n"
	"      --strict         fail where items are locked\n"
	"  -k, --keychain NAME  default: the user's default one\n"
	"      --system         the machine's keychain\n";

static const char *const classes[] = { "genp", "inet", "cert", "keys" };

struct listing {
	struct value *items;
	struct value *withheld;		/* names of classes */
	int64_t withheld_count;
};

static struct value *request_of(const struct arguments *arguments, const char *class)
{
	struct value *request = request_new("copy", value_copy(arguments->query));
	struct value *query = value_get(request, "query");

	if ((class && value_set(query, "class", value_string(class)) < 0) ||
	    value_set(query, "m_Limit", value_string("m_LimitAll")) < 0 ||
	    value_set(query, "r_Attributes", value_boolean(true)) < 0 ||
	    value_set(query, "r_PersistentRef", value_boolean(true)) < 0 ||
	    (!value_get(query, "sync") && value_set(query, "sync", value_string("syna")) < 0)) {
		value_free(request);
		return NULL;
	}
	if (!(arguments->given & OPTION_STRICT))
		request_set(&request, "options", "partial", value_boolean(true));
	return request;
}

static void take_over(struct listing *listing, const struct value *answer)
{
	const struct value *withheld = value_get(answer, "withheld");
	const struct value *names = value_get(withheld, "classes");
	const struct value *found = value_get(answer, "result");
	size_t i;

	for (i = 0; i < value_count(found); i++)
		value_append(listing->items, value_copy(value_at(found, i)));
	listing->withheld_count += value_as_integer(value_get(withheld, "count"));
	for (i = 0; i < value_count(names); i++)
		value_set(listing->withheld, value_as_string(value_at(names, i)),
			  value_boolean(true));
}

static int collect(struct keychain_client *client, const struct arguments *arguments,
		   struct listing *listing)
{
	struct value *answer;
	size_t i;
	int result = EXIT_NOT_FOUND;

	if (value_get(arguments->query, "class") ||
	    value_get(arguments->query, "v_PersistentRef")) {
		result = execute(client, request_of(arguments, NULL), &answer);
		if (!result) {
			take_over(listing, answer);
			value_free(answer);
		}
		return result;
	}
	/* An attribute that one class has not is no fault when others are asked as well. */
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		result = execute_quietly(client, request_of(arguments, classes[i]), &answer);
		if (result && result != errSecItemNotFound && result != errSecNoSuchAttr)
			return complain_status(result, execute_message());
		if (!result) {
			take_over(listing, answer);
			value_free(answer);
		}
	}
	return 0;
}

/* Each character of UTF-8 takes a column, those that take two aside. */
static int columns(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static void print_field(const struct value *item, const char *key, int width)
{
	const struct value *value = value_get(item, key);
	char *text CLEANUP_FREE = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);
	int used;

	if (!file)
		return;
	if (value)
		attribute_print(file, value);
	if (fclose(file))
		return;
	fputs(text, stdout);
	used = columns(text);
	if (width)
		printf("%*s", (used < width ? width - used : 0) + 2, "");
}

/* By which attribute a person knows it; a key without a label by what identities go by. */
static const char *name_of(const struct value *item)
{
	size_t length = 0;

	if (value_get(item, "acct"))
		return "acct";
	value_bytes(value_get(item, "labl"), &length);
	return length || !value_get(item, "klbl") ? "labl" : "klbl";
}

static void print_items(const struct value *items)
{
	size_t i;

	printf("%-5s  %-5s  %-24s  %-24s  %s\n", "CLASS", "WHEN", "GROUP", "SERVICE OR SERVER",
	       "ACCOUNT OR LABEL");
	for (i = 0; i < value_count(items); i++) {
		const struct value *item = value_at(items, i);

		print_field(item, "class", 5);
		print_field(item, "pdmn", 5);
		print_field(item, "agrp", 24);
		print_field(item, value_get(item, "svce") ? "svce" : "srvr", 24);
		print_field(item, name_of(item), 0);
		putchar('\n');
	}
}

static int print_listing(const struct arguments *arguments, const struct listing *listing)
{
	if (arguments->given & OPTION_JSON) {
		int result = print_json(listing->items);

		if (result)
			return result;
	} else if (value_count(listing->items)) {
		print_items(listing->items);
	}
	if (!listing->withheld_count)
		return value_count(listing->items) ? 0 :
		       complain_status(errSecItemNotFound, "no item matches");
	tell_withheld(listing->withheld_count, listing->withheld);
	return 0;
}

int command_list(struct keychain_client *client, int argc, char **argv)
{
	struct progress *progress;
	struct listing listing = { .items = value_array(), .withheld = value_dictionary() };
	struct arguments arguments;
	int result = arguments_read(client, argc, argv, OPTION_QUERY | OPTION_JSON | OPTION_STRICT,
				    usage, &arguments);

	if (result)
		result -= ARGUMENTS_OVER;
	else {
		progress = progress_start(client, arguments.given & OPTION_JSON);
		result = collect(client, &arguments, &listing);
		progress_end(progress);
		if (!result)
			result = print_listing(&arguments, &listing);
		arguments_free(&arguments);
	}
	value_free(listing.items);
	value_free(listing.withheld);
	return result;
}
