/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rekeying: what a change does to a form, first its shape, then, once a secret has opened the bag,
 * its contents.
 */
#ifndef _KEYBAG_REKEY_H
#define _KEYBAG_REKEY_H

#include "../crypto/class_key.h"
#include "../form/protector.h"
#include "../form/sealed_form.h"
#include "form_builder.h"

/**
 * struct keybag_rekey - a change under way
 * @builder: the form to come
 * @authority: the secret that opens the bag now
 * @authority_id: its protector
 * @fresh: the secret of the protector that is added, or NULL
 * @fresh_id: its protector, 0: none is added
 * @main_id: the protector that is carried on as passcode or none, 0: it is replaced
 * @new_bag_key: K_bag is made anew
 * @other_device: the form is of another device key: copies of dk and D under it are made again,
 *	keys that cannot be had without it are new
 * @new_akpu: K_akpu and the akpu key are made anew
 * @akpu: where to put ciphers of the new akpu key, or NULL
 */
struct keybag_rekey {
	struct keybag_form_builder *builder;
	const struct keybag_credential *authority;
	u32 authority_id;
	const struct keybag_credential *fresh;
	u32 fresh_id;
	u32 main_id;
	bool new_bag_key;
	bool other_device;
	bool new_akpu;
	struct keybag_class_key *akpu;
};

/* The protector that says how a bag is opened day by day: its only one of kind passcode or none. */
const struct kb_protector *keybag_rekey_main(const struct kb_form *form);

/*
 * Replaces that one by the fresh one. Where it was none, K_bag is made anew, and whoever's secret
 * is not here is dropped. Sets what becomes of akpu.
 */
int keybag_rekey_replace_main(struct keybag_rekey *rekey);

/* Makes K_bag anew: drops all protectors but @main_id, the authority and the fresh one. */
void keybag_rekey_renew_bag_key(struct keybag_rekey *rekey);

/*
 * Fills the shape in: @workspace->keys are those of the bag now, @workspace->new_keys become those
 * of the form.
 */
int keybag_rekey_fill(struct keybag_workspace *workspace, struct keybag_rekey *rekey);

#endif /* _KEYBAG_REKEY_H */
