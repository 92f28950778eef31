// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * access: who one is taken for, what that grants and why, and all entitlement files.
 */
#include <stdio.h>

#include "arguments.h"
#include "attribute_text.h"
#include "complain.h"
#include "execute.h"

static const char usage[] =
	"usage: keychain access [GROUP] [--json]\n\n"
	"Shows what this program is taken for, which access groups it holds and why, and which\n"
	"entitlement files grant what to whom; with GROUP, only those that grant that one.\n";

static void print_text(const char *name, const struct value *value)
{
	if (!value)
		return;
	printf("%-13s ", name);
	attribute_print(stdout, value);
	putchar('\n');
}

static void print_own(const struct value *report)
{
	const struct value *groups = value_get(report, "groups");
	size_t i;

	print_text("user", value_get(report, "uid"));
	print_text("kind", value_get(report, "kind"));
	print_text("unit", value_get(report, "unit"));
	print_text("label", value_get(report, "label"));
	print_text("executable", value_get(report, "executable"));
	print_text("application", value_get(report, "application"));
	print_text("granted by", value_get(report, "file"));
	for (i = 0; i < value_count(groups); i++) {
		const struct value *group = value_at(groups, i);

		printf("%-13s ", value_as_boolean(value_get(group, "default")) ? "default group" :
										 "group");
		attribute_print(stdout, value_get(group, "group"));
		fputs("  (", stdout);
		attribute_print(stdout, value_get(group, "source"));
		puts(")");
	}
	if (!value_count(groups))
		puts("no access group: items cannot be reached");
	if (value_as_boolean(value_get(report, "all-groups")))
		puts("every access group");
	if (value_as_boolean(value_get(report, "tokens")))
		puts("items of tokens, read only");
	if (value_as_boolean(value_get(report, "system-keychain")))
		puts("the system keychain");
}

static bool grants(const struct value *file, const char *group)
{
	const struct value *groups = value_get(file, "groups");
	struct value *wanted = value_string(group);
	bool found = value_as_boolean(value_get(file, "all-groups"));
	size_t i;

	for (i = 0; i < value_count(groups) && !found; i++)
		found = value_equal(value_at(groups, i), wanted);
	value_free(wanted);
	return found;
}

static void print_file(const struct value *file)
{
	static const char *const keys[] = {
		"executable", "unit", "flatpak", "snap",	"container",
		"label",      "user", "problem", "application",
	};
	const struct value *groups = value_get(file, "groups");
	size_t i;

	putchar('\n');
	attribute_print(stdout, value_get(file, "file"));
	putchar('\n');
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		print_text(keys[i], value_get(file, keys[i]));
	for (i = 0; i < value_count(groups); i++)
		print_text("group", value_at(groups, i));
	if (value_as_boolean(value_get(file, "all-groups")))
		puts("every access group");
}

int command_access(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	const struct value *report, *files;
	struct value *answer = NULL;
	const char *group;
	size_t i;
	int result =
		arguments_read(client, argc, argv, OPTION_WORDS | OPTION_JSON, usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	group = arguments.words[0];
	result = execute(client, request_plain("access"), &answer);
	report = value_get(answer, "result");
	files = value_get(report, "files");
	if (!result && arguments.given & OPTION_JSON) {
		result = print_json(report);
	} else if (!result) {
		if (!group)
			print_own(report);
		for (i = 0; i < value_count(files); i++)
			if (!group || grants(value_at(files, i), group))
				print_file(value_at(files, i));
	}
	value_free(answer);
	arguments_free(&arguments);
	return result;
}
