// SPDX-License-Identifier: GPL-2.0-or-later
#include "organisation_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/translate.h"

void organisation_fingerprint(const struct keybag_organisation *organisation, char ret_text[ORGANISATION_FINGERPRINT_SIZE])
{
	char *at = ret_text;

	for (size_t i = 0; i < KEYBAG_ORGANISATION_DIGEST; i++)
		at += sprintf(at, "%s%02X", i ? ":" : "", organisation->digest[i]);
}

const char *organisation_name(const struct keybag_organisation *organisation)
{
	return *organisation->subject ? organisation->subject : _("an organisation without a name");
}

const char *organisation_text(const struct keybag_organisation *organisation, char ret_text[ORGANISATION_TEXT_SIZE])
{
	char fingerprint[ORGANISATION_FINGERPRINT_SIZE];

	organisation_fingerprint(organisation, fingerprint);
	snprintf(ret_text, ORGANISATION_TEXT_SIZE, _("%s (certificate SHA-256 %s)"), organisation_name(organisation), fingerprint);
	return ret_text;
}

bool organisation_same(const struct keybag_organisation *one, const struct keybag_organisation *other)
{
	return one->present && other->present && !memcmp(one->digest, other->digest, KEYBAG_ORGANISATION_DIGEST);
}

bool organisation_has_expired(const struct keybag_organisation *organisation)
{
	return organisation->known && (uint64_t)time(NULL) >= organisation->not_after;
}

bool organisation_is_to_come(const struct keybag_organisation_info *info)
{
	return info->configured.present && !organisation_has_expired(&info->configured) &&
	       !organisation_same(&info->present, &info->configured);
}
