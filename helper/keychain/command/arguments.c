// SPDX-License-Identifier: GPL-2.0-or-later
#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute_name.h"
#include "attribute_text.h"
#include "complain.h"
#include "helper/cli/argument.h"
#include "helper/cli/nearest.h"
#include "helper/cli/options.h"
#include "helper/common/cleanup.h"
#include "helper/common/utf8.h"
#include "helper/keychain/library/client.h"

/* Numbers of options: of attributes, and of others, from their place in the table on. */
#define FIRST_ATTRIBUTE	1000
#define FIRST_OTHER	2000
#define MAX_OPTIONS	(ATTRIBUTE_NAMES_MAX + sizeof(others) / sizeof(others[0]) + 1)

static const struct {
	const char *option;
	unsigned int accepted;
	int argument;
	char letter;		/* 0: only a long option */
} others[] = {
	{ "help", ~0U, no_argument, 'h' },
	{ "keychain", OPTION_KEYCHAIN, required_argument, 'k' },
	{ "system", OPTION_SYSTEM, no_argument, 0 },
	{ "json", OPTION_JSON, no_argument, 'j' },
	{ "attributes", OPTION_ATTRIBUTES, no_argument, 0 },
	{ "all", OPTION_ALL, no_argument, 0 },
	{ "exact", OPTION_EXACT, no_argument, 0 },
	{ "limit", OPTION_LIMIT, required_argument, 'n' },
	{ "replace", OPTION_REPLACE, no_argument, 0 },
	{ "secret", OPTION_SECRET, no_argument, 0 },
	{ "no-secret", OPTION_NO_SECRET, no_argument, 0 },
	{ "set", OPTION_SET, required_argument, 0 },
	{ "dry-run", OPTION_DRY_RUN, no_argument, 0 },
	{ "user", OPTION_USER, required_argument, 0 },
	{ "partial", OPTION_PARTIAL, no_argument, 0 },
	{ "strict", OPTION_STRICT, no_argument, 0 },
	{ "from", OPTION_FROM_TO, required_argument, 0 },
	{ "to", OPTION_FROM_TO, required_argument, 0 },
	{ "from-prefix", OPTION_FROM_TO, required_argument, 0 },
	{ "to-prefix", OPTION_FROM_TO, required_argument, 0 },
	{ "yes", OPTION_YES, no_argument, 0 },
	{ "timeout", OPTION_TIMEOUT, required_argument, 0 },
	{ "raw", OPTION_RAW, no_argument, 0 },
	{ "force", OPTION_FORCE, no_argument, 0 },
	{ "trim-newline", OPTION_TRIM, no_argument, 0 },
	{ "length", OPTION_GENERATE, required_argument, 0 },
	{ "characters", OPTION_GENERATE, required_argument, 0 },
	{ "print", OPTION_GENERATE, no_argument, 0 },
	{ "out", OPTION_OUT, required_argument, 0 },
	{ "format", OPTION_FORMAT, required_argument, 0 },
	{ "unencrypted", OPTION_UNENCRYPTED, no_argument, 0 },
	{ "public", OPTION_PUBLIC, no_argument, 0 },
	{ "allow-empty", OPTION_EMPTY, no_argument, 0 },
	{ "for", OPTION_FOR, required_argument, 0 },
	{ "accessible", OPTION_ACCESSIBLE, required_argument, 0 },
	{ "seal-while-locked", OPTION_SEAL, no_argument, 0 },
};

#define OTHERS	(sizeof(others) / sizeof(others[0]))

struct reader {
	struct keychain_client *client;
	struct arguments *arguments;
	unsigned int accepted;
	const char *command;
	const char *usage;
	struct given *given;	/* attributes as options and by --set, read when --raw is known */
	size_t given_count;
};

/* An attribute as an option, or where there is no name the text of --set. */
struct given {
	const struct attribute_name *name;
	const char *text;
};

static int over(int status)
{
	return ARGUMENTS_OVER + status;
}

static bool is_raw(const struct reader *reader)
{
	return reader->arguments->given & OPTION_RAW;
}

/* Text for a sentence, made by @print; "" without memory. To be freed. */
static char *printed(void (*print)(FILE *file, const char *key), const char *key)
{
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	if (!file)
		return NULL;
	print(file, key);
	if (fclose(file)) {
		free(text);
		return NULL;
	}
	return text;
}

