// SPDX-License-Identifier: GPL-2.0-or-later
#include "facts.h"

#include "kdf.h"

void facts_from_form(struct bag_facts *facts, const struct kb_form *form)
{
	const struct kb_protector *passcode = kb_form_protector_of(form, KB_PROTECTOR_PASSCODE);
	u32 i;

	facts->passcode = passcode;
	facts->kdf = (struct keybag_kdf){ 0 };
	facts->recoveries = 0;
	facts->warnings = 0;
	facts->generation = form->generation;
	for (i = 0; i < form->protector_count; i++)
		if (form->protectors[i].kind == KB_PROTECTOR_RECOVERY)
			facts->recoveries++;
	if (form->type == KB_FORM_SYSTEM)
		return;
	if (form->recovery_choice == KB_RECOVERY_OPEN)
		facts->warnings |= KEYBAG_WARNING_RECOVERY_OPEN;
	if (!passcode)
		return;
	facts->kdf = (struct keybag_kdf){
		.memory_kib = passcode->kdf_memory_kib,
		.passes = passcode->kdf_passes,
		.lanes = passcode->kdf_lanes,
	};
	if (facts->kdf.memory_kib < KDF_WEAK_MEMORY_KIB)
		facts->warnings |= KEYBAG_WARNING_KDF_WEAK;
}
