// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "cli/exit_status.h"
#include "cli/nearest.h"
#include "cli/program.h"
#include "common/translate.h"

/* The next word, for an option that needs it. */
static int take_value(struct options *options, int number)
{
	if (options->next >= options->argc)
		return OPTIONS_LACKS_VALUE;
	options->value = options->argv[options->next++];
	return number;
}

static int next_letter(struct options *options)
{
	const char letter = *options->more++;
	const char *known = letter == ':' ? NULL : strchr(options->letters, letter);

	snprintf(options->given, sizeof(options->given), "-%c", letter);
	if (!known)
		return OPTIONS_UNKNOWN;
	if (known[1] != ':')
		return letter;
	if (!*options->more)
		return take_value(options, letter);
	options->value = options->more;
	options->more = "";
	return letter;
}

/* @name: behind both dashes. */
static int next_name(struct options *options, const char *name)
{
	const struct option *entry = options->table;
	size_t length = strcspn(name, "=");

	snprintf(options->given, sizeof(options->given), "--%.*s", (int)length, name);
	while (entry->name && (strlen(entry->name) != length || strncmp(entry->name, name, length)))
		entry++;
	if (!entry->name)
		return OPTIONS_UNKNOWN;
	if (name[length] && entry->has_arg == no_argument)
		return OPTIONS_TAKES_NONE;
	if (name[length])
		options->value = name + length + 1;
	return options->value || entry->has_arg == no_argument ? entry->val : take_value(options, entry->val);
}

int options_next(struct options *options)
{
	options->value = NULL;
	if (*options->more)
		return next_letter(options);
	while (options->next < options->argc) {
		char *word = options->argv[options->next++];

		if (!options->over && !strcmp(word, "--")) {
			options->over = true;
		} else if (options->over || word[0] != '-' || !word[1]) {
			options->argv[++options->words] = word;
		} else if (word[1] == '-') {
			return next_name(options, word + 2);
		} else {
			options->more = word + 1;
			return next_letter(options);
		}
	}
	return OPTIONS_END;
}

__attribute__((format(printf, 1, 2))) static int complain_options(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	program_tell(format, arguments);
	va_end(arguments);
	return EXIT_USAGE;
}

int options_complain(const struct options *options, int fault, const char *command)
{
	bool is_name = !strncmp(options->given, "--", 2);
	struct nearest nearest = NEAREST_TO(is_name ? options->given + 2 : "");

	if (fault == OPTIONS_LACKS_VALUE)
		return complain_options(_("option '%s' lacks its value: see '%s --help'"), options->given, command);
	if (fault == OPTIONS_TAKES_NONE)
		return complain_options(_("option '%s' takes no value: see '%s --help'"), options->given, command);
	for (const struct option *entry = options->table; entry->name; entry++)
		nearest_try(&nearest, entry->name);
	if (nearest.name)
		return complain_options(_("there is no option '%s' here; did you mean '--%s'? See '%s --help'"), options->given,
					nearest.name, command);
	return complain_options(_("there is no option '%s' here: see '%s --help'"), options->given, command);
}
