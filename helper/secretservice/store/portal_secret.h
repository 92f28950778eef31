/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Master secrets of applications that ask by the portal: each is made once, of 64 random bytes. Hidden items of class ak in the
 * service's own group, which no other program reaches, one for each application, with a note beside each that it was made: where
 * the note is there and the item is not, it was damaged, and another secret would not open what the application has encrypted.
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
 * The secret of @application, a valid one, which is made if there was none. errSecInteractionNotAllowed: the keybag is locked, or was not opened
 * yet, so that nothing can be told; errSecDecode, logged: there was one, and it cannot be read. With any other status than 0
 * there is no new one, or it is taken back.
 */
int portal_secret_get(const char *application, struct secret *ret_secret);

/* Forgets it: the next one will be another. errSecItemNotFound: there was none. errSecInteractionNotAllowed: before first unlock. */
int portal_secret_forget(const char *application);

#endif /* SECRETSERVICE_PORTAL_SECRET_H */
