// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * classes: root's rules for the classes of items that programs make by the Secret Service.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "complain.h"
#include "execute.h"
#include "helper/common/printable.h"
#include "helper/common/settings_file.h"
#include "helper/keychain/base/reserved_names.h"
#include "helper/keychain/rules/class_rules.h"

static const char usage[] =
	N_("usage: keychainctl classes [--json]\n\n"
	"Lists the rules by which items get their protection class that programs store by the\n"
	"Secret Service, the first that matches first, and the file and line of each. Items that\n"
	"no rule names are of class 'ak'. 'keychainctl class' changes that of an item.\n\n"
	"  -j, --json           as JSON\n");

struct report {
	struct value *rules;	/* of --json; NULL: lines */
	bool terminal, any;
	int result;
};

static void print_rule(const struct report *report, const struct class_rule *rule)
{
	const char *kind = strcmp(rule->name, SCHEMA_ATTRIBUTE) ? "attribute" : "schema";

	printf(report->terminal ? "%-4s  " : "%s\t", keychain_accessible_name(rule->accessible));
	printf("%s ", kind);
	if (*kind == 'a') {
		printable_write(stdout, rule->name, strlen(rule->name));
		putchar('=');
	}
	printable_write(stdout, rule->pattern, strlen(rule->pattern));
	printf(report->terminal ? "  (%s:%u)\n" : "\t%s:%u\n", rule->file, rule->line);
}

/* Takes @value; NULL: there was no memory. */
static void put(struct report *report, struct value *rule, const char *key, struct value *value)
{
	if (value_set(rule, key, value))
		report->result = complain_other(_("out of memory"));
}

static void append_rule(struct report *report, const struct class_rule *rule)
{
	struct value *entry = value_dictionary();

	put(report, entry, "accessible", value_string(keychain_accessible_name(rule->accessible)));
	put(report, entry, "attribute", value_string(rule->name));
	put(report, entry, "pattern", value_string(rule->pattern));
	put(report, entry, "file", value_string(rule->file));
	put(report, entry, "line", value_integer(rule->line));
	if (value_append(report->rules, entry))
		report->result = complain_other(_("out of memory"));
}

static bool take_rule(void *context, const struct class_rule *rule)
{
	struct report *report = context;

	report->any = true;
	if (!rule->accessible)
		report->result = complain_other(_("%s, line %u: a rule is 'schema PATTERN CLASS' or 'attribute NAME=PATTERN CLASS'"),
						rule->file, rule->line);
	else if (report->rules)
		append_rule(report, rule);
	else
		print_rule(report, rule);
	return true;
}

static void refuse_file(void *context, const char *file, int error)
{
	struct report *report = context;

	report->result = complain_other(_("no rule of %s counts: it has to be a file that everyone may read (%s)"), file,
					_(settings_file_problem(error)));
}

static int list_rules(bool json)
{
	struct report report = { .rules = json ? value_array() : NULL, .terminal = isatty(STDOUT_FILENO) };
	int printed;

	class_rules_read(take_rule, refuse_file, &report);
	if (!report.any && !report.result && !json)
		complain_other(_("there are no rules: what programs store is of class 'ak'"));
	printed = json ? print_report_json("rules", report.rules) : 0;
	return printed ? printed : report.result;
}

int command_classes(struct keychain_client *client, int argc, char **argv)
{
	struct arguments arguments;
	int result = arguments_read(client, argc, argv, OPTION_JSON, usage, &arguments);

	if (result)
		return result - ARGUMENTS_OVER;
	if (arguments.given & (OPTION_KEYCHAIN | OPTION_SYSTEM))
		result = complain_usage(_("'classes' takes no --%s: the rules are the same for all keychains; leave it out"),
					arguments.given & OPTION_KEYCHAIN ? "keychain" : "system");
	else
		result = list_rules(arguments.given & OPTION_JSON);
	arguments_free(&arguments);
	return result;
}