/* 66 names are no help to someone who mistyped one. */
static int refuse_name(const struct reader *reader, const char *name)
{
	struct nearest nearest = NEAREST_TO(name);

	for (size_t i = 0; i < attribute_name_count(); i++)
		nearest_try(&nearest, attribute_name_at(i)->name);
	if (nearest.name)
		return over(complain_usage(_("there is no attribute '%s'; did you mean '%s'? '%s --help' lists them"), name,
					   nearest.name, reader->command));
	return over(complain_usage(_("there is no attribute '%s': '%s --help' lists them"), name, reader->command));
}

static int refuse_code(const char *name, const char *key, const char *text)
{
	char *all CLEANUP_FREE = printed(attribute_codes_print, key);

	return over(complain_usage(_("'%s' is no value for %s: it takes %s; another one can be given as --raw %s=..."),
				   text, name, all ? all : "", key));
}

/* The value of @text in a request; NULL: it means none. With --raw only its form is looked at. */
static struct value *read_value(const char *key, enum attribute_type type, const char *text, bool raw)
{
	const char *code = type == TYPE_CLASS ? class_key(text) : type == TYPE_CODE ? attribute_code(key, text) : NULL;
	struct value *value;

	if (code)
		return value_string(code);
	if (type == TYPE_CLASS && !(raw && class_bit(text)))
		return NULL;
	value = attribute_value(key, text);
	if (raw || attribute_in_range(key, value))
		return value;
	value_free(value);
	return NULL;
}

/* The pairs of @more, which it takes, beside those that are there already; an empty set is for one alone. */
static int add_own(struct value *dictionary, const char *key, struct value *more)
{
	struct value *present = value_get(dictionary, key);
	int result = 0;

	if (!value_is(present, VALUE_DICTIONARY))
		return value_set(dictionary, key, more);
	for (size_t i = 0; !result && i < value_count(more); i++)
		result = value_set(present, value_key_at(more, i), value_copy(value_at(more, i)));
	value_free(more);
	return result;
}

/* @name: as the attribute was called. @known: the attribute of that name; NULL: there is none. */
static int set_attribute(const struct reader *reader, struct value *dictionary, const char *name,
			 const struct attribute_name *known, const char *key, const char *text)
{
	enum attribute_type type = known ? known->type : TYPE_TEXT;
	struct value *value;

	/* It would be in the list of processes, and in the history of the shell. */
	if (!strcmp(key, "v_Data"))
		return over(complain_usage(_("a secret is no argument: it comes by standard input")));
	if (type == TYPE_CODE && !is_raw(reader) && !attribute_code(key, text))
		return refuse_code(name, key, text);
	value = read_value(key, type, text, is_raw(reader));
	if (!value)
		return over(complain_usage(_("'%s' is no value for %s: %s"), text, name, attribute_takes(key, text)));
	/* It would name all items, or add nothing. */
	if (type == TYPE_OWN && !value_count(value) && dictionary != reader->arguments->changes) {
		value_free(value);
		return over(complain_usage(_("%s takes NAME=VALUE here, and is empty; 'update --set attribute=' "
					     "removes all own attributes of an item"), name));
	}
	if ((type == TYPE_OWN ? add_own(dictionary, key, value) : value_set(dictionary, key, value)) < 0)
		return over(complain_other(_("out of memory")));
	return 0;
}

/* NAME=VALUE; with --raw LETTERS=VALUE, and any other key of a request. */
static int set_pair(const struct reader *reader, struct value *dictionary, const char *pair)
{
	const struct attribute_name *known;
	const char *value = strchr(pair, '=');
	char name[VALUE_MAX_KEY + 1];

	if (!value || value == pair || (size_t)(value - pair) >= sizeof(name))
		return over(complain_usage(_("'%s': attributes are given as NAME=VALUE"), pair));
	snprintf(name, sizeof(name), "%.*s", (int)(value - pair), pair);
	if (!utf8_valid(name, strlen(name)))
		return over(complain_usage(_("'%s' is not UTF-8"), name));
	known = is_raw(reader) ? attribute_name_of(name) : attribute_name_find(name);
	if (!known && !is_raw(reader))
		return refuse_name(reader, name);
	return set_attribute(reader, dictionary, name, known, known ? known->key : name, value + 1);
}

static int refuse_number(const char *option, const char *text, uint64_t maximum)
{
	return over(complain_usage(_("--%s takes a number up to %llu, not '%s'"), option,
				   (unsigned long long)maximum, text));
}

static int set_number(const char *option, const char *text, uint64_t maximum, uint64_t *ret_number)
{
	return argument_number(text, 0, maximum, ret_number) ? 0 : refuse_number(option, text, maximum);
}

