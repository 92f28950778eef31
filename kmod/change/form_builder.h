/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A form in the making: what is kept points into the form it comes from, what is new is in here.
 */
#ifndef _KEYBAG_FORM_BUILDER_H
#define _KEYBAG_FORM_BUILDER_H

#include "../../keybag/form.h"
#include "../form/protector.h"
#include "../form/workspace.h"

/*
 * Protectors that may be made or sealed anew in one form: one that is added and one that is
 * carried on, or two that are carried on.
 */
#define KEYBAG_FORM_BUILDER_PROTECTORS	2

/**
 * struct keybag_form_builder - a form in the making; nothing in it is secret
 * @form: as far as it is made
 * @fresh: public half of the protector to add, without id; kind 0: none
 * @fresh_opaque: of @fresh
 * @fresh_salt: of @fresh
 * @protectors: sealed parts of new protectors and of those sealed anew
 * @protector_count: of @protectors in use
 * @class_keys: public halves and sealed keys of class keys that are new or sealed anew, by class
 */
struct keybag_form_builder {
	struct kb_form form;
	struct kb_protector fresh;
	u8 fresh_opaque[KB_MAX_OPAQUE];
	u8 fresh_salt[KB_SALT_SIZE];
	struct {
		u8 verifier[KB_VERIFIER_SIZE];
		u8 sealed_bag[KB_SEALED_KEY_SIZE];
		u8 sealed_akpu[KB_SEALED_KEY_SIZE];
	} protectors[KEYBAG_FORM_BUILDER_PROTECTORS];
	unsigned int protector_count;
	struct {
		u8 public_half[KB_PUBLIC_SIZE];
		u8 sealed[2][KB_SEALED_KEY_SIZE];
	} class_keys[KB_CLASS_SLOTS];
};

/* An empty one; kfree() it. */
struct keybag_form_builder *keybag_form_builder_new(void);

/* Copies the public half of a protector in from user memory. Errors: -EINVAL, -EFAULT. */
int keybag_form_builder_copy_protector(struct keybag_form_builder *builder,
				       const struct keybag_protector *protector, u32 kind);

/* Begins with what @form says; the generation is to come. @form has to outlive @builder. */
void keybag_form_builder_begin(struct keybag_form_builder *builder, const struct kb_form *form);

/* Appends @fresh under a new id, its sealed parts to come. -EDQUOT where there are too many. */
int keybag_form_builder_add_protector(struct keybag_form_builder *builder, u32 *ret_id);

/* Takes out the protector with that id, and appends @fresh as above. */
int keybag_form_builder_replace_protector(struct keybag_form_builder *builder, u32 id, u32 *ret_id);

/* Takes out the protector with that id. */
void keybag_form_builder_remove_protector(struct keybag_form_builder *builder, u32 id);

/* Number of protectors of that kind. */
unsigned int keybag_form_builder_count_protectors(const struct keybag_form_builder *builder,
						  enum kb_protector_kind kind);

/* Seals @keys in the protector with that id. */
int keybag_form_builder_seal_protector(struct keybag_workspace *workspace,
				       struct keybag_form_builder *builder,
				       u32 id, const struct keybag_credential *credential,
				       const struct keybag_bag_keys *keys);

/* The record of a class, appended where there is none. */
struct kb_class_key *keybag_form_builder_class_key(struct keybag_form_builder *builder,
						   unsigned int class);

/*
 * Gives a class a new key, of the next generation, and leaves it in @workspace->class_key for the
 * caller to use and wipe.
 */
int keybag_form_builder_make_class_key(struct keybag_workspace *workspace,
				       struct keybag_form_builder *builder,
				       unsigned int class, const struct keybag_bag_keys *keys);

/*
 * Makes first class keys for all classes, akpu where @keys has K_akpu; of a backup keybag for those
 * that it has.
 */
int keybag_form_builder_make_class_keys(struct keybag_workspace *workspace,
					struct keybag_form_builder *builder,
					const struct keybag_bag_keys *keys);

/*
 * Opens the class key in the record with @keys and seals it again with @new_keys.
 */
int keybag_form_builder_reseal_class_key(struct keybag_workspace *workspace,
					 struct keybag_form_builder *builder,
					 unsigned int class, const struct keybag_bag_keys *keys,
					 const struct keybag_bag_keys *new_keys);

#endif /* _KEYBAG_FORM_BUILDER_H */
