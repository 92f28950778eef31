// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "../bag/pending.h"
#include "../bag/rollback.h"
#include "../bag/try.h"
#include "../bag/visit.h"
#include "../form/protector.h"
#include "change.h"
#include "rekey.h"
#include "transaction.h"

/* All that a change works with. */
struct changing {
	struct keybag_credential *authority;
	struct keybag_credential *secret;
	struct keybag_form_builder *builder;
	struct keybag_pending *pending;
	struct keybag_rekey rekey;
	struct keybag_outcome outcome;
	struct keybag_sealed_form copy;	/* for the caller; the other may be gone by then */
};

/* Copies in the secret that is new, and the public half of its protector. */
static int copy_fresh(struct changing *changing, const struct keybag_change *args)
{
	const struct keybag_secret *secret = &args->secret;
	struct keybag_credential *credential;

	if (secret->id)
		return -EINVAL;
	switch (args->action) {
	case KEYBAG_ACTION_SET_PASSCODE:
		if (secret->kind != KEYBAG_PROTECTOR_PASSCODE)
			return -EINVAL;
		break;
	case KEYBAG_ACTION_REMOVE_PASSCODE:
		if (secret->kind != KEYBAG_PROTECTOR_NONE)
			return -EINVAL;
		break;
	case KEYBAG_ACTION_ADD_PROTECTOR:
		if (secret->kind != KEYBAG_PROTECTOR_RECOVERY &&
		    secret->kind != KEYBAG_PROTECTOR_ESCROW)
			return -EINVAL;
		break;
	case KEYBAG_ACTION_RENEW_PROTECTOR:
		if (secret->kind != changing->authority->kind ||
		    (secret->kind != KEYBAG_PROTECTOR_RECOVERY &&
		     secret->kind != KEYBAG_PROTECTOR_ESCROW))
			return -EINVAL;
		break;
	}
	credential = keybag_credential_copy(secret);
	if (IS_ERR(credential))
		return PTR_ERR(credential);
	changing->secret = credential;
	changing->rekey.fresh = credential;
	return keybag_form_builder_copy_protector(changing->builder, &args->protector,
						  secret->kind);
}

static int copy_in(struct changing *changing, const struct keybag_change *args)
{
	struct keybag_credential *authority;

	authority = keybag_credential_copy(&args->authority);
	if (IS_ERR(authority))
		return PTR_ERR(authority);
	changing->authority = authority;
	changing->rekey.authority = authority;
	changing->builder = keybag_form_builder_new();
	changing->rekey.builder = changing->builder;
	changing->pending = keybag_pending_new(changing);
	if (!changing->builder || !changing->pending)
		return -ENOMEM;

	if (args->target && args->action != KEYBAG_ACTION_REVOKE_PROTECTOR &&
	    args->action != KEYBAG_ACTION_ADD_PROTECTOR)
		return -EINVAL;
	switch (args->action) {
	case KEYBAG_ACTION_SET_PASSCODE:
	case KEYBAG_ACTION_REMOVE_PASSCODE:
	case KEYBAG_ACTION_ADD_PROTECTOR:
	case KEYBAG_ACTION_RENEW_PROTECTOR:
		return copy_fresh(changing, args);
	case KEYBAG_ACTION_REVOKE_PROTECTOR:
	case KEYBAG_ACTION_RECOVERY_CONFIRMED:
	case KEYBAG_ACTION_RECOVERY_REFUSED:
	case KEYBAG_ACTION_LOGIN_VERIFIED:
		return 0;
	default:
		return -EINVAL;
	}
}

static int shape_added(struct keybag_rekey *rekey)
{
	if (rekey->fresh->kind == KEYBAG_PROTECTOR_RECOVERY)
		rekey->builder->form.recovery_choice = KB_RECOVERY_OPEN;
	return keybag_form_builder_add_protector(rekey->builder, &rekey->fresh_id);
}