/* A line of names that wraps. */
static void print_class(const char *title, unsigned int classes)
{
	/* Bytes, not columns: a line that has a character of two bytes wraps a little earlier. */
	int column = printf("  %s:", title);

	for (size_t i = 0; i < attribute_name_count(); i++) {
		const struct attribute_name *name = attribute_name_at(i);
		int width = (int)strlen(name->name) + 3;

		if (name->classes != classes)
			continue;
		if (column + width > 78) {
			fputs("\n   ", stdout);
			column = 3;
		}
		column += printf(" --%s", name->name);
	}
	putchar('\n');
}

/* From the one table: no attribute is without help. */
static void attributes_help(void)
{
	fputs(_(ATTRIBUTES_HELP), stdout);
	fputs(_("\nAttributes, as --NAME VALUE or as NAME=VALUE. Data: hex:0a0b or base64:Cgs=;\n"
	      "text with escapes: text:two\\x0alines. Attributes of your own, any number of them:\n"
	      "--attribute NAME=VALUE.\n"), stdout);
	print_class(_("all items"), IN_GENP | IN_INET | IN_CERT | IN_KEYS | IN_IDNT);
	print_class(_("passwords"), IN_GENP | IN_INET);
	print_class(_("passwords and keys"), IN_GENP | IN_INET | IN_KEYS | IN_IDNT);
	print_class(_("generic passwords"), IN_GENP);
	print_class(_("internet passwords"), IN_INET);
	print_class(_("certificates and identities"), IN_CERT | IN_IDNT);
	print_class(_("keys and identities"), IN_KEYS | IN_IDNT);
	fputs(_("--class takes password (the default), internet-password (the default with --server),\n"
	      "certificate, key or identity; --accessible ak, ck, dk, aku, cku, dku or akpu;\n"
	      "--synchronizable yes, no or any.\n"), stdout);
}

static int set_user(struct reader *reader, const char *name)
{
	uid_t uid;
	int result = argument_user(name, &uid);

	if (result == -ENOENT) {
		complain_other(_("there is no user '%s'"), name);
		return over(EXIT_NOT_FOUND);
	}
	if (result == -EIO)
		return over(complain_other(_("user '%s' cannot be looked up: %s: give the uid as +UID, or try again when the "
					     "directory answers"), name, translate_errno(errno)));
	if (result < 0)
		return refuse_number("user", name, ARGUMENT_MAX_UID);
	keychain_client_choose_user(reader->client, uid);
	return 0;
}

static int set_other(struct reader *reader, size_t index, const char *value)
{
	struct arguments *arguments = reader->arguments;
	const char *option = others[index].option;
	uint64_t number;
	int result;

	if (others[index].accepted != ~0U)
		arguments->given |= others[index].accepted;
	if (value && !utf8_valid(value, strlen(value)))
		return over(complain_usage(_("--%s: '%s' is not UTF-8"), option, value));
	if (!strcmp(option, "help")) {
		fputs(_(reader->usage), stdout);
		if (reader->accepted & OPTION_QUERY)
			attributes_help();
		return over(0);
	}
	if (!strcmp(option, "keychain"))
		return keychain_client_choose(reader->client, value) ?
		       over(complain_other(_("out of memory"))) : 0;
	if (!strcmp(option, "set"))
		reader->given[reader->given_count++] = (struct given){ NULL, value };
	else if (!strcmp(option, "user"))
		return set_user(reader, value);
	else if (!strcmp(option, "from"))
		arguments->from = value;
	else if (!strcmp(option, "to"))
		arguments->to = value;
	else if (!strcmp(option, "from-prefix"))
		arguments->from_prefix = value;
	else if (!strcmp(option, "to-prefix"))
		arguments->to_prefix = value;
	else if (!strcmp(option, "characters"))
		arguments->characters = value;
	else if (!strcmp(option, "print"))
		arguments->print = true;
	else if (!strcmp(option, "out"))
		arguments->out = strcmp(value, "-") ? value : NULL;
	else if (!strcmp(option, "format"))
		arguments->format = value;
	else if (!strcmp(option, "for"))
		arguments->unit = value;
	else if (!strcmp(option, "accessible"))
		arguments->accessible = value;
	if (strcmp(option, "limit") && strcmp(option, "timeout") && strcmp(option, "length"))
		return 0;
	result = set_number(option, value, INT32_MAX, &number);
	if (result)
		return result;
	if (!strcmp(option, "limit"))
		arguments->limit = (int64_t)number;
	else if (!strcmp(option, "length"))
		arguments->length = number;
	else
		arguments->timeout_ns = number * UINT64_C(1000000000);
	return !strcmp(option, "timeout") || number ? 0 : over(complain_usage(_("--%s is 1 or more"), option));
}

