// SPDX-License-Identifier: GPL-2.0-or-later
#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute_text.h"
#include "complain.h"
#include "helper/common/utf8.h"

/* Options that stand for attributes: the number of getopt_long() is their place here. */
static const struct {
	const char *option;
	const char *key;
} attributes[] = {
	{"class", "class"},	    {"account", "acct"}, {"service", "svce"},
	{"label", "labl"},	    {"group", "agrp"},	 {"accessible", "pdmn"},
	{"server", "srvr"},	    {"port", "port"},	 {"path", "path"},
	{"protocol", "ptcl"},	    {"domain", "sdmn"},	 {"comment", "icmt"},
	{"description", "desc"},    {"generic", "gena"}, {"reference", "v_PersistentRef"},
	{"synchronizable", "sync"},
};

#define ATTRIBUTES	(sizeof(attributes) / sizeof(attributes[0]))
#define FIRST_OTHER	1000

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
};

#define OTHERS	(sizeof(others) / sizeof(others[0]))

struct reader {
	struct keychain_client *client;
	struct arguments *arguments;
	unsigned int accepted;
	const char *command;
	const char *usage;
};

static int over(int status)
{
	return ARGUMENTS_OVER + status;
}

/* @option: how the attribute was called, if not by its key. */
static int set_attribute(struct value *dictionary, const char *option, const char *key,
			 const char *text)
{
	struct value *value = attribute_value(key, text);

	if (!value)
		return over(complain_usage("'%s' is no value for %s%s: %s", text,
					   option ? "--" : "", option ? option : key,
					   attribute_takes(key, text)));
	if (value_set(dictionary, key, value) < 0)
		return over(complain_other("out of memory"));
	return 0;
}

/* KEY=VALUE */
static int set_pair(struct value *dictionary, const char *pair)
{
	const char *value = strchr(pair, '=');
	char key[VALUE_MAX_KEY + 1];

	if (!value || value == pair || (size_t)(value - pair) >= sizeof(key))
		return over(complain_usage("'%s': attributes are given as KEY=VALUE", pair));
	snprintf(key, sizeof(key), "%.*s", (int)(value - pair), pair);
	if (!utf8_valid(key, strlen(key)))
		return over(complain_usage("'%s' is not UTF-8", key));
	return set_attribute(dictionary, NULL, key, value + 1);
}

static int set_number(const char *option, const char *text, uint64_t maximum, uint64_t *ret_number)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || number > maximum)
		return over(complain_usage("--%s takes a number up to %llu, not '%s'", option,
					   (unsigned long long)maximum, text));
	*ret_number = number;
	return 0;
}

static int set_user(struct reader *reader, const char *name)
{
	const struct passwd *account = getpwnam(name);
	uint64_t uid;
	int result;

	if (account) {
		keychain_client_choose_user(reader->client, account->pw_uid);
		return 0;
	}
	if (!*name || strspn(name, "0123456789") != strlen(name))
		return over(complain_usage("there is no user '%s'", name));
	result = set_number("user", name, UINT32_MAX - 1, &uid);
	if (!result)
		keychain_client_choose_user(reader->client, (uid_t)uid);
	return result;
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
		return over(complain_usage("--%s: '%s' is not UTF-8", option, value));
	if (!strcmp(option, "help")) {
		fputs(reader->usage, stdout);
		return over(0);
	}
	if (!strcmp(option, "keychain"))
		return keychain_client_choose(reader->client, value) ?
		       over(complain_other("out of memory")) : 0;
	if (!strcmp(option, "set"))
		return set_pair(arguments->changes, value);
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
	if (strcmp(option, "limit") && strcmp(option, "timeout"))
		return 0;
	result = set_number(option, value, INT32_MAX, &number);
	if (result)
		return result;
	if (!strcmp(option, "limit"))
		arguments->limit = (int64_t)number;
	else
		arguments->timeout_ns = number * UINT64_C(1000000000);
	return strcmp(option, "limit") || number ? 0 : over(complain_usage("--limit is 1 or more"));
}

