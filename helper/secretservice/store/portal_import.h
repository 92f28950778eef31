/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Portal secrets of applications that another service has made, gnome-keyring or oo7, and an import has brought: items of
 * collections as any other, with the attribute app_id. They stay there. The keychain tells damaged ones as if they were absent.
 *
 * Statuses are those of libkeychain.
 */
#ifndef SECRETSERVICE_PORTAL_IMPORT_H
#define SECRETSERVICE_PORTAL_IMPORT_H

#include "helper/common/secret.h"

/*
 * The newest of @application that whoever is served reaches, of 1 to SECRET_PIPE_MAX bytes. errSecItemNotFound: there is none.
 * errSecInteractionNotAllowed: it is locked, by the keybag, or by a program where there is a passcode. errSecDecode, logged: it cannot be handed out.
 */
int portal_import_find(const char *application, struct secret *ret_secret);

#endif /* SECRETSERVICE_PORTAL_IMPORT_H */