/* In the place of another one, as if that had been revoked, in one step: there always is one. */
static int shape_exchanged(struct keybag_rekey *rekey, u32 target)
{
	const struct kb_form *form = &rekey->builder->form;
	const struct kb_protector *protector = kb_form_protector(form, target);
	const struct kb_protector *main = keybag_rekey_main(form);
	int err;

	if (!protector)
		return -ENOENT;
	if (protector == main || main->id != rekey->authority_id)
		return -EINVAL;
	rekey->main_id = main->id;
	err = keybag_form_builder_replace_protector(rekey->builder, target, &rekey->fresh_id);
	if (err)
		return err;
	keybag_rekey_renew_bag_key(rekey);
	if (rekey->fresh->kind == KEYBAG_PROTECTOR_RECOVERY)
		rekey->builder->form.recovery_choice = KB_RECOVERY_OPEN;
	return 0;
}

/* K_bag stays: whoever has used the secret was never given that. */
static int shape_renewed(struct keybag_rekey *rekey)
{
	u32 id = rekey->authority_id;
	int err;

	rekey->authority_id = 0;
	err = keybag_form_builder_replace_protector(rekey->builder, id, &rekey->fresh_id);
	if (!err && rekey->fresh->kind == KEYBAG_PROTECTOR_RECOVERY)
		rekey->builder->form.recovery_choice = KB_RECOVERY_OPEN;
	return err;
}

static int shape_revoked(struct keybag_rekey *rekey, u32 target)
{
	const struct kb_form *form = &rekey->builder->form;
	const struct kb_protector *protector = kb_form_protector(form, target);
	const struct kb_protector *main = keybag_rekey_main(form);

	if (!protector)
		return -ENOENT;
	if (protector == main)
		return -EINVAL;
	/* A passcode has to be at hand to come along. */
	if (main->kind != KB_PROTECTOR_NONE && main->id != rekey->authority_id)
		return -EINVAL;
	rekey->main_id = main->id;
	keybag_form_builder_remove_protector(rekey->builder, target);
	if (rekey->authority_id == target)
		rekey->authority_id = 0;
	keybag_rekey_renew_bag_key(rekey);
	return 0;
}

static int shape_choice(struct keybag_rekey *rekey, enum kb_recovery_choice choice)
{
	bool has_code = keybag_form_builder_count_protectors(rekey->builder, KB_PROTECTOR_RECOVERY);

	if (choice == KB_RECOVERY_CONFIRMED && !has_code)
		return -ENOENT;
	if (choice == KB_RECOVERY_REFUSED && has_code)
		return -EINVAL;
	rekey->builder->form.recovery_choice = choice;
	return 0;
}

/* It is about the very passcode that is given here. */
static int shape_verified(struct keybag_rekey *rekey)
{
	struct kb_form *form = &rekey->builder->form;

	if (rekey->authority->kind != KEYBAG_PROTECTOR_PASSCODE)
		return -EINVAL;
	form->login_salt = kb_form_protector(form, rekey->authority_id)->salt;
	return 0;
}

static int shape(struct keybag_rekey *rekey, const struct keybag_change *args)
{
	const struct kb_form *form = &rekey->builder->form;

	switch (args->action) {
	case KEYBAG_ACTION_SET_PASSCODE:
		if (form->type == KB_FORM_SYSTEM)
			return -EOPNOTSUPP;
		return keybag_rekey_replace_main(rekey);
	case KEYBAG_ACTION_REMOVE_PASSCODE:
		if (!kb_form_protector_of(form, KB_PROTECTOR_PASSCODE))
			return -ENOENT;
		return keybag_rekey_replace_main(rekey);
	case KEYBAG_ACTION_ADD_PROTECTOR:
		return args->target ? shape_exchanged(rekey, args->target) : shape_added(rekey);
	case KEYBAG_ACTION_REVOKE_PROTECTOR:
		return shape_revoked(rekey, args->target);
	case KEYBAG_ACTION_RECOVERY_CONFIRMED:
		return shape_choice(rekey, KB_RECOVERY_CONFIRMED);
	case KEYBAG_ACTION_RECOVERY_REFUSED:
		return shape_choice(rekey, KB_RECOVERY_REFUSED);
	case KEYBAG_ACTION_LOGIN_VERIFIED:
		return shape_verified(rekey);
	case KEYBAG_ACTION_RENEW_PROTECTOR:
		return shape_renewed(rekey);
	default:
		return -EINVAL;
	}
}

