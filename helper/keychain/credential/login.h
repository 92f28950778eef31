/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logins as internet passwords of the keychain. Requests return 0 or a status of keychain-status.h; then
 * keychain_client_message() says what was wrong.
 */
#ifndef KEYCHAIN_CREDENTIAL_LOGIN_H
#define KEYCHAIN_CREDENTIAL_LOGIN_H

#include <stddef.h>

#include "helper/common/secret.h"
#include "helper/keychain/include/keychain.h"
#include "site.h"

struct login {
	const struct site *site;
	const char *account;
	const struct secret *secret;
	enum keychain_accessible accessible;	/* 0: what the item has, when unlocked for a new one */
	const char *label;			/* of a new item */
	const char *url;			/* own attribute LOGIN_URL; NULL: none */
	const struct keychain_items *former;	/* the item whose other own attributes stay; NULL: none */
	size_t former_index;
};

/* The server's URL as docker wrote it, so that its list names it like that. */
#define LOGIN_URL	"ServerURL"

/*
 * All logins of a site that are open, with attributes, secrets and references; of @account alone unless that is NULL.
 * Where git's site is one of https and has no item that names this protocol, those that name none: what a person has
 * added without one. It is handed out to no other protocol, none of which need be encrypted.
 * errSecItemNotFound: there is none; errSecInteractionNotAllowed: there are some, all locked.
 */
int login_find(struct keychain_client *client, const struct site *site, const char *account,
	       struct keychain_items **ret_items);

/* Whether one of that site, which was left out as it is locked, was changed after that time. */
bool login_newer_is_locked(const struct keychain_items *items, int64_t modified);

/* All logins with that security domain that are open, without their secrets. As above. */
int login_list(struct keychain_client *client, const char *domain, struct keychain_items **ret_items);

/* Adds it, or replaces the secret of the one with the same unique attributes. */
int login_add(struct keychain_client *client, const struct login *login);

/* Makes this login of the item with that reference. */
int login_change(struct keychain_client *client, const uint8_t *reference, const struct login *login);

/* One that is gone already is no error. */
int login_delete(struct keychain_client *client, const uint8_t *reference);

/*
 * All that login_find() could find, locked ones as well. errSecItemNotFound: there is none; errSecInteractionNotAllowed: those
 * that there are cannot be told from others before the first unlock.
 */
int login_delete_all(struct keychain_client *client, const struct site *site, const char *account);

static inline void cleanup_items(struct keychain_items **items)
{
	keychain_items_free(*items);
}

#define CLEANUP_ITEMS CLEANUP(cleanup_items)

static inline void cleanup_query(struct keychain_query **query)
{
	keychain_query_free(*query);
}

#define CLEANUP_QUERY CLEANUP(cleanup_query)

#endif
