// SPDX-License-Identifier: GPL-2.0-or-later
#include "class_rules.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cleanup.h"
#include "helper/common/settings_file.h"
#include "helper/keychain/base/reserved_names.h"

static const char *const files[] = { CLASS_RULES_OF_ADMINISTRATOR, CLASS_RULES_OF_PACKAGES };

static enum keychain_accessible accessible_of(const char *text)
{
	for (int accessible = KEYCHAIN_WHEN_UNLOCKED; accessible <= KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE; accessible++) {
		if (!strcmp(text, keychain_accessible_name((enum keychain_accessible)accessible)))
			return (enum keychain_accessible)accessible;
	}
	return 0;
}

/* NAME=PATTERN, taken apart in place. */
static bool take_apart(char *text, struct class_rule *rule)
{
	char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return false;
	*equals = 0;
	rule->name = text;
	rule->pattern = equals + 1;
	return true;
}

/* Takes @line apart. False: there is no rule in it, nor a mistake. */
static bool read_rule(char *line, size_t length, struct class_rule *rule)
{
	static const char blanks[] = " \t\r\n";
	char *rest = NULL, *kind, *what, *class;
	bool good;

	rule->name = rule->pattern = NULL;
	rule->accessible = 0;
	if (!settings_file_is_text(line, length))
		return true;
	kind = strtok_r(line, blanks, &rest);
	if (!kind || *kind == '#')
		return false;
	what = strtok_r(NULL, blanks, &rest);
	class = what ? strtok_r(NULL, blanks, &rest) : NULL;
	if (!class || strtok_r(NULL, blanks, &rest))
		return true;
	if (!strcmp(kind, "attribute")) {
		good = take_apart(what, rule);
	} else {
		rule->name = SCHEMA_ATTRIBUTE;
		rule->pattern = what;
		good = !strcmp(kind, "schema");
	}
	if (good)
		rule->accessible = accessible_of(class);
	if (!rule->accessible)
		rule->name = rule->pattern = NULL;
	return true;
}

/* Returns 1 (go on), 0 (@take has ended the reading) or a negative errno. */
static int read_file(const char *path, class_rules_take *take, void *context)
{
	CLEANUP_FILE FILE *file = NULL;
	CLEANUP_FREE char *line = NULL;
	struct class_rule rule = { .file = path };
	size_t size = 0;
	ssize_t length;
	int result = settings_file_open(path, &file);

	if (result < 0)
		return result == -ENOENT ? 1 : result;
	while ((length = getline(&line, &size, file)) >= 0) {
		rule.line++;
		if (read_rule(line, (size_t)length, &rule) && !take(context, &rule))
			return 0;
	}
	return feof(file) ? 1 : -errno;
}

void class_rules_read(class_rules_take *take, class_rules_fail *fail, void *context)
{
	int result = 1;

	for (size_t at = 0; result && at < sizeof(files) / sizeof(*files); at++) {
		result = read_file(files[at], take, context);
		if (result < 0 && fail)
			fail(context, files[at], result);
	}
}

struct search {
	class_rules_value *value;
	void *context;
	enum keychain_accessible found;
};

static bool matches(void *context, const struct class_rule *rule)
{
	struct search *search = context;
	const char *value = rule->name ? search->value(search->context, rule->name) : NULL;

	if (value && !fnmatch(rule->pattern, value, 0))
		search->found = rule->accessible;
	return !search->found;
}

enum keychain_accessible class_rules_find(class_rules_value *value, void *context)
{
	struct search search = { .value = value, .context = context };

	class_rules_read(matches, NULL, &search);
	return search.found;
}
