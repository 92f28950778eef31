/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Results of the keychain: the OSStatus values of the original, with their names.
 */
#ifndef KEYCHAIN_STATUS_H
#define KEYCHAIN_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

enum keychain_status {
	errSecSuccess = 0,
	errSecUnimplemented = -4,
	errSecDiskFull = -34,
	errSecIO = -36,
	errSecParam = -50,
	errSecAllocate = -108,
	errSecUserCanceled = -128,
	errSecBadReq = -909,
	errSecNoAccessForItem = -25243,
	errSecNotAvailable = -25291,
	errSecReadOnly = -25292,
	errSecAuthFailed = -25293,
	errSecDuplicateItem = -25299,
	errSecItemNotFound = -25300,
	errSecNoSuchAttr = -25303,
	errSecInvalidItemRef = -25304,
	errSecNoSuchClass = -25306,
	errSecInteractionNotAllowed = -25308,
	errSecReadOnlyAttr = -25309,
	errSecAuthNeeded = -25330,
	errSecDecode = -26275,
	errSecInternal = -26276,
	errSecMissingEntitlement = -34018,
	errSecUpgradePending = -34019,
	errSecRestrictedAPI = -34020,
};

/* "errSecItemNotFound"; NULL for a value that is none of the above. */
const char *keychain_status_name(int status);

/* Meaning of the status and what to do, one sentence; for any value. Never NULL. */
const char *keychain_status_text(int status);

#ifdef __cplusplus
}
#endif

#endif
