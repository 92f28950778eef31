// SPDX-License-Identifier: GPL-2.0-or-later
#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cli/argument.h"
#include "complain.h"
#include "exit_code.h"

enum {
	USER = 1, UUID, SYSTEM, JSON, KDF_MEMORY, KDF_PASSES, NO_PASSCODE, FULL, ALL, REASON,
	FIRST_ONLY, RECOVERY, SET, REMOVE, CLASS, AAD, NEW_AAD, IN, OUT, GENERATE, REPLACE, RENAMED,
	YES, TO_USER, TO_SYSTEM, IF_MISSING, STREAM, HELP,
};

static const struct option options[] = {
	{ "user", required_argument, NULL, USER },
	{ "uuid", required_argument, NULL, UUID },
	{ "system", no_argument, NULL, SYSTEM },
	{ "json", no_argument, NULL, JSON },
	{ "kdf-memory", required_argument, NULL, KDF_MEMORY },
	{ "kdf-passes", required_argument, NULL, KDF_PASSES },
	{ "no-passcode", no_argument, NULL, NO_PASSCODE },
	{ "full", no_argument, NULL, FULL },
	{ "all", no_argument, NULL, ALL },
	{ "reason", required_argument, NULL, REASON },
	{ "first-only", no_argument, NULL, FIRST_ONLY },
	{ "recovery", no_argument, NULL, RECOVERY },
	{ "set", no_argument, NULL, SET },
	{ "remove", no_argument, NULL, REMOVE },
	{ "class", required_argument, NULL, CLASS },
	{ "aad", required_argument, NULL, AAD },
	{ "new-aad", required_argument, NULL, NEW_AAD },
	{ "in", required_argument, NULL, IN },
	{ "out", required_argument, NULL, OUT },
	{ "generate", required_argument, NULL, GENERATE },
	{ "replace", no_argument, NULL, REPLACE },
	{ "renamed", no_argument, NULL, RENAMED },
	{ "yes", no_argument, NULL, YES },
	{ "to-user", required_argument, NULL, TO_USER },
	{ "to-system", no_argument, NULL, TO_SYSTEM },
	{ "if-missing", no_argument, NULL, IF_MISSING },
	{ "stream", no_argument, NULL, STREAM },
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

/* Options that a command takes together share a bit. */
static const unsigned int bits[] = {
	[USER] = OPTION_TARGET,
	[UUID] = OPTION_TARGET,
	[SYSTEM] = OPTION_TARGET,
	[JSON] = OPTION_JSON,
	[KDF_MEMORY] = OPTION_KDF,
	[KDF_PASSES] = OPTION_KDF,
	[NO_PASSCODE] = OPTION_NO_PASSCODE,
	[FULL] = OPTION_FULL,
	[ALL] = OPTION_ALL,
	[REASON] = OPTION_REASON,
	[FIRST_ONLY] = OPTION_FIRST_ONLY,
	[RECOVERY] = OPTION_RECOVERY,
	[SET] = OPTION_SET,
	[REMOVE] = OPTION_REMOVE,
	[CLASS] = OPTION_CLASS,
	[AAD] = OPTION_AAD,
	[NEW_AAD] = OPTION_NEW_AAD,
	[IN] = OPTION_FILES,
	[OUT] = OPTION_FILES,
	[GENERATE] = OPTION_GENERATE,
	[REPLACE] = OPTION_REPLACE,
	[RENAMED] = OPTION_RENAMED,
	[YES] = OPTION_YES,
	[TO_USER] = OPTION_TO,
	[TO_SYSTEM] = OPTION_TO,
	[IF_MISSING] = OPTION_IF_MISSING,
	[STREAM] = OPTION_STREAM,
};

static int complain_number(const char *what, const char *text, uint32_t minimum, uint32_t maximum)
{
	return complain(EXIT_USAGE, _("%s '%s': a number from %u to %u is needed"), what, text, minimum, maximum);
}

static int read_number(const char *text, uint32_t minimum, uint32_t maximum, const char *what,
		       uint32_t *ret_number)
{
	uint64_t number;

	if (!argument_number(text, minimum, maximum, &number))
		return complain_number(what, text, minimum, maximum);
	*ret_number = (uint32_t)number;
	return 0;
}

/* Name or number. */
static int read_user(const char *text, struct keybag_whose *ret_whose)
{
	uid_t uid;
	int result = argument_user(text, &uid);

	if (result == -ENOENT)
		return complain(EXIT_NOT_FOUND, _("there is no user '%s'"), text);
	if (result < 0)
		return complain_number("uid", text, 0, ARGUMENT_MAX_UID);
	*ret_whose = (struct keybag_whose){ .by = KEYBAG_WHOSE_UID, .uid = uid };
	return 0;
}

static int read_uuid(const char *text, struct keybag_whose *ret_whose)
{
	ret_whose->by = KEYBAG_WHOSE_UUID;
	if (keybag_uuid_parse(text, ret_whose->uuid) < 0)
		return complain(EXIT_USAGE, _("'%s' is not a UUID: 'keybagctl list' shows them"), text);
	return 0;
}

static int read_class(const char *text, uint32_t *ret_class)
{
	int number = keybag_class_by_name(text);

	if (number < 0)
		return complain(EXIT_USAGE, _("there is no class '%s': ak, ck, dk, aku, cku, dku, akpu, "
				"A, B, C or D"), text);
	*ret_class = (uint32_t)number;
	return 0;
}

static int read_reason(const char *text, uint32_t *ret_reason)
{
	int number = keybag_reason_by_name(text);

	if (number < 0)
		return complain(EXIT_USAGE, _("there is no reason '%s': request, screen, logout, idle, "
				"suspend; for unlock request, screen, login"), text);
	*ret_reason = (uint32_t)number;
	return 0;
}

static int read_aad(const char *text, const char *option, const char **ret_text)
{
	if (strlen(text) > KEYBAG_MAX_AAD)
		return complain(EXIT_USAGE, _("%s: more than %d bytes are too many"), option,
				KEYBAG_MAX_AAD);
	*ret_text = text;
	return 0;
}

static int read_path(const char *text, const char *option, const char **ret_path)
{
	if (!*text)
		return complain(EXIT_USAGE, _("%s takes the name of a file"), option);
	*ret_path = text;
	return 0;
}

static int take_option(struct arguments *arguments, int option)
{
	switch (option) {
	case USER:
		arguments->whose_given = true;
		return read_user(optarg, &arguments->whose);
	case UUID:
		arguments->whose_given = true;
		return read_uuid(optarg, &arguments->whose);
	case SYSTEM:
		arguments->whose_given = true;
		arguments->whose.by = KEYBAG_WHOSE_SYSTEM;
		return 0;
	case TO_USER:
		arguments->to_given = true;
		return read_user(optarg, &arguments->to);
	case TO_SYSTEM:
		arguments->to_given = true;
		arguments->to.by = KEYBAG_WHOSE_SYSTEM;
		return 0;
	case KDF_MEMORY:
		return read_number(optarg, 64, 262144, "--kdf-memory (KiB)",
				   &arguments->kdf.memory_kib);
	case KDF_PASSES:
		return read_number(optarg, 1, 100, "--kdf-passes", &arguments->kdf.passes);
	case REASON:
		return read_reason(optarg, &arguments->reason);
	case CLASS:
		return read_class(optarg, &arguments->class_number);
	case GENERATE:
		return read_number(optarg, 1, KEYBAG_MAX_PAYLOAD, _("--generate (bytes)"),
				   &arguments->generate);
	case AAD:
		return read_aad(optarg, "--aad", &arguments->aad);
	case NEW_AAD:
		return read_aad(optarg, "--new-aad", &arguments->new_aad);
	case IN:
		return read_path(optarg, "--in", &arguments->in);
	case OUT:
		return read_path(optarg, "--out", &arguments->out);
	default:
		return 0;
	}
}

static const char *option_name(int option)
{
	size_t i = 0;

	while (options[i].val != option)
		i++;
	return options[i].name;
}

/* @option: what getopt_long() said of the one it stopped at. */
static int refuse_option(char **argv, int option)
{
	/* Of a long one optopt is its number here; of a letter, the letter. */
	if (option == ':')
		return complain(EXIT_USAGE, _("option '--%s' lacks its value: see 'keybagctl help %s'"),
				option_name(optopt), argv[0]);
	if (optopt >= ' ')
		return complain(EXIT_USAGE, _("option '-%c' is not known: see 'keybagctl help %s'"), optopt,
				argv[0]);
	return complain(EXIT_USAGE, _("option '%s' is not known, ambiguous, or takes no value: see "
			"'keybagctl help %s'"), argv[optind - 1], argv[0]);
}

int arguments_read(int argc, char **argv, unsigned int accepted, int most,
		   struct arguments *ret_arguments)
{
	struct arguments arguments = { 0 };
	int option, result;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":hj", options, NULL)) != -1) {
		unsigned int bit;

		if (option == HELP || option == 'h')
			return ARGUMENTS_HELP;
		if (option == '?' || option == ':')
			return refuse_option(argv, option);
		if (option == 'j')
			option = JSON;
		bit = bits[option];
		if (!(accepted & bit))
			return complain(EXIT_USAGE, _("'%s' takes no --%s: see 'keybagctl help %s'"),
					argv[0], option_name(option), argv[0]);
		if (bit & (OPTION_TARGET | OPTION_TO) && arguments.given & bit)
			return complain(EXIT_USAGE, _("one keybag at a time: --%s is one too many"),
					option_name(option));
		arguments.given |= bit;
		result = take_option(&arguments, option);
		if (result)
			return result;
	}
	arguments.count = argc - optind;
	arguments.rest = argv + optind;
	if (arguments.count > most)
		return complain(EXIT_USAGE, _("'%s' is one argument too many: see 'keybagctl help %s'"),
				arguments.rest[most], argv[0]);
	*ret_arguments = arguments;
	return 0;
}

const struct keybag_whose *arguments_whose(const struct arguments *arguments)
{
	return arguments->whose_given ? &arguments->whose : NULL;
}
