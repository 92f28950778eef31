/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bags with secrets the test knows, and one function for each control command.
 *
 * Every function returns what the command returned (0 or more), or a negative errno.
 */
#ifndef KEYBAG_SELFTEST_BAG_H
#define KEYBAG_SELFTEST_BAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <keybag.h>

#include "device.h"

#define CLASS_COUNT	11
/* With B, which opens then, and seals at any time. */
#define WHEN_UNLOCKED_CLASSES \
	(KEYBAG_CLASS_BIT(KEYBAG_CLASS_A) | KEYBAG_CLASS_BIT(KEYBAG_CLASS_B) | \
	 KEYBAG_CLASS_BIT(KEYBAG_CLASS_AK) | \
	 KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKU) | KEYBAG_CLASS_BIT(KEYBAG_CLASS_AKPU))
#define AFTER_FIRST_CLASSES \
	(KEYBAG_CLASS_BIT(KEYBAG_CLASS_C) | KEYBAG_CLASS_BIT(KEYBAG_CLASS_CK) | \
	 KEYBAG_CLASS_BIT(KEYBAG_CLASS_CKU))
#define ALWAYS_CLASSES \
	(KEYBAG_CLASS_BIT(KEYBAG_CLASS_D) | KEYBAG_CLASS_BIT(KEYBAG_CLASS_DK) | \
	 KEYBAG_CLASS_BIT(KEYBAG_CLASS_DKU))

/* Every class number, by ascending number. */
extern const __u32 all_classes[CLASS_COUNT];

/* A secret of a protector, with the public half it was made with. */
struct secret {
	__u32 kind;		/* enum keybag_protector_kind */
	__u32 id;		/* of the protector, 0: the only one of that kind */
	__u32 length;
	__u8 bytes[KEYBAG_MAX_SECRET];
	__u8 salt[KEYBAG_SALT_SIZE];
};

struct bag {
	int device;		/* descriptor for control, opened with CAP_SYS_ADMIN */
	__u32 type;
	__u32 owner;
	__u8 uuid[KEYBAG_UUID_SIZE];
	struct secret secret;	/* of the first protector */
	__u8 form[KEYBAG_MAX_FORM];
	__u32 form_length;
	__u8 record[KEYBAG_MAX_RECORD];
	__u32 record_length;
};

/* A new secret of that kind, different from every other one. */
struct secret secret_new(__u32 kind);
struct keybag_secret secret_for_kernel(const struct secret *secret);
struct keybag_protector protector_for_kernel(const struct secret *secret);

/* Opens the device and prepares a bag of OWNER with a passcode; nothing is created yet. */
int bag_init(struct bag *bag);
/* Unloads leftovers of that owner, then makes the bag as prepared. The form is in bag->form. */
int bag_create(struct bag *bag);
int bag_load(struct bag *bag);
/* The same with all that the command takes and gives. */
int bag_load_with(struct bag *bag, struct keybag_load *load);
/* bag_init(), bag_create(), bag_load(); then bag_unlock() unless the kind needs none. */
int bag_unlocked(struct bag *bag);
/* Unloads the bag, if it is loaded, and closes the device. For FIXTURE_TEARDOWN(). */
void bag_finish(struct bag *bag);

int bag_unload(struct bag *bag);
int bag_begin(struct bag *bag, struct keybag_try *try);
int bag_cancel(struct bag *bag, __u64 try_id);
/* UNLOCK alone: @unlock has the try and is given the rest back. */
int bag_unlock_try(struct bag *bag, const struct secret *secret, struct keybag_unlock *unlock);
/* Begins a try and unlocks. */
int bag_unlock_with(struct bag *bag, const struct secret *secret, __u32 flags);
int bag_unlock(struct bag *bag);
int bag_lock(struct bag *bag);
int bag_lock_full(struct bag *bag);
int bag_status(struct bag *bag, struct keybag_status *status);
/* The state, or a negative errno. */
int bag_state(struct bag *bag);

/* Where a command writes a form or record, and what it wrote: nothing leaves what was there. */
struct keybag_buffer bag_form_buffer(struct bag *bag);
struct keybag_buffer bag_record_buffer(struct bag *bag);
void bag_keep_form(struct bag *bag, const struct keybag_buffer *buffer);
void bag_keep_record(struct bag *bag, const struct keybag_buffer *buffer);

/* change.c: CHANGE; begins a try unless @authority is NONE. The new form is in bag->form. */
int bag_change(struct bag *bag, const struct secret *authority, struct keybag_change *change);
int bag_commit(struct bag *bag, __u64 generation);
int bag_abort(struct bag *bag, __u64 generation);
/* bag_change() and bag_commit() to a new secret; bag->secret stays what it was. */
int bag_set_passcode(struct bag *bag, const struct secret *authority, const struct secret *secret);
int bag_remove_passcode(struct bag *bag, const struct secret *authority);
/* Returns the identifier of the new protector and sets secret->id. */
int bag_add_protector(struct bag *bag, const struct secret *authority, struct secret *secret);

int bag_read_form(struct bag *bag, struct keybag_read *read);
int bag_read_record(struct bag *bag, struct keybag_read *read);
int bag_record_saved(struct bag *bag, __u64 sequence);

/* A new descriptor bound to the bag by UUID, with the caller's rights. */
int bag_bind(const struct bag *bag);

/* The clock by which the module counts delays and lifetimes. */
__u64 now(void);

#endif /* KEYBAG_SELFTEST_BAG_H */
