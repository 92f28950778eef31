// SPDX-License-Identifier: GPL-2.0-or-later
#include "listing.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "attribute_name.h"
#include "attribute_text.h"
#include "complain.h"
#include "execute.h"
#include "helper/common/cleanup.h"
#include "helper/common/utf8.h"
#include "progress.h"

#define BOLD	"\033[1m"
#define PLAIN	"\033[0m"

static const char *const classes[] = { "genp", "inet", "cert", "keys" };

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
		request_set(&request, "options", "locked_references", value_boolean(true));
	return request;
}

static void take_over(struct listing *listing, const struct value *answer)
{
	const struct value *withheld = value_get(answer, "withheld");
	const struct value *names = value_get(withheld, "classes");
	const struct value *found = value_get(answer, "result"), *locked = value_get(answer, "locked");
	size_t i;

	for (i = 0; i < value_count(found); i++)
		value_append(listing->items, value_copy(value_at(found, i)));
	for (i = 0; i < value_count(locked); i++)
		value_append(listing->locked, value_copy(value_at(locked, i)));
	listing->withheld_count += value_as_integer(value_get(withheld, "count"));
	listing->damaged_count += value_as_integer(value_get(answer, "damaged"));
	listing->lost_count += value_as_integer(value_get(answer, "lost"));
	for (i = 0; i < value_count(names); i++)
		value_set(listing->withheld, value_as_string(value_at(names, i)),
			  value_boolean(true));
}

static int collect(struct keychain_client *client, const struct arguments *arguments,
		   struct listing *listing)
{
	struct value *answer;
	size_t i;
	int result;

	if (value_get(arguments->query, "class") ||
	    value_get(arguments->query, "v_PersistentRef")) {
		result = execute_quietly(client, request_of(arguments, NULL), &answer);
		if (result == errSecItemNotFound)
			return 0;
		if (result)
			return execute_complain(result);
		take_over(listing, answer);
		value_free(answer);
		return 0;
	}
	/* An attribute that one class has not is no fault when others are asked as well. */
	for (i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		result = execute_quietly(client, request_of(arguments, classes[i]), &answer);
		if (result && result != errSecItemNotFound && result != errSecNoSuchAttr)
			return execute_complain(result);
		if (!result) {
			take_over(listing, answer);
			value_free(answer);
		}
	}
	return 0;
}

int listing_read(struct keychain_client *client, const struct arguments *arguments, struct listing *ret_listing)
{
	struct listing listing = { .items = value_array(), .withheld = value_dictionary(), .locked = value_array() };
	struct progress *progress = progress_start(client, arguments->given & OPTION_JSON);
	int result = collect(client, arguments, &listing);

	progress_end(progress);
	if (result)
		listing_free(&listing);
	else
		*ret_listing = listing;
	return result;
}

void listing_free(struct listing *listing)
{
	value_free(listing->items);
	value_free(listing->withheld);
	value_free(listing->locked);
}

#define NO_CHARACTER	0x110000	/* above all of Unicode */

/* Characters of all scripts have cases, whatever the locale of the person is. */
static wint_t lower(wint_t character)
{
	static locale_t locale;

	if (!locale)
		locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
	if (locale)
		return towlower_l(character, locale);
	return character >= 'A' && character <= 'Z' ? character - 'A' + 'a' : character;
}

/* The character that @bytes begin with, in lower case, and its length; a byte that is no text is like no character. */
static wint_t lower_character(const unsigned char *bytes, size_t length, size_t *ret_length)
{
	static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t size = utf8_character(bytes, length);
	wint_t character = size ? bytes[0] & first_bits[size] : bytes[0];

	*ret_length = size ? size : 1;
	for (size_t i = 1; i < size; i++)
		character = character << 6 | (bytes[i] & 0x3f);
	return size ? lower(character) : NO_CHARACTER + character;
}

/* Whether @bytes begin with @word, in upper or lower case. */
static bool begins_with(const unsigned char *bytes, size_t length, const char *word)
{
	const unsigned char *wanted = (const unsigned char *)word;
	size_t left = strlen(word), size, wanted_size;

	while (left) {
		if (!length || lower_character(bytes, length, &size) != lower_character(wanted, left, &wanted_size))
			return false;
		bytes += size;
		length -= size;
		wanted += wanted_size;
		left -= wanted_size;
	}
	return true;
}

static bool has_word(const struct value *value, const char *word)
{
	size_t length = 0, size;
	const unsigned char *bytes = value_bytes(value, &length);

	for (size_t at = 0; bytes && at < length; at += size) {
		if (begins_with(bytes + at, length - at, word))
			return true;
		lower_character(bytes + at, length - at, &size);
	}
	return !*word && bytes;
}

static bool matches(const struct value *item, const char *const *words, size_t count)
{
	static const char *const keys[] = { "svce", "srvr", "acct", "labl" };
	bool found = true;

	for (size_t i = 0; found && i < count; i++) {
		found = false;
		for (size_t key = 0; !found && key < sizeof(keys) / sizeof(keys[0]); key++)
			found = has_word(value_get(item, keys[key]), words[i]);
	}
	return found;
}

