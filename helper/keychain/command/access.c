// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * access: who one is taken for, what that grants and why, and all entitlement files.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "attribute_text.h"
#include "complain.h"
#include "execute.h"

static const char usage[] =
	N_("usage: keychainctl access [GROUP] [--json]\n\n"
	"Shows what this program is taken for, which access groups it holds and why, and which\n"
	"entitlement files grant what to whom; with GROUP, only those that grant that one.\n");

static void print_text(const char *name, const struct value *value)
{
	if (!value)
		return;
	printf("%-*s ", translate_width(_(name), 13), _(name));
	attribute_print(stdout, value);
	putchar('\n');
}

static void print_held(const struct value *held)
{
	const char *name = value_as_boolean(value_get(held, "default")) ? _("default group") : _("group");

	printf("%-*s ", translate_width(name, 13), name);
	attribute_print(stdout, value_get(held, "group"));
	fputs("  (", stdout);
	attribute_print(stdout, value_get(held, "source"));
	puts(")");
}

static void print_own(const struct value *report)
{
	const struct value *groups = value_get(report, "groups");
	size_t i;

	print_text(N_("user"), value_get(report, "uid"));
	print_text(N_("kind"), value_get(report, "kind"));
	print_text(N_("unit"), value_get(report, "unit"));
	print_text(N_("label"), value_get(report, "label"));
	print_text(N_("executable"), value_get(report, "executable"));
	print_text(N_("application"), value_get(report, "application"));
	print_text(N_("granted by"), value_get(report, "file"));
	for (i = 0; i < value_count(groups); i++)
		print_held(value_at(groups, i));
	if (!value_count(groups))
		puts(_("no access group: items cannot be reached"));
	if (value_as_boolean(value_get(report, "all-groups")))
		puts(_("every access group"));
	if (value_as_boolean(value_get(report, "tokens")))
		puts(_("items of tokens, read only"));
	if (value_as_boolean(value_get(report, "system-keychain")))
		puts(_("the system keychain"));
	if (value_as_boolean(value_get(report, "on-behalf")))
		puts(_("may ask on behalf of other programs"));
}

static bool is_text(const struct value *value, const char *text)
{
	size_t length;
	const void *bytes = value_bytes(value, &length);

	return bytes && length == strlen(text) && !memcmp(bytes, text, length);
}

static bool grants(const struct value *file, const char *group)
{
	const struct value *groups = value_get(file, "groups");
	bool found = value_as_boolean(value_get(file, "all-groups"));
	size_t i;

	for (i = 0; i < value_count(groups) && !found; i++)
		found = is_text(value_at(groups, i), group);
	return found;
}

/* A report of what there is about @group; NULL without memory. Whether there is any: *@ret_any. */
static struct value *about_group(const struct value *report, const char *group, bool *ret_any)
{
	const struct value *held = value_get(report, "groups"), *files = value_get(report, "files");
	struct value *own = value_array(), *granting = value_array(), *about = value_dictionary();
	int error = 0;
	size_t i;

	for (i = 0; i < value_count(held) && !error; i++)
		if (is_text(value_get(value_at(held, i), "group"), group))
			error = value_append(own, value_copy(value_at(held, i)));
	for (i = 0; i < value_count(files) && !error; i++)
		if (grants(value_at(files, i), group))
			error = value_append(granting, value_copy(value_at(files, i)));
	*ret_any = value_count(own) || value_count(granting);
	if (value_set(about, "groups", own) < 0)
		error = -ENOMEM;
	if (value_set(about, "files", granting) < 0)
		error = -ENOMEM;
	if (!error)
		return about;
	value_free(about);
	return NULL;
}

static void print_file(const struct value *file)
{
	static const char *const keys[] = {
		N_("executable"), N_("unit"), "flatpak", "snap", N_("container"),
		N_("label"), N_("user"), N_("problem"), N_("application"),
	};
	const struct value *groups = value_get(file, "groups");
	size_t i;

	putchar('\n');
	attribute_print(stdout, value_get(file, "file"));
	putchar('\n');
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		print_text(keys[i], value_get(file, keys[i]));
	if (value_as_boolean(value_get(file, "privileged")))
		puts(_("takes CAP_SYS_ADMIN or CAP_SYS_PTRACE"));
	for (i = 0; i < value_count(groups); i++)
		print_text(N_("group"), value_at(groups, i));
	if (value_as_boolean(value_get(file, "all-groups")))
		puts(_("every access group"));
	if (value_as_boolean(value_get(file, "on-behalf")))
		puts(_("may ask on behalf of other programs"));
}

static void print_files(const struct value *files)
{
	size_t i;

	for (i = 0; i < value_count(files); i++)
		print_file(value_at(files, i));
}

static int tell_group(const struct value *report, const char *group, bool json)
{
	bool any;
	struct value *about = about_group(report, group, &any);
	const struct value *held = value_get(about, "groups");
	int result = 0;

	if (!about)
		return complain_other(_("out of memory"));
	if (json)
		result = print_report_json(NULL, value_copy(about));
	else if (value_count(held))
		print_held(value_at(held, 0));
	if (!json)
		print_files(value_get(about, "files"));
	value_free(about);
	if (result || any)
		return result;
	complain_other(_("access group '%s' is not granted by any entitlement file, nor held by this "
		       "program"), group);
	return EXIT_NOT_FOUND;
}

int command_access(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	const struct value *report;
	struct value *answer = NULL;
	int result =
		arguments_read(client, argc, argv, OPTION_WORDS | OPTION_JSON, usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (arguments.given & (OPTION_KEYCHAIN | OPTION_SYSTEM))
		result = complain_usage(_("'access' takes no --%s: access groups are the same in all "
					"keychains; leave it out"),
					arguments.given & OPTION_KEYCHAIN ? "keychain" : "system");
	else if (arguments.word_count > 1)
		result = complain_usage(_("'access' takes one group, or none"));
	else
		result = execute(client, request_plain("access"), &answer);
	report = value_get(answer, "result");
	if (!result && arguments.word_count) {
		result = tell_group(report, arguments.words[0], arguments.given & OPTION_JSON);
	} else if (!result && arguments.given & OPTION_JSON) {
		result = print_report_json(NULL, value_copy(report));
	} else if (!result) {
		print_own(report);
		print_files(value_get(report, "files"));
	}
	value_free(answer);
	arguments_free(&arguments);
	return result;
}
