// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/curve25519.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "burn.h"
#include "class_wrap.h"
#include "draft.h"
#include "protector.h"

struct keybag_draft *keybag_draft_new(void)
{
	return kzalloc(sizeof(struct keybag_draft), GFP_KERNEL);
}

static bool kdf_valid(const struct keybag_protector *protector, u32 kind)
{
	if (kind != KEYBAG_PROTECTOR_PASSCODE)
		return !protector->kdf_memory_kib && !protector->kdf_passes &&
		       !protector->kdf_lanes;
	return protector->kdf_memory_kib >= KB_KDF_MIN_MEMORY_KIB &&
	       protector->kdf_memory_kib <= KB_KDF_MAX_MEMORY_KIB &&
	       protector->kdf_passes >= 1 && protector->kdf_passes <= KB_KDF_MAX_PASSES &&
	       protector->kdf_lanes >= 1 && protector->kdf_lanes <= KB_KDF_MAX_LANES;
}

int keybag_draft_copy_protector(struct keybag_draft *draft,
				const struct keybag_protector *protector, u32 kind)
{
	if (!kdf_valid(protector, kind) ||
	    protector->opaque_length > KEYBAG_MAX_PROTECTOR_OPAQUE)
		return -EINVAL;
	if (copy_from_user(draft->fresh_opaque, u64_to_user_ptr(protector->opaque),
			   protector->opaque_length))
		return -EFAULT;
	memcpy(draft->fresh_salt, protector->salt, KB_SALT_SIZE);
	draft->fresh = (struct kb_protector){
		.kind = (enum kb_protector_kind)kind,
		.kdf_memory_kib = protector->kdf_memory_kib,
		.kdf_passes = protector->kdf_passes,
		.kdf_lanes = protector->kdf_lanes,
		.opaque_length = protector->opaque_length,
		.salt = draft->fresh_salt,
		.opaque = draft->fresh_opaque,
	};
	return 0;
}

void keybag_draft_begin(struct keybag_draft *draft, const struct kb_form *form)
{
	draft->form = *form;
	draft->form.generation++;
}

/* They are by id, so the last one has the highest. */
static u32 last_id(const struct kb_form *form)
{
	return form->protector_count ? form->protectors[form->protector_count - 1].id : 0;
}

static int append(struct keybag_draft *draft, u32 last, u32 *ret_id)
{
	struct kb_form *form = &draft->form;
	struct kb_protector *fresh = &form->protectors[form->protector_count];

	if (form->protector_count == KB_FORM_MAX_PROTECTORS || last == U32_MAX)
		return -EDQUOT;
	*fresh = draft->fresh;
	fresh->id = last + 1;
	form->protector_count++;
	*ret_id = fresh->id;
	return 0;
}

int keybag_draft_add_protector(struct keybag_draft *draft, u32 *ret_id)
{
	return append(draft, last_id(&draft->form), ret_id);
}

int keybag_draft_replace_protector(struct keybag_draft *draft, u32 id, u32 *ret_id)
{
	u32 last = last_id(&draft->form);

	keybag_draft_remove_protector(draft, id);
	return append(draft, last, ret_id);
}

void keybag_draft_remove_protector(struct keybag_draft *draft, u32 id)
{
	struct kb_form *form = &draft->form;
	u32 i, kept = 0;

	for (i = 0; i < form->protector_count; i++)
		if (form->protectors[i].id != id)
			form->protectors[kept++] = form->protectors[i];
	form->protector_count = kept;
}

unsigned int keybag_draft_count_protectors(const struct keybag_draft *draft,
					   enum kb_protector_kind kind)
{
	unsigned int count = 0;
	u32 i;

	for (i = 0; i < draft->form.protector_count; i++)
		count += draft->form.protectors[i].kind == kind;
	return count;
}

int keybag_draft_seal_protector(struct keybag_workspace *workspace, struct keybag_draft *draft,
				u32 id, const struct keybag_credential *credential,
				const struct keybag_bag_keys *keys)
{
	struct kb_form *form = &draft->form;
	unsigned int place = draft->protector_count++;
	u32 i;

	if (WARN_ON_ONCE(place >= KEYBAG_DRAFT_PROTECTORS))
		return -EINVAL;
	for (i = 0; i < form->protector_count; i++)
		if (form->protectors[i].id == id)
			return keybag_protector_seal(workspace, form->uuid, &form->protectors[i],
						     credential, keys,
						     draft->protectors[place].verifier,
						     draft->protectors[place].sealed_bag,
						     draft->protectors[place].sealed_akpu);
	return -ENOENT;
}

struct kb_class_key *keybag_draft_class_key(struct keybag_draft *draft, unsigned int class)
{
	struct kb_form *form = &draft->form;
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
	bool made = true;

	if (info->asymmetric) {
		curve25519_generate_secret(workspace->class_key);
		made = curve25519_generate_public(public_half, workspace->class_key);
		keybag_burn_hash();
	} else {
		get_random_bytes(workspace->class_key, KEYBAG_KEY_SIZE);
	}
	return made ? 0 : -EINVAL;
}

int keybag_draft_make_class_key(struct keybag_workspace *workspace, struct keybag_draft *draft,
				unsigned int class, const struct keybag_bag_keys *keys)
{
	const struct kb_class_info *info = kb_class_find(class);
	struct kb_class_key *key = keybag_draft_class_key(draft, class);
	u8 *public_half = draft->class_keys[class].public_half;
	int err;

	if (key->key_generation == U32_MAX)
		return -EDQUOT;
	err = make_key(workspace, info, public_half);
	if (err)
		return err;
	key->algorithm = info->asymmetric ? KB_ALGORITHM_X25519 : KB_ALGORITHM_AES_256;
	key->public_half = info->asymmetric ? public_half : NULL;
	key->copies = info->wrapping == KB_WRAP_DK_AND_BAG ? 2 : 1;
	key->key_generation++;
	return keybag_class_seal(workspace, draft->form.uuid, key, keys,
				 draft->class_keys[class].sealed);
}

int keybag_draft_make_class_keys(struct keybag_workspace *workspace, struct keybag_draft *draft,
				 const struct keybag_bag_keys *keys)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < kb_class_count && !err; i++)
		if (kb_classes[i].wrapping != KB_WRAP_AKPU_DEVICE || keys->has_akpu)
			err = keybag_draft_make_class_key(workspace, draft, kb_classes[i].class,
							  keys);
	memzero_explicit(workspace->class_key, sizeof(workspace->class_key));
	return err;
}

int keybag_draft_reseal_class_key(struct keybag_workspace *workspace, struct keybag_draft *draft,
				  unsigned int class, const struct keybag_bag_keys *keys,
				  const struct keybag_bag_keys *new_keys)
{
	struct kb_class_key *key = keybag_draft_class_key(draft, class);
	int err;

	/* The last copy is under K_bag, wherever there is more than one. */
	err = keybag_class_open(workspace, draft->form.uuid, key, KEYBAG_COPY_LAST, keys);
	if (!err)
		err = keybag_class_seal(workspace, draft->form.uuid, key, new_keys,
					draft->class_keys[class].sealed);
	memzero_explicit(workspace->class_key, sizeof(workspace->class_key));
	return err;
}
