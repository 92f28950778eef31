// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The class table against the table of the design: number, name, when available, how wrapped.
 */
#include "keybag/class.h"
#include "tap.h"

static const struct expected {
	enum kb_class class;
	unsigned int number;
	const char *name;
	enum kb_availability availability;
	enum kb_wrapping wrapping;
	bool this_device_only;
} expected[] = {
	{ KB_CLASS_A,	  1, "A",    KB_WHEN_UNLOCKED,	    KB_WRAP_BAG,	 false },
	{ KB_CLASS_B,	  2, "B",    KB_WHEN_UNLOCKED,	    KB_WRAP_BAG,	 false },
	{ KB_CLASS_C,	  3, "C",    KB_AFTER_FIRST_UNLOCK, KB_WRAP_BAG,	 false },
	{ KB_CLASS_D,	  4, "D",    KB_ALWAYS,		    KB_WRAP_DK_AND_BAG,	 false },
	{ KB_CLASS_AK,	  6, "ak",   KB_WHEN_UNLOCKED,	    KB_WRAP_BAG,	 false },
	{ KB_CLASS_CK,	  7, "ck",   KB_AFTER_FIRST_UNLOCK, KB_WRAP_BAG,	 false },
	{ KB_CLASS_DK,	  8, "dk",   KB_ALWAYS,		    KB_WRAP_DK_AND_BAG,	 false },
	{ KB_CLASS_AKU,	  9, "aku",  KB_WHEN_UNLOCKED,	    KB_WRAP_BAG_DEVICE,	 true },
	{ KB_CLASS_CKU,	 10, "cku",  KB_AFTER_FIRST_UNLOCK, KB_WRAP_BAG_DEVICE,	 true },
	{ KB_CLASS_DKU,	 11, "dku",  KB_ALWAYS,		    KB_WRAP_DKU,	 true },
	{ KB_CLASS_AKPU, 12, "akpu", KB_WHEN_UNLOCKED,	    KB_WRAP_AKPU_DEVICE, true },
};

static void test_table(void)
{
	unsigned int i;

	check(kb_class_count == ARRAY_SIZE(expected));
	for (i = 0; i < ARRAY_SIZE(expected) && i < kb_class_count; i++) {
		check(kb_classes[i].class == expected[i].class);
		check((unsigned int)kb_classes[i].class == expected[i].number);
		check(!strcmp(kb_classes[i].name, expected[i].name));
		check(kb_classes[i].availability == expected[i].availability);
		check(kb_classes[i].wrapping == expected[i].wrapping);
		check(kb_classes[i].this_device_only == expected[i].this_device_only);
		check(kb_classes[i].asymmetric == (expected[i].class == KB_CLASS_B));
		check(strlen(kb_classes[i].description) > 0);
		check(kb_classes[i].class < KB_CLASS_SLOTS);
	}
	tap_test("the table of classes is that of the design");
}

static void test_find(void)
{
	const struct kb_class_info *class;
	unsigned int number, found = 0;

	for (number = 0; number < 300; number++) {
		class = kb_class_find(number);
		check(!class || (unsigned int)class->class == number);
		found += !!class;
	}
	check(found == ARRAY_SIZE(expected));
	check(!kb_class_find(0) && !kb_class_find(5) && !kb_class_find(13) && !kb_class_find(~0U));
	tap_test("a class is found by its number, and nothing by another");
}

static void test_by_name(void)
{
	static const char * const unknown[] = { "", "a", "AKPU", "Ak", "akp", "akpuu", "ak ", "b" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(expected); i++)
		check(kb_class_by_name(expected[i].name) == kb_class_find(expected[i].number));
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		check(!kb_class_by_name(unknown[i]));
	tap_test("a class is found by its name, exactly");
}

int main(void)
{
	tap_start();
	test_table();
	test_find();
	test_by_name();
	return tap_end();
}