int listing_keep(struct listing *listing, const char *const *words, size_t count)
{
	struct value *kept = value_array();
	int error = kept ? 0 : -ENOMEM;

	for (size_t i = 0; !error && i < value_count(listing->items); i++)
		if (matches(value_at(listing->items, i), words, count))
			error = value_append(kept, value_copy(value_at(listing->items, i)));
	if (error) {
		value_free(kept);
		return complain_other(_("out of memory"));
	}
	value_free(listing->items);
	listing->items = kept;
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

/* Columns and colour are for people: what reads a pipe gets neither. */
static bool to_people(void)
{
	return isatty(STDOUT_FILENO);
}

static bool in_colour(void)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return to_people() && !(no_colour && *no_colour) && !(terminal && !strcmp(terminal, "dumb"));
}

/* @width 0: the last field of the line. */
static void print_text(const char *text, int width, bool aligned)
{
	int used = columns(text);

	fputs(text, stdout);
	if (width && aligned)
		printf("%*s", (used < width ? width - used : 0) + 2, "");
	else if (width)
		putchar('\t');
}

static void print_field(const struct value *value, int width, bool aligned)
{
	char *text CLEANUP_FREE = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	if (!file)
		return;
	if (value)
		attribute_print(file, value);
	if (!fclose(file))
		print_text(text, width, aligned);
}

static bool has_text(const struct value *item, const char *key)
{
	size_t length = 0;

	value_bytes(value_get(item, key), &length);
	return length;
}

/* By which attribute a person knows it; a key without a label by what identities go by. */
static const char *name_of(const struct value *item)
{
	if (value_get(item, "acct"))
		return "acct";
	return has_text(item, "labl") || !value_get(item, "klbl") ? "labl" : "klbl";
}

static void print_heading(void)
{
	fputs(in_colour() ? BOLD : "", stdout);
	print_text(_("CLASS"), 17, true);
	print_text(_("WHEN"), 5, true);
	print_text(_("GROUP"), 24, true);
	print_text(_("SERVICE OR SERVER"), 24, true);
	print_text(_("ACCOUNT OR LABEL"), 0, true);
	puts(in_colour() ? PLAIN : "");
}

static void print_items(const struct arguments *arguments, const struct value *items)
{
	bool aligned = to_people();

	if (value_count(items) && aligned)
		print_heading();
	for (size_t i = 0; i < value_count(items); i++) {
		const struct value *item = value_at(items, i);
		const char *class = value_as_string(value_get(item, "class"));

		print_text(class && !(arguments->given & OPTION_RAW) ? class_name(class) : class ? class : "", 17, aligned);
		print_field(value_get(item, "pdmn"), 5, aligned);
		print_field(value_get(item, "agrp"), 24, aligned);
		print_field(value_get(item, value_get(item, "svce") ? "svce" : "srvr"), 24, aligned);
		print_field(value_get(item, name_of(item)), 0, aligned);
		putchar('\n');
	}
}

static void print_attribute(const char *name, const struct value *value)
{
	bool colour = in_colour();

	printf("%s%s:%s ", colour ? BOLD : "", name, colour ? PLAIN : "");
	attribute_print_of(stdout, name, value);
	putchar('\n');
}

static bool is_own(const char *name)
{
	const struct attribute_name *known = attribute_name_find(name);

	if (!known)
		known = attribute_name_of(name);
	return known && known->type == TYPE_OWN;
}

/* A line for each pair. */
static void print_own(const char *name, const struct value *pairs)
{
	for (size_t i = 0; i < value_count(pairs); i++) {
		struct value *pair = value_dictionary();

		if (value_set(pair, value_key_at(pairs, i), value_copy(value_at(pairs, i))) == 0)
			print_attribute(name, pair);
		value_free(pair);
	}
}

static int print_attributes(const struct arguments *arguments, const struct value *item)
{
	struct value *shown = arguments_item(arguments, item);

	if (!shown)
		return complain_other(_("out of memory"));
	for (size_t i = 0; i < value_count(shown); i++) {
		if (is_own(value_key_at(shown, i)))
			print_own(value_key_at(shown, i), value_at(shown, i));
		else
			print_attribute(value_key_at(shown, i), value_at(shown, i));
	}
	value_free(shown);
	return 0;
}

static int print_all_attributes(const struct arguments *arguments, const struct value *items)
{
	int result = 0;

	for (size_t i = 0; !result && i < value_count(items); i++) {
		if (i)
			putchar('\n');
		result = print_attributes(arguments, value_at(items, i));
	}
	return result;
}

/* NULL without memory. */
static struct value *shown_items(const struct arguments *arguments, const struct value *items)
{
	struct value *shown = value_array();
	int error = shown ? 0 : -ENOMEM;

	for (size_t i = 0; !error && i < value_count(items); i++)
		error = value_append(shown, arguments_item(arguments, value_at(items, i)));
	if (!error)
		return shown;
	value_free(shown);
	return NULL;
}

int listing_print(const struct arguments *arguments, const struct listing *listing)
{
	int result = 0, damaged, locked;

	if (arguments->given & OPTION_JSON)
		result = print_items_json(shown_items(arguments, listing->items), listing->withheld_count,
					  listing->withheld, shown_items(arguments, listing->locked));
	else if (arguments->given & OPTION_ATTRIBUTES)
		result = print_all_attributes(arguments, listing->items);
	else
		print_items(arguments, listing->items);
	if (result)
		return result;
	damaged = tell_damaged(listing->damaged_count);
	tell_lost(listing->lost_count);
	locked = tell_withheld(listing->withheld_count, listing->withheld);
	return locked ? locked : damaged;
}
