// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "bag.h"
#include "change.h"
#include "floor.h"
#include "pending.h"
#include "protector.h"
#include "reform.h"
#include "try.h"

/* All that a change works with. */
struct changing {
	struct keybag_credential *authority;
	struct keybag_credential *secret;
	struct keybag_draft *draft;
	struct keybag_pending *pending;
	struct keybag_reform reform;
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
	}
	credential = keybag_credential_copy(secret);
	if (IS_ERR(credential))
		return PTR_ERR(credential);
	changing->secret = credential;
	changing->reform.fresh = credential;
	return keybag_draft_copy_protector(changing->draft, &args->protector, secret->kind);
}

static int copy_in(struct changing *changing, const struct keybag_change *args)
{
	struct keybag_credential *authority;

	authority = keybag_credential_copy(&args->authority);
	if (IS_ERR(authority))
		return PTR_ERR(authority);
	changing->authority = authority;
	changing->reform.authority = authority;
	changing->draft = keybag_draft_new();
	changing->reform.draft = changing->draft;
	changing->pending = kzalloc(sizeof(*changing->pending), GFP_KERNEL);
	if (!changing->draft || !changing->pending)
		return -ENOMEM;
	changing->pending->maker = changing;
	changing->reform.akpu = &changing->pending->akpu;

	if (args->target && args->action != KEYBAG_ACTION_REVOKE_PROTECTOR)
		return -EINVAL;
	switch (args->action) {
	case KEYBAG_ACTION_SET_PASSCODE:
	case KEYBAG_ACTION_REMOVE_PASSCODE:
	case KEYBAG_ACTION_ADD_PROTECTOR:
		return copy_fresh(changing, args);
	case KEYBAG_ACTION_REVOKE_PROTECTOR:
	case KEYBAG_ACTION_RECOVERY_CONFIRMED:
	case KEYBAG_ACTION_RECOVERY_REFUSED:
		return 0;
	default:
		return -EINVAL;
	}
}

static int shape_added(struct keybag_reform *reform)
{
	if (reform->fresh->kind == KEYBAG_PROTECTOR_RECOVERY)
		reform->draft->form.recovery_choice = KB_RECOVERY_OPEN;
	return keybag_draft_add_protector(reform->draft, &reform->fresh_id);
}

static int shape_revoked(struct keybag_reform *reform, u32 target)
{
	const struct kb_form *form = &reform->draft->form;
	const struct kb_protector *protector = kb_form_protector(form, target);
	const struct kb_protector *main = keybag_reform_main(form);

	if (!protector)
		return -ENOENT;
	if (protector == main)
		return -EINVAL;
	/* A passcode has to be at hand to come along. */
	if (main->kind != KB_PROTECTOR_NONE && main->id != reform->authority_id)
		return -EINVAL;
	reform->main_id = main->id;
	keybag_draft_remove_protector(reform->draft, target);
	if (reform->authority_id == target)
		reform->authority_id = 0;
	keybag_reform_renew_bag_key(reform);
	return 0;
}

static int shape_choice(struct keybag_reform *reform, enum kb_recovery_choice choice)
{
	bool has_code = keybag_draft_count_protectors(reform->draft, KB_PROTECTOR_RECOVERY);

	if (choice == KB_RECOVERY_CONFIRMED && !has_code)
		return -ENOENT;
	if (choice == KB_RECOVERY_REFUSED && has_code)
		return -EINVAL;
	reform->draft->form.recovery_choice = choice;
	return 0;
}

