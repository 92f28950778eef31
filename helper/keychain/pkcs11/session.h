/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sessions of this process, and what goes on in each. The caller holds the module's lock.
 */
#ifndef KEYCHAIN_PKCS11_SESSION_H
#define KEYCHAIN_PKCS11_SESSION_H

#include "operation.h"

#define SESSIONS_AT_MOST	1024

struct session {
	CK_SESSION_HANDLE handle;
	bool read_write;
	/* A search, where found is not NULL: what it has found, and how much of it was told. */
	CK_OBJECT_HANDLE *found;
	size_t found_count, found_at;
	struct operation sign, verify, decrypt;
};

/* Opens one, with nothing going on in it. CKR_OK, CKR_HOST_MEMORY; CKR_SESSION_COUNT: too many. A handle is never given twice. */
CK_RV session_new(struct session **ret_session);

/* NULL: no such handle. Valid until the session is closed. */
struct session *session_by_handle(CK_SESSION_HANDLE handle);

size_t session_count(void);

/* Ends what goes on in it. The last one takes all handles of objects, and the login, with it. */
void session_close(struct session *session);
void session_close_all(void);

/* Whether a login has succeeded, which changes nothing but the state that is told. */
bool session_logged_in(void);
void session_set_logged_in(bool logged_in);

/* Leaves them to nobody: see crypto_abandon(). */
void session_abandon_all(void);

#endif
