// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command has a word for every attribute and class of the keychain, and knows where it belongs as the keychain does.
 */
#include <ctype.h>
#include <string.h>

#include "helper/keychain/command/attribute_name.h"
#include "helper/keychain/store/attribute.h"
#include "lib/tap.h"


static void test_every_attribute(void)
{
	for (size_t i = 0; i < attribute_count(); i++) {
		const struct attribute *attribute = attribute_at(i);
		const struct attribute_name *name = attribute_name_of(attribute->name);

		if (attribute->kind == ATTRIBUTE_INTERNAL)
			check(!name);
		else if (!check(name) || !check(name->classes == attribute->classes) ||
			 !check(name->unique == attribute->unique))
			printf("# %s\n", attribute->name);
	}
	tap_test("each attribute has a name, and is of the classes that the keychain has it in");
}

static void test_names(void)
{
	for (size_t i = 0; i < attribute_name_count(); i++) {
		const struct attribute_name *name = attribute_name_at(i);

		check(attribute_name_find(name->name) == name && attribute_name_of(name->key) == name);
		check(strlen(name->name) >= 4);
		for (const char *letter = name->name; *letter; letter++)
			check(islower((unsigned char)*letter) || isdigit((unsigned char)*letter) || *letter == '-');
		check(strlen(name->key) != 4 || attribute_by_name(name->key));
	}
	check(!attribute_name_find("acct") && !attribute_name_of("account"));
	tap_test("each name is there once, and none is of an attribute that the keychain has not");
}

static void test_classes(void)
{
	for (int i = 0; i < ITEM_CLASSES; i++) {
		const char *key = item_class_name((enum item_class)i);

		check(class_bit(key) == 1U << i);
		check(strcmp(class_name(key), key) && !strcmp(class_key(class_name(key)), key));
	}
	check(!class_key("genp") && !class_bit("password"));
	tap_test("classes of items");
}

/* Takes @value. */
static void is_shown(struct value *item, const char *key, struct value *value, const char *name,
		     const struct value *as)
{
	struct value *named;

	value_set(item, key, value);
	named = item_named(item);
	if (!check(as ? value_equal(value_get(named, name), as) : !value_get(named, name)))
		printf("# %s\n", name);
	value_free(named);
}

static void test_items(void)
{
	struct value *item = value_dictionary(), *yes = value_boolean(true), *no = value_boolean(false);
	struct value *https = value_string("https"), *other = value_string("tpch"), *class = value_string("internet-password");
	struct value *zero = value_integer(0), *port = value_integer(443), *empty = value_data("", 0);

	is_shown(item, "class", value_string("inet"), "class", class);
	is_shown(item, "acct", value_string(""), "account", NULL);
	is_shown(item, "vwht", value_string(""), "view-hint", NULL);
	is_shown(item, "port", value_integer(0), "port", NULL);
	is_shown(item, "port", value_integer(443), "port", port);
	is_shown(item, "kcls", value_integer(0), "key-class", zero);
	is_shown(item, "ptcl", value_string("htps"), "protocol", https);
	is_shown(item, "ptcl", value_string("tpch"), "protocol", other);
	is_shown(item, "sync", value_integer(0), "synchronizable", NULL);
	is_shown(item, "sync", value_integer(1), "synchronizable", yes);
	is_shown(item, "sign", value_integer(0), "can-sign", no);
	is_shown(item, "edat", value_date(0), "end-date", NULL);
	is_shown(item, "v_Data", value_data("", 0), "secret", empty);
	check(!strcmp(attribute_code("ptcl", "https"), "htps") && !attribute_code("ptcl", "htp") &&
	      !attribute_code("atyp", "https"));
	value_free(item);
	value_free(yes);
	value_free(no);
	value_free(https);
	value_free(other);
	value_free(class);
	value_free(zero);
	value_free(port);
	value_free(empty);
	tap_test("items have words for letters, and nothing that is empty");
}

int main(void)
{
	tap_start();
	test_every_attribute();
	test_names();
	test_classes();
	test_items();
	return tap_end();
}
