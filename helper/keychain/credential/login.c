// SPDX-License-Identifier: GPL-2.0-or-later
#include "login.h"

#include <string.h>

/* @code: of the protocol; "": items that name none. */
static struct keychain_query *query_of(const struct site *site, const char *code, const char *account)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_INTERNET_PASSWORD);

	keychain_query_set_text(query, KEYCHAIN_SECURITY_DOMAIN, site->domain);
	keychain_query_set_text(query, KEYCHAIN_SERVER, site->host);
	keychain_query_set_text(query, KEYCHAIN_PROTOCOL, code);
	/* A password of a form, say, is another item. */
	keychain_query_set_text(query, KEYCHAIN_AUTHENTICATION_TYPE, "");
	/* Zero is what an item without a port has. */
	keychain_query_set_number(query, KEYCHAIN_PORT, site->port);
	if (site->path)
		keychain_query_set_text(query, KEYCHAIN_PATH, site->path);
	if (account)
		keychain_query_set_text(query, KEYCHAIN_ACCOUNT, account);
	return query;
}

static struct keychain_query *search_of(const struct site *site, const char *code, const char *account)
{
	struct keychain_query *query = query_of(site, code, account);

	keychain_query_set_any_synchronizable(query);
	return query;
}

static bool serves_unnamed(const struct site *site)
{
	return !*site->domain && !strcmp(site->protocol, "https");
}

static int find(struct keychain_client *client, const struct keychain_query *query, unsigned int flags,
		struct keychain_items **ret_items)
{
	struct keychain_items *items = NULL;
	int status = keychain_find(client, query, flags | KEYCHAIN_LOCKED_REFERENCES, KEYCHAIN_NO_LIMIT, &items);

	if (status)
		return status;
	if (keychain_items_count(items)) {
		*ret_items = items;
		return 0;
	}
	keychain_items_free(items);
	/* Once more, for the message about those that are locked, or may have been unlocked since. */
	return keychain_find(client, query, flags, KEYCHAIN_NO_LIMIT, ret_items);
}

static int find_by(struct keychain_client *client, const struct site *site, const char *code, const char *account,
		   struct keychain_items **ret_items)
{
	CLEANUP_QUERY struct keychain_query *query = search_of(site, code, account);

	return find(client, query, KEYCHAIN_RETURN_ATTRIBUTES | KEYCHAIN_RETURN_SECRET | KEYCHAIN_RETURN_REFERENCE, ret_items);
}

int login_find(struct keychain_client *client, const struct site *site, const char *account,
	       struct keychain_items **ret_items)
{
	int unnamed, status = find_by(client, site, site_protocol_code(site->protocol), account, ret_items);

	/* Before the first unlock it cannot be told whether there are others. */
	if ((status != errSecItemNotFound && status != errSecInteractionNotAllowed) || !serves_unnamed(site))
		return status;
	unnamed = find_by(client, site, "", account, ret_items);
	if (unnamed != errSecItemNotFound || status == errSecItemNotFound)
		return unnamed;
	/* Once more, for the message. */
	return find_by(client, site, site_protocol_code(site->protocol), account, ret_items);
}

bool login_newer_is_locked(const struct keychain_items *items, int64_t modified)
{
	for (size_t i = 0; i < keychain_items_locked_count(items); i++)
		if (keychain_items_locked_time(items, i, KEYCHAIN_MODIFIED) > modified)
			return true;
	return false;
}

int login_list(struct keychain_client *client, const char *domain, struct keychain_items **ret_items)
{
	CLEANUP_QUERY struct keychain_query *query = keychain_query_new(KEYCHAIN_INTERNET_PASSWORD);

	keychain_query_set_text(query, KEYCHAIN_SECURITY_DOMAIN, domain);
	keychain_query_set_any_synchronizable(query);
	return find(client, query, KEYCHAIN_RETURN_ATTRIBUTES, ret_items);
}

static void set_content(struct keychain_query *query, const struct login *login)
{
	keychain_query_set_secret(query, login->secret->data, login->secret->length);
	if (login->accessible)
		keychain_query_set_accessible(query, login->accessible);
	if (!login->url)
		return;
	for (size_t i = 0; login->former && i < keychain_items_own_count(login->former, login->former_index); i++) {
		const char *name = keychain_items_own_name(login->former, login->former_index, i);

		keychain_query_set_own(query, name, keychain_items_own(login->former, login->former_index, name, NULL));
	}
	keychain_query_set_own(query, LOGIN_URL, login->url);
}

int login_add(struct keychain_client *client, const struct login *login)
{
	CLEANUP_QUERY struct keychain_query *item = query_of(login->site, site_protocol_code(login->site->protocol), login->account);

	keychain_query_set_text(item, KEYCHAIN_LABEL, login->label);
	set_content(item, login);
	return keychain_upsert(client, item, NULL);
}

int login_change(struct keychain_client *client, const uint8_t *reference, const struct login *login)
{
	CLEANUP_QUERY struct keychain_query *query = keychain_query_new_reference(reference);
	CLEANUP_QUERY struct keychain_query *changes = keychain_query_new_changes();

	keychain_query_set_text(changes, KEYCHAIN_ACCOUNT, login->account);
	set_content(changes, login);
	return keychain_update(client, query, changes);
}

int login_delete(struct keychain_client *client, const uint8_t *reference)
{
	CLEANUP_QUERY struct keychain_query *query = keychain_query_new_reference(reference);
	int status = keychain_delete(client, query);

	return status == errSecItemNotFound ? 0 : status;
}

static int delete_by(struct keychain_client *client, const struct site *site, const char *code, const char *account)
{
	CLEANUP_QUERY struct keychain_query *query = search_of(site, code, account);
	CLEANUP_ITEMS struct keychain_items *items = NULL;
	int status = keychain_delete(client, query);

	if (status != errSecItemNotFound)
		return status;
	/* Before the first unlock it finds none, and says so; a search says that it cannot tell. */
	status = keychain_find(client, query, KEYCHAIN_RETURN_REFERENCE, 1, &items);
	return status ? status : errSecItemNotFound;
}

int login_delete_all(struct keychain_client *client, const struct site *site, const char *account)
{
	int unnamed, status = delete_by(client, site, site_protocol_code(site->protocol), account);

	if ((status && status != errSecItemNotFound) || !serves_unnamed(site))
		return status;
	unnamed = delete_by(client, site, "", account);
	return unnamed == errSecItemNotFound ? status : unnamed;
}