static void list_options(unsigned int accepted, struct option *ret_options, char *ret_letters)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < attribute_name_count() && accepted & OPTION_QUERY; i++)
		ret_options[count++] = (struct option){ attribute_name_at(i)->name, required_argument, NULL,
							(int)(FIRST_ATTRIBUTE + i) };
	for (i = 0; i < OTHERS; i++) {
		if (!(others[i].accepted & accepted))
			continue;
		ret_options[count++] = (struct option){ others[i].option, others[i].argument, NULL,
							(int)(FIRST_OTHER + i) };
		if (!others[i].letter)
			continue;
		*ret_letters++ = others[i].letter;
		if (others[i].argument == required_argument)
			*ret_letters++ = ':';
	}
	*ret_letters = 0;
	ret_options[count] = (struct option){ 0 };
}

static int take_option(struct reader *reader, const struct options *options, int option)
{
	if (option < 0)
		return over(options_complain(options, option, reader->command));
	if (option >= FIRST_OTHER)
		return set_other(reader, (size_t)option - FIRST_OTHER, options->value);
	if (option >= FIRST_ATTRIBUTE) {
		reader->given[reader->given_count++] =
			(struct given){ attribute_name_at((size_t)option - FIRST_ATTRIBUTE), options->value };
		return 0;
	}
	for (size_t i = 0; i < OTHERS; i++)
		if (others[i].letter == option)
			return set_other(reader, i, options->value);
	return over(EXIT_USAGE);
}

static int take_given(const struct reader *reader, const struct given *given)
{
	char called[64];

	if (!given->name)
		return set_pair(reader, reader->arguments->changes, given->text);
	snprintf(called, sizeof(called), "--%s", given->name->name);
	return set_attribute(reader, reader->arguments->query, called, given->name, given->name->key, given->text);
}

static int take_word(struct reader *reader, const char *word)
{
	struct arguments *arguments = reader->arguments;

	if (reader->accepted & OPTION_QUERY && strchr(word, '='))
		return set_pair(reader, arguments->query, word);
	if (reader->accepted & OPTION_QUERY && !(reader->accepted & OPTION_WORDS))
		return over(complain_usage(_("'%s' is no attribute: they are given as options or "
					   "NAME=VALUE, see '%s --help'"), word, reader->command));
	if (!(reader->accepted & OPTION_WORDS) || arguments->word_count == MAX_WORDS)
		return over(complain_usage(_("'%s' is too much; see '%s --help'"), word,
					   reader->command));
	if (!utf8_valid(word, strlen(word)))
		return over(complain_usage(_("'%s' is not UTF-8"), word));
	arguments->words[arguments->word_count++] = word;
	return 0;
}

/* The bits of the classes that have all attributes in @attributes; what is no attribute is in all of them. */
static unsigned int classes_of(const struct value *attributes)
{
	unsigned int classes = ~0U;

	for (size_t i = 0; i < value_count(attributes); i++) {
		const struct attribute_name *name = attribute_name_of(value_key_at(attributes, i));

		if (name)
			classes &= name->classes;
	}
	return classes;
}

static int refuse_attribute(const char *class, const struct attribute_name *name)
{
	static const char *const keys[] = { "genp", "inet", "cert", "keys", "idnt" };
	char have[128] = "";

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (name->classes & 1U << i)
			snprintf(have + strlen(have), sizeof(have) - strlen(have), "%s%s", *have ? ", " : "",
				 class_name(keys[i]));
	return over(complain_usage(_("items of class %s have no attribute %s: it is one of class %s"), class_name(class),
				   name->name, have));
}

/* Whether @class has what is in @attributes; the answer of the service would have letters in it. */
static int check_class(const char *class, const struct value *attributes)
{
	for (size_t i = 0; class && i < value_count(attributes); i++) {
		const struct attribute_name *name = attribute_name_of(value_key_at(attributes, i));

		if (name && !(name->classes & class_bit(class)))
			return refuse_attribute(class, name);
	}
	return 0;
}

/* An item is synchronizable or not; only a query looks for both. */
static int check_synchronizable(const struct value *attributes)
{
	const char *text = value_as_string(value_get(attributes, "sync"));

	return text ? over(complain_usage(_("'any' is no value for synchronizable here: it takes yes or no"))) : 0;
}

static int check_attributes(const struct reader *reader)
{
	const struct arguments *arguments = reader->arguments;
	const char *class = value_as_string(value_get(arguments->query, "class"));
	int result;

	if (is_raw(reader))
		return 0;
	if (!class && !classes_of(arguments->query))
		return over(complain_usage(_("no class of items has all of these attributes")));
	result = check_synchronizable(arguments->changes);
	/* Those that take --replace make items. */
	if (!result && reader->accepted & OPTION_REPLACE)
		result = check_synchronizable(arguments->query);
	if (!result)
		result = check_class(class, arguments->query);
	return result ? result : check_class(class, arguments->changes);
}

