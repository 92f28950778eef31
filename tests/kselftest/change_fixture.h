/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of changes: an unlocked keybag, a blob of each class, a passcode and a code to come.
 */
#ifndef CHANGE_FIXTURE_H
#define CHANGE_FIXTURE_H

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "format.h"
#include "harness.h"

static const __u8 plaintext[32] = "what outlives every passcode ...";

#define BLOB	(sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD)
#define LONGEST	(sizeof(plaintext) + KEYBAG_BLOB_OVERHEAD_B)

FIXTURE(change)
{
	struct bag bag;			/* unlocked */
	int fd;
	struct secret passcode;		/* the next one */
	struct secret code;		/* a recovery code, not added */
	__u8 blobs[CLASS_COUNT][LONGEST];
};

FIXTURE_SETUP(change)
{
	unsigned int i;

	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	self->passcode = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	self->code = secret_new(KEYBAG_PROTECTOR_RECOVERY);
	for (i = 0; i < CLASS_COUNT; i++) {
		ASSERT_EQ(sizeof(plaintext) + blob_overhead(all_classes[i]),
			  data_wrap(self->fd, all_classes[i], plaintext, sizeof(plaintext), NO_AAD,
				    self->blobs[i]));
	}
}

FIXTURE_TEARDOWN(change)
{
	close(self->fd);
	bag_finish(&self->bag);
}

/* Mask of the classes whose blobs open. */
static inline __u32 opening(const FIXTURE_DATA(change) *self)
{
	__u8 opened[KEYBAG_MAX_PAYLOAD];
	__u32 mask = 0;
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++)
		if (data_unwrap(self->fd, self->blobs[i],
				sizeof(plaintext) + blob_overhead(all_classes[i]), NO_AAD,
				opened) == sizeof(plaintext) &&
		    !memcmp(opened, plaintext, sizeof(plaintext)))
			mask |= KEYBAG_CLASS_BIT(all_classes[i]);
	return mask;
}

#define ALL_OPENING	KEYBAG_CLASSES_ALL
#define AKPU		KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU)

static inline __u32 flags(FIXTURE_DATA(change) *self)
{
	struct keybag_status status;

	return bag_status(&self->bag, &status) ? ~0U : status.flags;
}

static inline struct keybag_change to_passcode(const struct secret *secret)
{
	return (struct keybag_change){
		.action = KEYBAG_ACTION_SET_PASSCODE,
		.protector = protector_for_kernel(secret),
		.secret = secret_for_kernel(secret),
	};
}

/* Unloads and loads the form that was last returned, and unlocks with @secret. */
static inline int reload(FIXTURE_DATA(change) *self, const struct secret *secret)
{
	int result = bag_unload(&self->bag);

	if (!result)
		result = bag_load(&self->bag);
	if (!result && secret->kind != KEYBAG_PROTECTOR_NONE)
		result = bag_unlock_with(&self->bag, secret, 0);
	close(self->fd);
	self->fd = bag_bind(&self->bag);
	return result;
}

#endif /* CHANGE_FIXTURE_H */
