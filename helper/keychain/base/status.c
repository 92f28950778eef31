// SPDX-License-Identifier: LGPL-2.1-or-later
#include "helper/common/translate.h"
#include "helper/keychain/include/keychain-status.h"

#include <stddef.h>

#define STATUS(name, text) { name, #name, text }

static const struct {
	int status;
	const char *name;
	const char *text;
} statuses[] = {
	STATUS(errSecSuccess, N_("no error")),
	STATUS(errSecUnimplemented,
	       N_("this is not offered for items of that class, or not yet: leave that option out")),
	STATUS(errSecDiskFull, N_("the disk is full: make room and try again")),
	STATUS(errSecIO, N_("reading or writing the keychain failed: see the journal of keychaind")),
	STATUS(errSecParam, N_("the query is malformed or contradicts itself")),
	STATUS(errSecAllocate, N_("out of memory: try again later")),
	STATUS(errSecUserCanceled, N_("the person asked has declined")),
	STATUS(errSecBadReq, N_("the request cannot be carried out as it is")),
	STATUS(errSecNoAccessForItem, N_("this program may not use the item")),
	STATUS(errSecNotAvailable,
	       N_("the keychain cannot be opened, or there is no key for that protection class")),
	STATUS(errSecReadOnly, N_("the keychain or the item can only be read")),
	STATUS(errSecAuthFailed, N_("what the item asks for before it opens was not given")),
	STATUS(errSecDuplicateItem, N_("such an item exists already: update it instead")),
	STATUS(errSecItemNotFound, N_("no item matches")),
	STATUS(errSecNoSuchAttr, N_("an attribute does not belong to that class of items")),
	STATUS(errSecInvalidItemRef, N_("the persistent reference is not one")),
	STATUS(errSecNoSuchClass,
	       N_("there is no such class of items: use password, internet-password, certificate, key or identity (in "
		  "requests genp, inet, cert, keys, idnt)")),
	STATUS(errSecInteractionNotAllowed,
	       N_("the key of the item's protection class is locked: unlock and try again")),
	STATUS(errSecReadOnlyAttr, N_("an attribute cannot be changed")),
	STATUS(errSecAuthNeeded, N_("the item asks for an authentication first")),
	STATUS(errSecDecode, N_("the data cannot be decoded, or belongs to another keybag")),
	STATUS(errSecInternal, N_("an error of the keychain itself: see the journal of keychaind")),
	STATUS(errSecMissingEntitlement,
	       N_("this program was not granted the access group: see keychain-entitlements(5)")),
	STATUS(errSecUpgradePending, N_("the keychain waits to be brought up to date: unlock it")),
	STATUS(errSecRestrictedAPI, N_("this program may use the keychain in part only")),
};

const char *keychain_status_name(int status)
{
	size_t i;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status)
			return statuses[i].name;
	return NULL;
}

const char *keychain_status_text(int status)
{
	size_t i;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == status)
			return statuses[i].text;
	return N_("an error that this version does not know: install client and service of one "
		  "release");
}