static size_t list_options(unsigned int accepted, struct option *ret_options, char *ret_letters)
{
	size_t count = 0;
	size_t i;

	for (i = 0; i < ATTRIBUTES && accepted & OPTION_QUERY; i++)
		ret_options[count++] = (struct option){attributes[i].option, required_argument,
						       NULL, (int)(FIRST_OTHER + i)};
	for (i = 0; i < OTHERS; i++) {
		if (!(others[i].accepted & accepted))
			continue;
		ret_options[count++] = (struct option){ others[i].option, others[i].argument, NULL,
							(int)(2 * FIRST_OTHER + i) };
		if (!others[i].letter)
			continue;
		*ret_letters++ = others[i].letter;
		if (others[i].argument == required_argument)
			*ret_letters++ = ':';
	}
	*ret_letters = 0;
	ret_options[count] = (struct option){ 0 };
	return count;
}

static int take_option(struct reader *reader, int option)
{
	size_t i;

	/* What is wrong with it getopt_long() has said. */
	if (option == '?' || option == ':')
		return over(complain_usage("see '%s --help'", reader->command));
	if (option >= 2 * FIRST_OTHER)
		return set_other(reader, (size_t)option - 2 * FIRST_OTHER, optarg);
	if (option >= FIRST_OTHER)
		return set_attribute(reader->arguments->query,
				     attributes[option - FIRST_OTHER].option,
				     attributes[option - FIRST_OTHER].key, optarg);
	for (i = 0; i < OTHERS; i++)
		if (others[i].letter == option)
			return set_other(reader, i, optarg);
	return over(EXIT_USAGE);
}

static int take_word(struct reader *reader, const char *word)
{
	struct arguments *arguments = reader->arguments;

	if (reader->accepted & OPTION_QUERY && strchr(word, '='))
		return set_pair(arguments->query, word);
	if (reader->accepted & OPTION_QUERY && !(reader->accepted & OPTION_WORDS))
		return over(complain_usage("'%s' is no attribute: they are given as options or "
					   "KEY=VALUE, see '%s --help'", word, reader->command));
	if (!(reader->accepted & OPTION_WORDS) || arguments->word_count == MAX_WORDS)
		return over(complain_usage("'%s' is too much; see '%s --help'", word,
					   reader->command));
	if (!utf8_valid(word, strlen(word)))
		return over(complain_usage("'%s' is not UTF-8", word));
	arguments->words[arguments->word_count++] = word;
	return 0;
}

int arguments_read(struct keychain_client *client, int argc, char **argv, unsigned int accepted,
		   const char *usage, struct arguments *ret_arguments)
{
	struct option options[ATTRIBUTES + OTHERS + 1];
	char letters[2 * OTHERS + 1];
	struct arguments arguments = {
		.query = value_dictionary(),
		.changes = value_dictionary(),
	};
	struct reader reader = { client, &arguments, accepted, argv[0], usage };
	int option;
	int result = 0;

	/* Where they mean nothing the command says so, and why. */
	accepted |= OPTION_KEYCHAIN | OPTION_SYSTEM;
	list_options(accepted, options, letters);
	optind = 1;
	while (!result && (option = getopt_long(argc, argv, letters, options, NULL)) >= 0)
		result = take_option(&reader, option);
	while (!result && optind < argc)
		result = take_word(&reader, argv[optind++]);
	/* Whichever order they were given in: the name is that of a keychain of the machine. */
	if (!result && arguments.given & OPTION_SYSTEM)
		keychain_client_choose_system(client);
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

struct value *arguments_query(struct arguments *arguments)
{
	struct value *query = arguments->query;

	arguments->query = NULL;
	if (!value_get(query, "class") && !value_get(query, "v_PersistentRef") &&
	    value_set(query, "class", value_string("genp")) < 0) {
		value_free(query);
		return NULL;
	}
	return query;
}
