// SPDX-License-Identifier: GPL-2.0-or-later
#include "class_rules.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"

static const char *const files[] = { CLASS_RULES_OF_ADMINISTRATOR, CLASS_RULES_OF_PACKAGES };

struct rule {
	const char *name;	/* of the attribute */
	const char *pattern;
	enum keychain_accessible accessible;
};

static enum keychain_accessible accessible_of(const char *text)
{
	for (int accessible = KEYCHAIN_WHEN_UNLOCKED; accessible <= KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE; accessible++) {
		if (!strcmp(text, keychain_accessible_name((enum keychain_accessible)accessible)))
			return (enum keychain_accessible)accessible;
	}
	return 0;
}

/* NAME=PATTERN, taken apart in place. */
static bool take_apart(char *text, struct rule *rule)
{
	char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return false;
	*equals = 0;
	rule->name = text;
	rule->pattern = equals + 1;
	return true;
}

/* Takes @line apart. Returns 1 (a rule), 0 (a line without one) or -1 (a mistake). */
static int read_rule(char *line, struct rule *rule)
{
	static const char blanks[] = " \t\r\n";
	char *rest = NULL, *kind = strtok_r(line, blanks, &rest), *what, *class;

	if (!kind || *kind == '#')
		return 0;
	what = strtok_r(NULL, blanks, &rest);
	class = what ? strtok_r(NULL, blanks, &rest) : NULL;
	rule->accessible = class && !strtok_r(NULL, blanks, &rest) ? accessible_of(class) : 0;
	if (!rule->accessible)
		return -1;
	if (!strcmp(kind, "attribute"))
		return take_apart(what, rule) ? 1 : -1;
	rule->name = ATTRIBUTE_SCHEMA;
	rule->pattern = what;
	return strcmp(kind, "schema") ? -1 : 1;
}

static bool matches(const struct rule *rule, const struct attributes *attributes)
{
	const char *value = attributes_get(attributes, rule->name);

	return value && !fnmatch(rule->pattern, value, 0);
}

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* The class by the first rule of the file that matches; 0: none. @attributes NULL: tells of mistakes. */
static enum keychain_accessible read_file(const char *path, const struct attributes *attributes)
{
	CLEANUP(close_file) FILE *file = fopen(path, "re");
	CLEANUP_FREE char *line = NULL;
	struct rule rule;
	size_t size = 0;
	int result;

	for (unsigned int number = 1; file && getline(&line, &size, file) > 0; number++) {
		result = read_rule(line, &rule);
		if (result > 0 && attributes && matches(&rule, attributes))
			return rule.accessible;
		if (result < 0 && !attributes)
			log_warning("%s, line %u: a rule is 'schema PATTERN CLASS' or 'attribute NAME=PATTERN CLASS'", path, number);
	}
	return 0;
}

enum keychain_accessible class_rules_find(const struct attributes *attributes)
{
	enum keychain_accessible accessible = 0;

	for (size_t at = 0; !accessible && at < sizeof(files) / sizeof(*files); at++)
		accessible = read_file(files[at], attributes);
	return accessible;
}

void class_rules_check(void)
{
	for (size_t at = 0; at < sizeof(files) / sizeof(*files); at++)
		read_file(files[at], NULL);
}
