// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Root's rules for classes of items. The files are in a folder of the test's own: CLASS_RULES_OF_....
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/keychain/rules/class_rules.h"
#include "helper/secretservice/bus/attributes.h"
#include "tests/unit/lib/tap.h"

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file)) {
		puts("Bail out! no file");
		exit(1);
	}
}

static const char *value_of(void *attributes, const char *name)
{
	return attributes_get(attributes, name);
}

static enum keychain_accessible class_of(const char *schema, const char *name, const char *value)
{
	struct attributes attributes = { 0 };

	if (schema)
		attributes_put(&attributes, ATTRIBUTE_SCHEMA, schema);
	if (name)
		attributes_put(&attributes, name, value);
	return class_rules_find(value_of, &attributes);
}

static void test_none(void)
{
	check(!class_of("org.example", NULL, NULL) && !class_of(NULL, NULL, NULL));
	tap_test("without files nothing is said");
}

static void test_rules(void)
{
	write_file(CLASS_RULES_OF_PACKAGES,
		   "# a comment\n\n \t\nschema org.example.* ck\n  schema\torg.other  dk \r\nattribute kind=back* cku\n"
		   "attribute empty= aku\nschema last dku");
	check(class_of("org.example.Mail", NULL, NULL) == KEYCHAIN_AFTER_FIRST_UNLOCK && !class_of("org.example", NULL, NULL));
	check(class_of("org.other", NULL, NULL) == KEYCHAIN_ALWAYS && !class_of("org.others", NULL, NULL));
	check(class_of("x", "kind", "background") == KEYCHAIN_AFTER_FIRST_UNLOCK_THIS_DEVICE && !class_of("x", "kind", "aback"));
	check(class_of(NULL, "empty", "") == KEYCHAIN_WHEN_UNLOCKED_THIS_DEVICE && !class_of(NULL, "empty", "x"));
	check(class_of("last", NULL, NULL) == KEYCHAIN_ALWAYS_THIS_DEVICE);
	tap_test("the first rule that matches says the class");
}

static void test_order(void)
{
	write_file(CLASS_RULES_OF_ADMINISTRATOR, "schema org.example.Mail ak\nschema org.example.Mail dk\n");
	check(class_of("org.example.Mail", NULL, NULL) == KEYCHAIN_WHEN_UNLOCKED);
	check(class_of("org.example.Other", NULL, NULL) == KEYCHAIN_AFTER_FIRST_UNLOCK);
	tap_test("the administrator's come before those of packages");
}

struct counts {
	unsigned int rules, mistakes, files;
	unsigned int last;	/* line with a mistake */
	int error;
};

static bool count_rule(void *context, const struct class_rule *rule)
{
	struct counts *counts = context;

	if (rule->accessible)
		counts->rules++;
	else
		counts->mistakes++;
	if (!rule->accessible)
		counts->last = rule->line;
	return true;
}

static void count_file(void *context, const char *file, int error)
{
	struct counts *counts = context;

	check(!strcmp(file, CLASS_RULES_OF_ADMINISTRATOR));
	counts->files++;
	counts->error = error;
}

static void test_mistakes(void)
{
	struct counts counts = { 0 };

	write_file(CLASS_RULES_OF_ADMINISTRATOR,
		   "schema x\nschema x ck more\nschema x xx\nschema\nscheme x ck\nattribute x ck\nattribute =y ck\nattribute x=y\n"
		   "schema org.example.Mail dk\n");
	check(!class_of("x", "x", "y") && class_of("org.example.Mail", NULL, NULL) == KEYCHAIN_ALWAYS);
	tap_test("a line with a mistake says nothing, and the others count");
	class_rules_read(count_rule, count_file, &counts);
	check(counts.mistakes == 8 && counts.last == 8 && counts.rules == 6 && !counts.files);
	tap_test("and is told with its number");
}

static void test_odd_files(void)
{
	struct counts counts = { 0 };

	check(!unlink(CLASS_RULES_OF_ADMINISTRATOR) && !mkfifo(CLASS_RULES_OF_ADMINISTRATOR, 0644));
	check(class_of("last", NULL, NULL) == KEYCHAIN_ALWAYS_THIS_DEVICE);
	class_rules_read(count_rule, count_file, &counts);
	check(counts.files == 1 && counts.error == -EINVAL && counts.rules == 5);
	tap_test("a pipe in the file's place holds nobody up, and is told");

	check(!unlink(CLASS_RULES_OF_ADMINISTRATOR) && !mkdir(CLASS_RULES_OF_ADMINISTRATOR, 0755));
	check(class_of("last", NULL, NULL) == KEYCHAIN_ALWAYS_THIS_DEVICE);
	check(!rmdir(CLASS_RULES_OF_ADMINISTRATOR) && !unlink(CLASS_RULES_OF_PACKAGES) && !symlink("/dev/null", CLASS_RULES_OF_PACKAGES));
	check(!symlink("not-there", CLASS_RULES_OF_ADMINISTRATOR));
	counts = (struct counts){ 0 };
	class_rules_read(count_rule, count_file, &counts);
	check(!counts.rules && counts.files == 1 && counts.error == -ENOLINK && !unlink(CLASS_RULES_OF_ADMINISTRATOR));
	tap_test("a link to what is not there is told");

	write_file(CLASS_RULES_OF_ADMINISTRATOR, "# mine\rschema last ck\rschema other ck\r");
	counts = (struct counts){ 0 };
	class_rules_read(count_rule, count_file, &counts);
	check(!counts.rules && counts.mistakes == 1 && !unlink(CLASS_RULES_OF_ADMINISTRATOR));
	tap_test("lines that end with a carriage return alone are a mistake, not a comment");

	counts = (struct counts){ 0 };
	class_rules_read(count_rule, count_file, &counts);
	check(!counts.rules && !counts.files && !class_of("last", NULL, NULL));
	tap_test("a link to /dev/null takes the rules of packages away");
}

int main(void)
{
	char folder[] = "/tmp/secretservice-rules-XXXXXX";

	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 1;
	tap_start();
	test_none();
	test_rules();
	test_order();
	test_mistakes();
	test_odd_files();
	unlink(CLASS_RULES_OF_ADMINISTRATOR);
	unlink(CLASS_RULES_OF_PACKAGES);
	rmdir(folder);
	return tap_end();
}
