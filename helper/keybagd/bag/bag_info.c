// SPDX-License-Identifier: GPL-2.0-or-later
#include "bag_info.h"

#include <string.h>

#include "keybagd/config/kdf_limits.h"
#include "keybagd/store/organisation_file.h"

static void count_recoveries(struct bag_info *info, const struct kb_form *form)
{
	u32 i;

	info->recoveries = 0;
	info->recovery_id = 0;
	for (i = 0; i < form->protector_count; i++)
		if (form->protectors[i].kind == KB_PROTECTOR_RECOVERY && !info->recoveries++)
			info->recovery_id = form->protectors[i].id;
}

static void read_guard(struct bag_info *info, const struct kb_form *form, const struct kb_protector *passcode)
{
	info->guarded = passcode && form->hardware == KB_HARDWARE_SECRET;
	info->guard.length = info->guarded ? passcode->opaque_length : 0;
	if (info->guard.length)
		memcpy(info->guard.bytes, passcode->opaque, info->guard.length);
}

static void describe_organisation(struct bag_organisation *organisation, const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	struct organisation certificate;

	organisation->known = organisation_file_read(uuid, organisation->digest, &certificate) == 0;
	if (!organisation->known)
		return;
	organisation->not_before = certificate.not_before;
	organisation->not_after = certificate.not_after;
	memcpy(organisation->subject, certificate.subject, sizeof(organisation->subject));
}

static void find_organisation(struct bag_info *info, const struct kb_form *form)
{
	struct organisation_record record;
	u32 i;

	info->organisation = (struct bag_organisation){ .present = false };
	for (i = 0; i < form->protector_count; i++) {
		const struct kb_protector *protector = &form->protectors[i];

		if (protector->kind != KB_PROTECTOR_ESCROW ||
		    !organisation_record_read(protector->opaque, protector->opaque_length, &record))
			continue;
		info->organisation.present = true;
		info->organisation.protector = protector->id;
		memcpy(info->organisation.digest, record.digest, ORGANISATION_DIGEST);
		describe_organisation(&info->organisation, form->uuid);
		return;
	}
}

void bag_info_from_form(struct bag_info *info, const struct kb_form *form, bool accepted)
{
	const struct kb_protector *passcode = kb_form_protector_of(form, KB_PROTECTOR_PASSCODE);

	count_recoveries(info, form);
	read_guard(info, form, passcode);
	find_organisation(info, form);
	info->accepted = accepted;
	info->passcode = passcode;
	info->kdf = (struct keybag_kdf){ 0 };
	memset(info->salt, 0, sizeof(info->salt));
	info->login_verified = kb_form_login_verified(form);
	info->warnings = 0;
	info->generation = form->generation;
	if (form->type == KB_FORM_SYSTEM)
		return;
	if (form->recovery_choice == KB_RECOVERY_OPEN)
		info->warnings |= KEYBAG_WARNING_RECOVERY_OPEN;
	if (!passcode)
		return;
	memcpy(info->salt, passcode->salt, sizeof(info->salt));
	info->kdf = (struct keybag_kdf){
		.memory_kib = passcode->kdf_memory_kib,
		.passes = passcode->kdf_passes,
		.lanes = passcode->kdf_lanes,
	};
	if (info->kdf.memory_kib < KDF_WEAK_MEMORY_KIB)
		info->warnings |= KEYBAG_WARNING_KDF_WEAK;
}
