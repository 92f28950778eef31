/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The module in a process: when it may be called, one call at a time.
 */
#ifndef KEYCHAIN_PKCS11_MODULE_H
#define KEYCHAIN_PKCS11_MODULE_H

#include "session.h"

#define MODULE_MANUFACTURER	"Keybag"
#define MODULE_VERSION		((CK_VERSION){ 1, 0 })
/* The version of the standard, whatever the one of the header that this is built with. */
#define MODULE_STANDARD		{ 2, 40 }

/*
 * Begins a call: until module_leave() the thread has the module for itself, and is not cancelled. CKR_OK, or
 * CKR_CRYPTOKI_NOT_INITIALIZED, as in a child of the process that called C_Initialize(); then there is nothing to leave.
 */
CK_RV module_enter(void);
/* The same for a call that names a session; CKR_SESSION_HANDLE_INVALID. */
CK_RV module_enter_session(CK_SESSION_HANDLE handle, struct session **ret_session);
/* The same for one that names a slot, of which there is one; CKR_SLOT_ID_INVALID. */
CK_RV module_enter_slot(CK_SLOT_ID slot);

/* Returns @rv. */
CK_RV module_leave(CK_RV rv);

/* The text in a field of @size characters, filled up with blanks. */
void module_pad(unsigned char *field, size_t size, const char *text);

#define MODULE_SLOT	0

#endif
