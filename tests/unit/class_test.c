// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The class table against the table of the design: number, when available, how wrapped.
 */
#include "keybag/class.h"
#include "lib/tap.h"

static const struct expected {
	enum kb_class class;
	unsigned int number;
	enum kb_availability availability;
	enum kb_wrapping wrapping;
} expected[] = {
	{ KB_CLASS_A,	  1, KB_WHEN_UNLOCKED,	    KB_WRAP_BAG },
	{ KB_CLASS_B,	  2, KB_WHEN_UNLOCKED,	    KB_WRAP_BAG },
	{ KB_CLASS_C,	  3, KB_AFTER_FIRST_UNLOCK, KB_WRAP_BAG },
	{ KB_CLASS_D,	  4, KB_ALWAYS,		    KB_WRAP_DK_AND_BAG },
	{ KB_CLASS_AK,	  6, KB_WHEN_UNLOCKED,	    KB_WRAP_BAG },
	{ KB_CLASS_CK,	  7, KB_AFTER_FIRST_UNLOCK, KB_WRAP_BAG },
	{ KB_CLASS_DK,	  8, KB_ALWAYS,		    KB_WRAP_DK_AND_BAG },
	{ KB_CLASS_AKU,	  9, KB_WHEN_UNLOCKED,	    KB_WRAP_BAG_DEVICE },
	{ KB_CLASS_CKU,	 10, KB_AFTER_FIRST_UNLOCK, KB_WRAP_BAG_DEVICE },
	{ KB_CLASS_DKU,	 11, KB_ALWAYS,		    KB_WRAP_DKU },
	{ KB_CLASS_AKPU, 12, KB_WHEN_UNLOCKED,	    KB_WRAP_AKPU_DEVICE },
};

static void test_table(void)
{
	unsigned int i;

	check(kb_class_count == ARRAY_SIZE(expected));
	for (i = 0; i < ARRAY_SIZE(expected) && i < kb_class_count; i++) {
		check(kb_classes[i].class == expected[i].class);
		check((unsigned int)kb_classes[i].class == expected[i].number);
		check(kb_classes[i].availability == expected[i].availability);
		check(kb_classes[i].wrapping == expected[i].wrapping);
		check(kb_classes[i].asymmetric == (expected[i].class == KB_CLASS_B));
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
		check(kb_class_valid(number) == !!class);
		found += !!class;
	}
	check(found == ARRAY_SIZE(expected));
	check(!kb_class_find(0) && !kb_class_find(5) && !kb_class_find(13) && !kb_class_find(~0U));
	tap_test("a class is found by its number, and nothing by another");
}

int main(void)
{
	tap_start();
	test_table();
	test_find();
	return tap_end();
}
