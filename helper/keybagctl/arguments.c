// SPDX-License-Identifier: GPL-2.0-or-later
#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/argument.h"
#include "cli/options.h"
#include "complain.h"
#include "exit_code.h"

enum {
	USER = 1, UUID, SYSTEM, JSON, KDF_MEMORY, KDF_PASSES, NO_PASSCODE, FULL, ALL, REASON,
	FIRST_ONLY, RECOVERY, SET, REMOVE, CLASS, AAD, NEW_AAD, IN, OUT, GENERATE, REPLACE, RENAMED,
	YES, TO_USER, TO_SYSTEM, IF_MISSING, STREAM, FORCE, HEX, TPM, NO_TPM, NO_RECOVERY, HELP,
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
	{ "force", no_argument, NULL, FORCE },
	{ "hex", no_argument, NULL, HEX },
	{ "tpm", no_argument, NULL, TPM },
	{ "no-tpm", no_argument, NULL, NO_TPM },
	{ "no-recovery", no_argument, NULL, NO_RECOVERY },
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

#define OPTIONS	(sizeof(options) / sizeof(options[0]))

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
	[FORCE] = OPTION_FORCE,
	[HEX] = OPTION_HEX,
	[TPM] = OPTION_TPM,
	[NO_TPM] = OPTION_NO_TPM,
	[NO_RECOVERY] = OPTION_NO_RECOVERY,
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
	if (result == -EIO)
		return complain(EXIT_FAILED, _("user '%s' cannot be looked up: %s: give the uid as +UID, or try again when the "
				"directory answers"), text, translate_errno(errno));
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
				"A, C or D"), text);
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
	*ret_path = strcmp(text, "-") ? text : NULL;
	return 0;
}

static int take_option(struct arguments *arguments, int option, const char *value)
{
	switch (option) {
	case USER:
		arguments->whose_given = true;
		return read_user(value, &arguments->whose);
	case UUID:
		arguments->whose_given = true;
		return read_uuid(value, &arguments->whose);
	case SYSTEM:
		arguments->whose_given = true;
		arguments->whose.by = KEYBAG_WHOSE_SYSTEM;
		return 0;
	case TO_USER:
		arguments->to_given = true;
		return read_user(value, &arguments->to);
	case TO_SYSTEM:
		arguments->to_given = true;
		arguments->to.by = KEYBAG_WHOSE_SYSTEM;
		return 0;
	case KDF_MEMORY:
		return read_number(value, 64, 262144, "--kdf-memory (KiB)",
				   &arguments->kdf.memory_kib);
	case KDF_PASSES:
		return read_number(value, 1, 100, "--kdf-passes", &arguments->kdf.passes);
	case REASON:
		return read_reason(value, &arguments->reason);
	case CLASS:
		return read_class(value, &arguments->class_number);
	case GENERATE:
		return read_number(value, 1, KEYBAG_MAX_PAYLOAD, _("--generate (bytes)"),
				   &arguments->generate);
	case AAD:
		return read_aad(value, "--aad", &arguments->aad);
	case NEW_AAD:
		return read_aad(value, "--new-aad", &arguments->new_aad);
	case IN:
		arguments->in_given = true;
		return read_path(value, "--in", &arguments->in);
	case OUT:
		arguments->out_given = true;
		return read_path(value, "--out", &arguments->out);
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

/* The options of @accepted, so that no other one is suggested. */
static void list_taken(unsigned int accepted, struct option ret_taken[OPTIONS])
{
	size_t count = 0;

	for (size_t i = 0; options[i].name; i++)
		if (options[i].val == HELP || accepted & bits[options[i].val])
			ret_taken[count++] = options[i];
	ret_taken[count] = (struct option){ 0 };
}

static int refuse_option(const struct options *reader, int fault)
{
	const char *command = reader->argv[0];
	char called[64];

	for (size_t i = 0; fault == OPTIONS_UNKNOWN && options[i].name; i++)
		if (!strncmp(reader->given, "--", 2) && !strcmp(reader->given + 2, options[i].name))
			return complain(EXIT_USAGE, _("'%s' takes no --%s: see 'keybagctl help %s'"), command,
					options[i].name, command);
	snprintf(called, sizeof(called), "keybagctl %s", command);
	return options_complain(reader, fault, called);
}

int arguments_read(int argc, char **argv, unsigned int accepted, int most,
		   struct arguments *ret_arguments)
{
	struct option taken[OPTIONS];
	struct options reader = OPTIONS_BEGIN(argc, argv, taken, accepted & OPTION_JSON ? "hj" : "h");
	struct arguments arguments = { 0 };
	int option, result;

	list_taken(accepted, taken);
	while ((option = options_next(&reader)) != OPTIONS_END) {
		unsigned int bit;

		if (option < 0)
			return refuse_option(&reader, option);
		if (option == HELP || option == 'h')
			return ARGUMENTS_HELP;
		if (option == 'j')
			option = JSON;
		bit = bits[option];
		if (bit & (OPTION_TARGET | OPTION_TO) && arguments.given & bit)
			return complain(EXIT_USAGE, _("one keybag at a time: --%s is one too many"),
					option_name(option));
		arguments.given |= bit;
		result = take_option(&arguments, option, reader.value);
		if (result)
			return result;
	}
	arguments.count = reader.words;
	arguments.rest = argv + 1;
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

void arguments_complete(const char *option)
{
	const char *name;

	for (uint32_t number = 0; !strcmp(option, "class") && number < 32; number++) {
		name = keybag_class_name(number);
		if (name)
			puts(name);
	}
	/* The others are the kernel's. */
	for (uint32_t number = KEYBAG_REASON_REQUEST; !strcmp(option, "reason") && number <= KEYBAG_REASON_SUSPEND; number++)
		puts(keybag_reason_name(number));
}
