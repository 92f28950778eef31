// SPDX-License-Identifier: GPL-2.0-only
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../crypto/x25519.h"
#include "../form/class_seal.h"
#include "../form/protector.h"
#include "form_builder.h"

struct keybag_form_builder *keybag_form_builder_new(void)
{
	return kzalloc(sizeof(struct keybag_form_builder), GFP_KERNEL);
}

static bool kdf_valid(const struct keybag_protector *protector, u32 kind)
{
	if (kind != KEYBAG_PROTECTOR_PASSCODE && kind != KEYBAG_PROTECTOR_BACKUP)
		return !protector->kdf_memory_kib && !protector->kdf_passes &&
		       !protector->kdf_lanes;
	return protector->kdf_memory_kib >= KB_KDF_MIN_MEMORY_KIB &&
	       protector->kdf_memory_kib <= KB_KDF_MAX_MEMORY_KIB &&
	       protector->kdf_passes >= 1 && protector->kdf_passes <= KB_KDF_MAX_PASSES &&
	       protector->kdf_lanes >= 1 && protector->kdf_lanes <= KB_KDF_MAX_LANES;
}

int keybag_form_builder_copy_protector(struct keybag_form_builder *builder,
				       const struct keybag_protector *protector, u32 kind)
{
	if (!kdf_valid(protector, kind) ||
	    protector->opaque_length > KEYBAG_MAX_PROTECTOR_OPAQUE)
		return -EINVAL;
	if (copy_from_user(builder->fresh_opaque, u64_to_user_ptr(protector->opaque),
			   protector->opaque_length))
		return -EFAULT;
	memcpy(builder->fresh_salt, protector->salt, KB_SALT_SIZE);
	builder->fresh = (struct kb_protector){
		.kind = (enum kb_protector_kind)kind,
		.kdf_memory_kib = protector->kdf_memory_kib,
		.kdf_passes = protector->kdf_passes,
		.kdf_lanes = protector->kdf_lanes,
		.opaque_length = protector->opaque_length,
		.salt = builder->fresh_salt,
		.opaque = builder->fresh_opaque,
	};
	return 0;
}

void keybag_form_builder_begin(struct keybag_form_builder *builder, const struct kb_form *form)
{
	builder->form = *form;
}

/* They are by id, so the last one has the highest. */
static u32 last_id(const struct kb_form *form)
{
	return form->protector_count ? form->protectors[form->protector_count - 1].id : 0;
}

static int append(struct keybag_form_builder *builder, u32 last, u32 *ret_id)
{
	struct kb_form *form = &builder->form;
	struct kb_protector *fresh = &form->protectors[form->protector_count];

	if (form->protector_count == KB_FORM_MAX_PROTECTORS || last == U32_MAX)
		return -EDQUOT;
	*fresh = builder->fresh;
	fresh->id = last + 1;
	form->protector_count++;
	*ret_id = fresh->id;
	return 0;
}

int keybag_form_builder_add_protector(struct keybag_form_builder *builder, u32 *ret_id)
{
	return append(builder, last_id(&builder->form), ret_id);
}

int keybag_form_builder_replace_protector(struct keybag_form_builder *builder, u32 id, u32 *ret_id)
{
	u32 last = last_id(&builder->form);

	keybag_form_builder_remove_protector(builder, id);
	return append(builder, last, ret_id);
}

void keybag_form_builder_remove_protector(struct keybag_form_builder *builder, u32 id)
{
	struct kb_form *form = &builder->form;
	u32 i, kept = 0;

	for (i = 0; i < form->protector_count; i++)
		if (form->protectors[i].id != id)
			form->protectors[kept++] = form->protectors[i];
	form->protector_count = kept;
}

unsigned int keybag_form_builder_count_protectors(const struct keybag_form_builder *builder,
						  enum kb_protector_kind kind)
{
	unsigned int count = 0;
	u32 i;

	for (i = 0; i < builder->form.protector_count; i++)
		count += builder->form.protectors[i].kind == kind;
	return count;
}