static int shape(struct keybag_reform *reform, const struct keybag_change *args)
{
	const struct kb_form *form = &reform->draft->form;

	switch (args->action) {
	case KEYBAG_ACTION_SET_PASSCODE:
		if (form->type == KB_FORM_SYSTEM)
			return -EOPNOTSUPP;
		return keybag_reform_replace_main(reform);
	case KEYBAG_ACTION_REMOVE_PASSCODE:
		if (!kb_form_protector_of(form, KB_PROTECTOR_PASSCODE))
			return -ENOENT;
		return keybag_reform_replace_main(reform);
	case KEYBAG_ACTION_ADD_PROTECTOR:
		return shape_added(reform);
	case KEYBAG_ACTION_REVOKE_PROTECTOR:
		return shape_revoked(reform, args->target);
	case KEYBAG_ACTION_RECOVERY_CONFIRMED:
		return shape_choice(reform, KB_RECOVERY_CONFIRMED);
	case KEYBAG_ACTION_RECOVERY_REFUSED:
		return shape_choice(reform, KB_RECOVERY_REFUSED);
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

	if (bag->gone)
		return -ENOENT;
	if (bag->pending)
		return -EBUSY;
	authority = keybag_protector_find(bag->sealed.form, changing->authority);
	if (!authority)
		return -ENOENT;
	changing->reform.authority_id = authority->id;
	keybag_draft_begin(changing->draft, bag->sealed.form);
	err = shape(&changing->reform, args);
	if (err)
		return err;
	size = kb_form_size(&changing->draft->form);
	return size && size <= args->form.capacity ? 0 : -EMSGSIZE;
}

/* The change waits from here on. */
static int leave(struct changing *changing, struct keybag_bag *bag, u64 try_id)
{
	int err = 0;

	down_write(&bag->rwsem);
	if (keybag_try_take(bag, try_id)) {
		/* A lock wipes it later; this is one that came before. */
		if (bag->state != KB_STATE_UNLOCKED || keybag_suspending())
			keybag_class_key_wipe(&changing->pending->akpu);
		bag->pending = changing->pending;
		changing->pending = NULL;
	} else {
		err = -ECANCELED;
	}
	up_write(&bag->rwsem);
	return err;
}

static int change_locked(struct keybag_workspace *workspace, struct changing *changing,
			 struct keybag_bag *bag, struct keybag_change *args)
{
	struct keybag_sealed_form *sealed = &changing->pending->sealed;
	int err;

	err = begin(changing, bag, args);
	if (!err)
		err = keybag_try_secret(workspace, bag, args->try_id, changing->authority,
					&changing->outcome);
	if (!err)
		err = keybag_reform_fill(workspace, &changing->reform);
	if (!err)
		err = keybag_sealed_form_make(workspace, sealed, &changing->draft->form,
					      workspace->new_keys.bag);
	if (err)
		return err;

	changing->copy.length = sealed->length;
	changing->copy.bytes = kmemdup(sealed->bytes, sealed->length, GFP_NOIO);
	if (!changing->copy.bytes)
		return -ENOMEM;
	args->generation = sealed->form->generation;
	args->target_id = changing->reform.fresh_id;
	err = leave(changing, bag, args->try_id);
	if (!err && changing->authority->kind != KEYBAG_PROTECTOR_NONE)
		keybag_guess_right(&bag->floor->guess);
	return err;
}

/*
 * Without the form nobody could commit it, or know what to abort. Another client may have done
 * either by guessing, and left a change of its own, of the same generation: that one stays. It has
 * another maker, for ours lived on.
 */
static void take_back(const struct changing *changing, struct keybag_bag *bag)
{
	struct keybag_pending *pending = NULL;

	mutex_lock(&bag->control);
	if (bag->pending && bag->pending->maker == changing) {
		down_write(&bag->rwsem);
		swap(pending, bag->pending);
		up_write(&bag->rwsem);
	}
	mutex_unlock(&bag->control);
	keybag_pending_free(pending);
}

static int change(struct changing *changing, struct keybag_bag *bag, struct keybag_change *args)
{
	struct keybag_workspace *workspace;
	int err;

	workspace = keybag_workspace_begin();
	if (IS_ERR(workspace))
		return PTR_ERR(workspace);
	mutex_lock(&bag->control);
	err = change_locked(workspace, changing, bag, args);
	mutex_unlock(&bag->control);
	keybag_workspace_end(workspace);
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
		take_back(changing, bag);
	return err;
}

int keybag_change(struct keybag_change *args)
{
	struct changing *changing;
	struct keybag_bag *bag;
	int err;

	changing = kzalloc(sizeof(*changing), GFP_KERNEL);
	if (!changing)
		return -ENOMEM;
	err = keybag_record_check(&args->record);
	if (!err)
		err = copy_in(changing, args);
	if (!err)
		err = wait_for_random_bytes();
	if (err)
		goto out_free;

	bag = keybag_bag_by_uuid(args->uuid);
	if (!bag) {
		err = -ENOENT;
		goto out_free;
	}
	err = change(changing, bag, args);
	keybag_bag_put(bag);
out_free:
	keybag_sealed_form_free(&changing->copy);
	keybag_pending_free(changing->pending);
	kfree(changing->draft);
	keybag_credential_free(changing->secret);
	keybag_credential_free(changing->authority);
	kfree(changing);
	return err;
}