/* All that can be found wrong before a secret is tried. */
static int begin(struct changing *changing, const struct keybag_bag *bag,
		 const struct keybag_change *args)
{
	const struct kb_protector *authority;
	size_t size;
	int err;

	if (READ_ONCE(bag->gone))
		return -ENOENT;
	if (bag->pending)
		return -EBUSY;
	authority = keybag_protector_find(bag->sealed.form, changing->authority);
	if (!authority)
		return -ENOENT;
	changing->rekey.authority_id = authority->id;
	keybag_form_builder_begin(changing->builder, bag->sealed.form);
	err = shape(&changing->rekey, args);
	if (err)
		return err;
	size = kb_form_size(&changing->builder->form);
	return size && size <= args->form.capacity ? 0 : -EMSGSIZE;
}

static int change_locked(struct keybag_workspace *workspace, struct changing *changing,
			 struct keybag_bag *bag, struct keybag_change *args)
{
	struct keybag_sealed_form *sealed = &changing->pending->sealed;
	int err;

	changing->rekey.akpu = &workspace->prepared[KB_CLASS_AKPU];
	err = begin(changing, bag, args);
	if (!err)
		err = keybag_try_secret(workspace, bag, args->try_id, changing->authority,
					&changing->outcome);
	if (!err)
		err = keybag_rekey_fill(workspace, &changing->rekey);
	if (!err)
		err = keybag_rollback_issue(bag->rollback, bag->sealed.form->generation,
					    &changing->builder->form.generation);
	if (err)
		return err;
	err = keybag_sealed_form_make(workspace, sealed, &changing->builder->form,
				      workspace->new_keys.bag);
	if (err)
		return err;

	changing->copy.length = sealed->length;
	changing->copy.bytes = kmemdup(sealed->bytes, sealed->length, GFP_NOIO);
	if (!changing->copy.bytes)
		return -ENOMEM;
	args->generation = sealed->form->generation;
	args->target_id = changing->rekey.fresh_id;
	err = keybag_transaction_prepare(bag, &changing->pending,
					 &workspace->prepared[KB_CLASS_AKPU], args->try_id);
	if (!err && changing->authority->kind != KEYBAG_PROTECTOR_NONE)
		keybag_throttle_right(&bag->rollback->throttle);
	return err;
}

static int change(struct changing *changing, struct keybag_change *args)
{
	struct keybag_visit visit;
	int err = keybag_visit_begin(&visit, args->uuid);

	if (err)
		return err;
	err = change_locked(visit.workspace, changing, visit.bag, args);
	if (err)
		keybag_try_drop(visit.bag);
	keybag_visit_end(&visit);
	if (err && err != -EKEYREJECTED)
		return err;

	args->form.length = 0;
	args->retry_after_ns = changing->outcome.retry_after_ns;
	args->failures = changing->outcome.failures;
	if (keybag_record_return(&changing->outcome.record, &args->record))
		err = -EFAULT;
	if (!err)
		err = keybag_sealed_form_return(&changing->copy, &args->form);
	if (err && !changing->pending)
		keybag_transaction_take_back(args->uuid, changing);
	return err;
}

int keybag_change(struct keybag_change *args)
{
	struct changing *changing;
	int err;

	changing = kzalloc(sizeof(*changing), GFP_KERNEL);
	if (!changing)
		return -ENOMEM;
	err = keybag_record_check(&args->record);
	if (!err)
		err = copy_in(changing, args);
	if (!err)
		err = wait_for_random_bytes();
	if (!err)
		err = change(changing, args);
	keybag_sealed_form_free(&changing->copy);
	keybag_pending_free(changing->pending);
	kfree(changing->builder);
	keybag_credential_free(changing->secret);
	keybag_credential_free(changing->authority);
	kfree(changing);
	return err;
}
