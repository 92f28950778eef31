// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include "class.h"

const struct kb_class_info kb_classes[] = {
	{ .class = KB_CLASS_A, .availability = KB_WHEN_UNLOCKED, .wrapping = KB_WRAP_BAG },
	{ .class = KB_CLASS_B, .availability = KB_WHEN_UNLOCKED, .wrapping = KB_WRAP_BAG,
	  .asymmetric = true },
	{ .class = KB_CLASS_C, .availability = KB_AFTER_FIRST_UNLOCK, .wrapping = KB_WRAP_BAG },
	{ .class = KB_CLASS_D, .availability = KB_ALWAYS, .wrapping = KB_WRAP_DK_AND_BAG },
	{ .class = KB_CLASS_AK, .availability = KB_WHEN_UNLOCKED, .wrapping = KB_WRAP_BAG },
	{ .class = KB_CLASS_CK, .availability = KB_AFTER_FIRST_UNLOCK, .wrapping = KB_WRAP_BAG },
	{ .class = KB_CLASS_DK, .availability = KB_ALWAYS, .wrapping = KB_WRAP_DK_AND_BAG },
	{ .class = KB_CLASS_AKU, .availability = KB_WHEN_UNLOCKED, .wrapping = KB_WRAP_BAG_DEVICE },
	{ .class = KB_CLASS_CKU, .availability = KB_AFTER_FIRST_UNLOCK,
	  .wrapping = KB_WRAP_BAG_DEVICE },
	{ .class = KB_CLASS_DKU, .availability = KB_ALWAYS, .wrapping = KB_WRAP_DKU },
	{ .class = KB_CLASS_AKPU, .availability = KB_WHEN_UNLOCKED,
	  .wrapping = KB_WRAP_AKPU_DEVICE },
};

const unsigned int kb_class_count = ARRAY_SIZE(kb_classes);

const struct kb_class_info *kb_class_find(unsigned int class)
{
	unsigned int i;

	for (i = 0; i < kb_class_count; i++)
		if (kb_classes[i].class == class)
			return &kb_classes[i];
	return NULL;
}

enum kb_wrapping kb_class_backup_wrapping(const struct kb_class_info *class)
{
	/* Each under the backup password: dku would else be open to whoever has the device key. */
	switch (class->wrapping) {
	case KB_WRAP_BAG_DEVICE:
	case KB_WRAP_DKU:
		return KB_WRAP_BAG_DEVICE;
	default:
		return KB_WRAP_BAG;
	}
}