int keybag_form_builder_seal_protector(struct keybag_workspace *workspace,
				       struct keybag_form_builder *builder,
				       u32 id, const struct keybag_credential *credential,
				       const struct keybag_bag_keys *keys)
{
	struct kb_form *form = &builder->form;
	unsigned int place = builder->protector_count++;
	u32 i;

	if (WARN_ON_ONCE(place >= KEYBAG_FORM_BUILDER_PROTECTORS))
		return -EINVAL;
	for (i = 0; i < form->protector_count; i++)
		if (form->protectors[i].id == id)
			return keybag_protector_seal(workspace, form->uuid, &form->protectors[i],
						     credential, keys,
						     builder->protectors[place].verifier,
						     builder->protectors[place].sealed_bag,
						     builder->protectors[place].sealed_akpu);
	return -ENOENT;
}

struct kb_class_key *keybag_form_builder_class_key(struct keybag_form_builder *builder,
						   unsigned int class)
{
	struct kb_form *form = &builder->form;
	u32 place;

	for (place = 0; place < form->class_key_count; place++)
		if (form->class_keys[place].class >= class)
			break;
	if (place < form->class_key_count && form->class_keys[place].class == class)
		return &form->class_keys[place];

	memmove(&form->class_keys[place + 1], &form->class_keys[place],
		(form->class_key_count - place) * sizeof(form->class_keys[0]));
	form->class_key_count++;
	form->class_keys[place] = (struct kb_class_key){ .class = class };
	return &form->class_keys[place];
}

/* A random key; for a key pair the public half too. */
static int make_key(struct keybag_workspace *workspace, const struct kb_class_info *info,
		    u8 *public_half)
{
	if (info->asymmetric)
		return keybag_x25519_make(workspace->class_key, public_half) ? 0 : -EINVAL;
	get_random_bytes(workspace->class_key, KEYBAG_KEY_SIZE);
	return 0;
}

int keybag_form_builder_make_class_key(struct keybag_workspace *workspace,
				       struct keybag_form_builder *builder,
				       unsigned int class, const struct keybag_bag_keys *keys)
{
	const struct kb_class_info *info = kb_class_find(class);
	struct kb_class_key *key = keybag_form_builder_class_key(builder, class);
	u8 *public_half = builder->class_keys[class].public_half;
	int err;

	if (key->key_generation == U32_MAX)
		return -EDQUOT;
	err = make_key(workspace, info, public_half);
	if (err)
		return err;
	key->algorithm = info->asymmetric ? KB_ALGORITHM_X25519 : KB_ALGORITHM_AES_256;
	key->public_half = info->asymmetric ? public_half : NULL;
	key->copies = info->wrapping == KB_WRAP_DK_AND_BAG && !keys->backup ? 2 : 1;
	key->key_generation++;
	return keybag_class_seal(workspace, builder->form.uuid, key, keys,
				 builder->class_keys[class].sealed);
}

static bool has_class(const struct keybag_bag_keys *keys, const struct kb_class_info *info)
{
	if (keys->backup)
		return KB_CLASS_BACKUP_NUMBERS >> info->class & 1;
	return info->wrapping != KB_WRAP_AKPU_DEVICE || keys->has_akpu;
}

int keybag_form_builder_make_class_keys(struct keybag_workspace *workspace,
					struct keybag_form_builder *builder,
					const struct keybag_bag_keys *keys)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < kb_class_count && !err; i++)
		if (has_class(keys, &kb_classes[i]))
			err = keybag_form_builder_make_class_key(workspace, builder,
								 kb_classes[i].class,
								 keys);
	memzero_explicit(workspace->class_key, sizeof(workspace->class_key));
	return err;
}

int keybag_form_builder_reseal_class_key(struct keybag_workspace *workspace,
					 struct keybag_form_builder *builder,
					 unsigned int class, const struct keybag_bag_keys *keys,
					 const struct keybag_bag_keys *new_keys)
{
	struct kb_class_key *key = keybag_form_builder_class_key(builder, class);
	int err;

	/* The last copy is under K_bag, wherever there is more than one. */
	err = keybag_class_open(workspace, builder->form.uuid, key, KEYBAG_COPY_LAST, keys);
	if (!err)
		err = keybag_class_seal(workspace, builder->form.uuid, key, new_keys,
					builder->class_keys[class].sealed);
	memzero_explicit(workspace->class_key, sizeof(workspace->class_key));
	return err;
}
