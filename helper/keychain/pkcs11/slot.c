// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The slot, the token in it, and its mechanisms.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "module.h"

CK_RV C_GetSlotList(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count)
{
	CK_ULONG there = 1;
	CK_RV rv = module_enter();

	if (rv != CKR_OK)
		return rv;
	if (!count)
		return module_leave(CKR_ARGUMENTS_BAD);
	if (present)
		rv = token_present();
	if (rv == CKR_TOKEN_NOT_PRESENT) {
		there = 0;
		rv = CKR_OK;
	}
	if (rv == CKR_OK && slots && *count < there)
		rv = CKR_BUFFER_TOO_SMALL;
	else if (rv == CKR_OK && slots && there)
		*slots = MODULE_SLOT;
	if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
		*count = there;
	return module_leave(rv);
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	CK_RV rv = module_enter_slot(slot);

	if (rv != CKR_OK)
		return rv;
	if (!info)
		return module_leave(CKR_ARGUMENTS_BAD);
	*info = (CK_SLOT_INFO){ .flags = CKF_REMOVABLE_DEVICE };
	if (token_present() == CKR_OK)
		info->flags |= CKF_TOKEN_PRESENT;
	module_pad(info->slotDescription, sizeof(info->slotDescription), "Keychain");
	module_pad(info->manufacturerID, sizeof(info->manufacturerID), MODULE_MANUFACTURER);
	return module_leave(CKR_OK);
}

/* Counts, of which this token has few. */
static void fill_counts(CK_TOKEN_INFO *info)
{
	info->ulMaxSessionCount = SESSIONS_AT_MOST;
	info->ulMaxRwSessionCount = SESSIONS_AT_MOST;
	info->ulSessionCount = session_count();
	info->ulRwSessionCount = CK_UNAVAILABLE_INFORMATION;
	info->ulTotalPublicMemory = info->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
	info->ulTotalPrivateMemory = info->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
}

CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	char serial[sizeof(info->serialNumber) + 1];
	CK_RV rv = module_enter_slot(slot);

	if (rv != CKR_OK)
		return rv;
	if (!info)
		return module_leave(CKR_ARGUMENTS_BAD);
	rv = token_present();
	if (rv != CKR_OK)
		return module_leave(rv);
	memset(info, 0, sizeof(*info));
	/* No PIN: what opens the keychain opens the token. */
	info->flags = CKF_RNG | CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_PROTECTED_AUTHENTICATION_PATH;
	fill_counts(info);
	module_pad(info->label, sizeof(info->label), "Keychain");
	module_pad(info->manufacturerID, sizeof(info->manufacturerID), MODULE_MANUFACTURER);
	module_pad(info->model, sizeof(info->model), "Keychain");
	snprintf(serial, sizeof(serial), "%u", geteuid());
	module_pad(info->serialNumber, sizeof(info->serialNumber), serial);
	memset(info->utcTime, ' ', sizeof(info->utcTime));
	return module_leave(CKR_OK);
}

/* The token comes and goes without an event; who wants to know asks. */
CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
	CK_RV rv = module_enter();

	if (rv != CKR_OK)
		return rv;
	if (!slot || reserved)
		return module_leave(CKR_ARGUMENTS_BAD);
	return module_leave(flags & CKF_DONT_BLOCK ? CKR_NO_EVENT : CKR_FUNCTION_NOT_SUPPORTED);
}

static CK_ULONG mechanism_count(void)
{
	CK_ULONG count = 0;

	while (mechanism_at(count))
		count++;
	return count;
}

CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
	CK_ULONG there = mechanism_count();
	CK_RV rv = module_enter_slot(slot);

	if (rv != CKR_OK)
		return rv;
	if (!count)
		return module_leave(CKR_ARGUMENTS_BAD);
	if (list && *count < there)
		rv = CKR_BUFFER_TOO_SMALL;
	for (CK_ULONG i = 0; list && rv == CKR_OK && i < there; i++)
		list[i] = mechanism_at(i)->type;
	*count = there;
	return module_leave(rv);
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	const struct mechanism *mechanism = mechanism_by_type(type);
	CK_RV rv = module_enter_slot(slot);

	if (rv != CKR_OK)
		return rv;
	if (!mechanism || !info)
		return module_leave(mechanism ? CKR_ARGUMENTS_BAD : CKR_MECHANISM_INVALID);
	info->flags = mechanism->flags;
	if (mechanism->key != CKK_RSA)
		info->flags |= CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS;
	mechanism_key_sizes(mechanism, &info->ulMinKeySize, &info->ulMaxKeySize);
	return module_leave(CKR_OK);
}
