// SPDX-License-Identifier: LGPL-2.1-or-later
#include "helper/keychain/include/keychain-status.h"

#include <stddef.h>

#define STATUS(name, text) { name, #name, text }

static const struct {
	int status;
	const char *name;
	const char *text;
} statuses[] = {
	STATUS(errSecSuccess, "no error"),
	STATUS(errSecUnimplemented,
	       "this is not offered for items of that class, or not yet: leave that option out"),
	STATUS(errSecDiskFull, "the disk is full: make room and try again"),
	STATUS(errSecIO, "reading or writing the keychain failed: see the journal of keychaind"),
	STATUS(errSecParam, "the query is malformed or contradicts itself"),
	STATUS(errSecAllocate, "out of memory: try again later"),
	STATUS(errSecUserCanceled, "the person asked has declined"),
	STATUS(errSecBadReq, "the request cannot be carried out as it is"),
	STATUS(errSecNoAccessForItem, "this program may not use the item"),
	STATUS(errSecNotAvailable,
	       "the keychain cannot be opened, or there is no key for that protection class"),
	STATUS(errSecReadOnly, "the keychain or the item can only be read"),
	STATUS(errSecAuthFailed, "what the item asks for before it opens was not given"),
	STATUS(errSecDuplicateItem, "such an item exists already: update it instead"),
	STATUS(errSecItemNotFound, "no item matches"),
	STATUS(errSecNoSuchAttr, "an attribute does not belong to that class of items"),
	STATUS(errSecInvalidItemRef, "the persistent reference is not one"),
	STATUS(errSecNoSuchClass,
	       "there is no such class of items: use genp, inet, cert, keys or idnt"),
	STATUS(errSecInteractionNotAllowed,
	       "the key of the item's protection class is locked: unlock and try again"),
	STATUS(errSecReadOnlyAttr, "an attribute cannot be changed"),
	STATUS(errSecAuthNeeded, "the item asks for an authentication first"),
	STATUS(errSecDecode, "the data cannot be decoded, or belongs to another keybag"),
	STATUS(errSecInternal, "an error of the keychain itself: see the journal of keychaind"),
	STATUS(errSecMissingEntitlement,
	       "this program was not granted the access group: see keychain-entitlements(5)"),
	STATUS(errSecUpgradePending, "the keychain waits to be brought up to date: unlock it"),
	STATUS(errSecRestrictedAPI, "this program may use the keychain in part only"),
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
	return "an error that this version does not know: install client and service of one "
	       "release";
}