static int take_all(struct reader *reader, int argc, char **argv)
{
	struct option table[MAX_OPTIONS];
	char letters[2 * OTHERS + 1];
	struct options options = OPTIONS_BEGIN(argc, argv, table, letters);
	int result = 0, option;

	list_options(reader->accepted, table, letters);
	while (!result && (option = options_next(&options)) != OPTIONS_END)
		result = take_option(reader, &options, option);
	for (size_t i = 0; !result && i < reader->given_count; i++)
		result = take_given(reader, &reader->given[i]);
	for (int i = 1; !result && i <= options.words; i++)
		result = take_word(reader, argv[i]);
	if (!result && reader->arguments->given & OPTION_EXACT &&
	    value_set(reader->arguments->query, "m_ExactAttributes", value_boolean(true)) < 0)
		return over(complain_other(_("out of memory")));
	return result ? result : check_attributes(reader);
}

int arguments_read(struct keychain_client *client, int argc, char **argv, unsigned int accepted,
		   const char *usage, struct arguments *ret_arguments)
{
	struct given *given CLEANUP_FREE = calloc((size_t)argc, sizeof(*given));
	struct arguments arguments = {
		.query = value_dictionary(),
		.changes = value_dictionary(),
	};
	/* Where they mean nothing the command says so, and why. */
	struct reader reader = { client, &arguments, accepted | OPTION_KEYCHAIN | OPTION_SYSTEM, argv[0], usage,
				 given, 0 };
	int result;

	if (accepted & OPTION_QUERY)
		reader.accepted |= OPTION_RAW;
	result = given ? take_all(&reader, argc, argv) : over(complain_other(_("out of memory")));
	/* Whichever order they were given in: the name is that of a system keychain. */
	if (!result && arguments.given & OPTION_SYSTEM)
		client_mean_system(client);
	if (result)
		arguments_free(&arguments);
	else
		*ret_arguments = arguments;
	return result;
}

void arguments_free(struct arguments *arguments)
{
	value_free(arguments->query);
	value_free(arguments->changes);
}

static const char *implied_class(const struct value *query)
{
	static const char *const keys[] = { "genp", "inet", "cert", "keys" };
	unsigned int classes = classes_of(query);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (classes & 1U << i)
			return keys[i];
	return keys[0];
}

struct value *arguments_query(struct arguments *arguments)
{
	struct value *query = arguments->query;

	arguments->query = NULL;
	if (!value_get(query, "class") && !value_get(query, "v_PersistentRef") &&
	    value_set(query, "class", value_string(implied_class(query))) < 0) {
		value_free(query);
		return NULL;
	}
	return query;
}

struct value *arguments_search(struct arguments *arguments)
{
	struct value *query = arguments_query(arguments);

	/* As the list has them: it would be no help to see an item there that no other command finds. */
	if (query && !value_get(query, "sync") && value_set(query, "sync", value_string("syna")) < 0) {
		value_free(query);
		return NULL;
	}
	return query;
}

bool arguments_name_item(const struct arguments *arguments)
{
	for (size_t i = 0; i < value_count(arguments->query); i++) {
		const char *key = value_key_at(arguments->query, i);
		const struct value *value = value_at(arguments->query, i);

		/* All items are of a class, and most are without own attributes. */
		if (!strcmp(key, "class") || !strcmp(key, "m_ExactAttributes") ||
		    (value_is(value, VALUE_DICTIONARY) && !value_count(value)))
			continue;
		return true;
	}
	return false;
}

struct value *arguments_item(const struct arguments *arguments, const struct value *item)
{
	return arguments->given & OPTION_RAW ? value_copy(item) : item_named(item);
}

void arguments_complete(const char *option)
{
	static const char *const answers[] = { "yes", "no", "any" };
	const struct attribute_name *name = attribute_name_find(option);

	if (!strcmp(option, "accessible")) {
		for (int i = KEYCHAIN_WHEN_UNLOCKED; i <= KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE; i++)
			puts(keychain_accessible_name((enum keychain_accessible)i));
	} else if (!strcmp(option, "characters")) {
		generate_sets_print(stdout);
	} else if (name && name->type == TYPE_BOOLEAN) {
		for (int i = 0; i < (strcmp(option, "synchronizable") ? 2 : 3); i++)
			puts(answers[i]);
	} else if (name) {
		attribute_values_print(stdout, name->key);
	}
}
