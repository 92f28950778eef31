// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Root's rules for classes of items. The files are in a folder of the test's own: CLASS_RULES_OF_....
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/secretservice/store/class_rules.h"
#include "tests/unit/lib/tap.h"

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file)) {
		puts("Bail out! no file");
		exit(1);
	}
}

static enum keychain_accessible class_of(const char *schema, const char *name, const char *value)
{
	struct attributes attributes = { 0 };

	if (schema)
		attributes_put(&attributes, ATTRIBUTE_SCHEMA, schema);
	if (name)
		attributes_put(&attributes, name, value);
	return class_rules_find(&attributes);
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

static void test_mistakes(void)
{
	write_file(CLASS_RULES_OF_ADMINISTRATOR,
		   "schema x\nschema x ck more\nschema x xx\nschema\nscheme x ck\nattribute x ck\nattribute =y ck\nattribute x=y\n"
		   "schema org.example.Mail dk\n");
	check(!class_of("x", "x", "y") && class_of("org.example.Mail", NULL, NULL) == KEYCHAIN_ALWAYS);
	class_rules_check();
	tap_test("a line with a mistake says nothing, and the others count");
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
	unlink(CLASS_RULES_OF_ADMINISTRATOR);
	unlink(CLASS_RULES_OF_PACKAGES);
	rmdir(folder);
	return tap_end();
}
