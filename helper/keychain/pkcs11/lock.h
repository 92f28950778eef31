/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one lock of the module: the host's mutexes where it insists on them, the system's otherwise.
 */
#ifndef KEYCHAIN_PKCS11_LOCK_H
#define KEYCHAIN_PKCS11_LOCK_H

#include <p11-kit/pkcs11.h>

/* By what C_Initialize() was given, or NULL; in a thread that no other one makes or destroys it beside. CKR_OK, CKR_ARGUMENTS_BAD, CKR_CANT_LOCK. */
CK_RV lock_make(const CK_C_INITIALIZE_ARGS *arguments);

/* Nobody holds it. Threads may wait for the system's mutex; that none waits for the host's, which ends here, is up to the host. */
void lock_destroy(void);

/* CKR_OK, CKR_GENERAL_ERROR where the host's function fails, or CKR_CRYPTOKI_NOT_INITIALIZED where another lock was made meanwhile. */
CK_RV lock_take(void);
void lock_give(void);

#endif
