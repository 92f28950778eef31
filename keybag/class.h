/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Protection classes: numbers, and in which lock state a class key may be used.
 */
#ifndef KEYBAG_CLASS_H
#define KEYBAG_CLASS_H

#include "port.h"

/* Numbers as in sealed forms and blobs. 5, 13 and up are not assigned. */
enum kb_class {
	KB_CLASS_A	= 1,
	KB_CLASS_B	= 2,
	KB_CLASS_C	= 3,
	KB_CLASS_D	= 4,
	KB_CLASS_AK	= 6,
	KB_CLASS_CK	= 7,
	KB_CLASS_DK	= 8,
	KB_CLASS_AKU	= 9,
	KB_CLASS_CKU	= 10,
	KB_CLASS_DKU	= 11,
	KB_CLASS_AKPU	= 12,
};

#define KB_CLASS_SLOTS	16	/* class numbers are below this */
#define KB_CLASS_NUMBERS	0x1fdeU	/* the assigned ones, a bit each */

/* When a class key is available. */
enum kb_availability {
	KB_WHEN_UNLOCKED,
	KB_AFTER_FIRST_UNLOCK,
	KB_ALWAYS,
};

/* The key that wraps a class key in the sealed form (docs/format.md). */
enum kb_wrapping {
	KB_WRAP_BAG,		/* K_bag */
	KB_WRAP_BAG_DEVICE,	/* K_bag with D_tdo */
	KB_WRAP_AKPU_DEVICE,	/* K_akpu with D_tdo */
	KB_WRAP_DKU,		/* D_dku */
	KB_WRAP_DK_AND_BAG,	/* two copies: D_dk, K_bag */
};

struct kb_class_info {
	enum kb_class class;
	enum kb_availability availability;
	enum kb_wrapping wrapping;
	bool asymmetric;		/* class B */
};

/* All classes, by ascending number. */
extern const struct kb_class_info kb_classes[];
extern const unsigned int kb_class_count;

/* Classes that a backup keybag has keys of: those of the keychain, without akpu. */
#define KB_CLASS_BACKUP_NUMBERS	0xfc0U

/* The key that wraps the class key in a backup keybag: none of the device alone. */
enum kb_wrapping kb_class_backup_wrapping(const struct kb_class_info *class);

/* Whether there is a class with that number. */
static inline bool kb_class_valid(unsigned int class)
{
	return class < KB_CLASS_SLOTS && KB_CLASS_NUMBERS >> class & 1;
}

/* The class with that number, or NULL. */
const struct kb_class_info *kb_class_find(unsigned int class);

#endif /* KEYBAG_CLASS_H */
