// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#include "form.h"

const struct kb_protector *kb_form_protector(const struct kb_form *form, u32 id)
{
	u32 i;

	for (i = 0; i < form->protector_count; i++)
		if (form->protectors[i].id == id)
			return &form->protectors[i];
	return NULL;
}

const struct kb_protector *kb_form_protector_of(const struct kb_form *form,
						enum kb_protector_kind kind)
{
	const struct kb_protector *found = NULL;
	u32 i;

	for (i = 0; i < form->protector_count; i++) {
		if (form->protectors[i].kind != kind)
			continue;
		if (found)
			return NULL;
		found = &form->protectors[i];
	}
	return found;
}

bool kb_form_login_verified(const struct kb_form *form)
{
	const struct kb_protector *passcode = kb_form_protector_of(form, KB_PROTECTOR_PASSCODE);

	return passcode && form->login_salt &&
	       !memcmp(passcode->salt, form->login_salt, KB_SALT_SIZE);
}

const struct kb_class_key *kb_form_class_key(const struct kb_form *form, unsigned int class)
{
	u32 i;

	for (i = 0; i < form->class_key_count; i++)
		if (form->class_keys[i].class == class)
			return &form->class_keys[i];
	return NULL;
}
