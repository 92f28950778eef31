// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include "class.h"

const struct kb_class_info kb_classes[] = {
	{
		.class = KB_CLASS_A,
		.name = "A",
		.description = "file: complete",
		.availability = KB_WHEN_UNLOCKED,
		.wrapping = KB_WRAP_BAG,
	}, {
		.class = KB_CLASS_B,
		.name = "B",
		.description = "file: unless open",
		.availability = KB_WHEN_UNLOCKED,
		.wrapping = KB_WRAP_BAG,
		.asymmetric = true,
	}, {
		.class = KB_CLASS_C,
		.name = "C",
		.description = "file: until first unlock",
		.availability = KB_AFTER_FIRST_UNLOCK,
		.wrapping = KB_WRAP_BAG,
	}, {
		.class = KB_CLASS_D,
		.name = "D",
		.description = "file: none",
		.availability = KB_ALWAYS,
		.wrapping = KB_WRAP_DK_AND_BAG,
	}, {
		.class = KB_CLASS_AK,
		.name = "ak",
		.description = "when unlocked",
		.availability = KB_WHEN_UNLOCKED,
		.wrapping = KB_WRAP_BAG,
	}, {
		.class = KB_CLASS_CK,
		.name = "ck",
		.description = "after first unlock",
		.availability = KB_AFTER_FIRST_UNLOCK,
		.wrapping = KB_WRAP_BAG,
	}, {
		.class = KB_CLASS_DK,
		.name = "dk",
		.description = "always",
		.availability = KB_ALWAYS,
		.wrapping = KB_WRAP_DK_AND_BAG,
	}, {
		.class = KB_CLASS_AKU,
		.name = "aku",
		.description = "when unlocked, this device only",
		.availability = KB_WHEN_UNLOCKED,
		.wrapping = KB_WRAP_BAG_DEVICE,
		.this_device_only = true,
	}, {
		.class = KB_CLASS_CKU,
		.name = "cku",
		.description = "after first unlock, this device only",
		.availability = KB_AFTER_FIRST_UNLOCK,
		.wrapping = KB_WRAP_BAG_DEVICE,
		.this_device_only = true,
	}, {
		.class = KB_CLASS_DKU,
		.name = "dku",
		.description = "always, this device only",
		.availability = KB_ALWAYS,
		.wrapping = KB_WRAP_DKU,
		.this_device_only = true,
	}, {
		.class = KB_CLASS_AKPU,
		.name = "akpu",
		.description = "when passcode set, this device only",
		.availability = KB_WHEN_UNLOCKED,
		.wrapping = KB_WRAP_AKPU_DEVICE,
		.this_device_only = true,
	},
};

const unsigned int kb_class_count = ARRAY_SIZE(kb_classes);

const struct kb_class_info *kb_class_find(unsigned int class)
{
	/* Every number but 5 is assigned. Each blob that is opened asks: no search. */
	unsigned int i = class - 1 - (class > 5);

	return i < kb_class_count && kb_classes[i].class == class ? &kb_classes[i] : NULL;
}

const struct kb_class_info *kb_class_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < kb_class_count; i++)
		if (!strcmp(kb_classes[i].name, name))
			return &kb_classes[i];
	return NULL;
}
