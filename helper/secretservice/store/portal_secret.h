/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Master secrets of applications that ask by the portal: each is the one that another service has made and an import has brought, or
 * else made once, of 64 random bytes. Hidden items of class ak in the service's own group, which no other program reaches, one for
 * each application, with a note beside each that it was made: where the note is there and the item is not, it was damaged, and
 * another secret would not open what the application has encrypted.
 *
 * Statuses are those of libkeychain.
 */
#ifndef SECRETSERVICE_PORTAL_SECRET_H
#define SECRETSERVICE_PORTAL_SECRET_H

#include <stdbool.h>

#include "helper/common/secret.h"

#define PORTAL_SECRET_SIZE	64
#define PORTAL_APPLICATION_SIZE	256	/* of its identifier, with the NUL; "": programs outside of sandboxes */

/* Whether it can be one: of less than PORTAL_APPLICATION_SIZE bytes, and printable, as the journal names it. */
bool portal_application_valid(const char *application);

/*
 * The secret of @application, a valid one, which is made if there was none: of at most SECRET_PIPE_MAX bytes. Whoever is served is the
 * portal, which reaches what an import has brought. errSecInteractionNotAllowed: the keybag is locked or was not opened yet, or a
 * program has locked the collection, so that nothing can be told; errSecDecode, logged: there was one, and it cannot be read, or
 * there may have been one, in a damaged file that was put aside. It is handed out only when its note is there.
 */
int portal_secret_get(const char *application, struct secret *ret_secret);

/*
 * Forgets it: the next one will be another, also of what an import has brought or brings. errSecItemNotFound: there was none.
 * errSecInteractionNotAllowed: before first unlock.
 */
int portal_secret_forget(const char *application);

#endif /* SECRETSERVICE_PORTAL_SECRET_H */
