/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of keychains and attributes that have a meaning to more than one program.
 */
#ifndef KEYCHAIN_RESERVED_NAMES_H
#define KEYCHAIN_RESERVED_NAMES_H

/*
 * The keychain that keybag-secret-service removes at the end of a login: nobody makes it but who may ask on behalf of others, so that
 * no keychain of the user's is taken for it.
 */
#define LOGIN_TIME_KEYCHAIN	"secretservice-session"

/* A view of the machine's CA certificates. */
#define SYSTEM_ROOTS_KEYCHAIN	"system-roots"

/* The attribute of an item of the Secret Service that says what kind of secret it is. */
#define SCHEMA_ATTRIBUTE	"xdg:schema"

#endif /* KEYCHAIN_RESERVED_NAMES_H */
