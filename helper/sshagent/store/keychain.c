// SPDX-License-Identifier: GPL-2.0-or-later
#include "keychain.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/daemon/log.h"

#define SERVICE		"ssh-agent"
/* The creator of both halves, four letters as a number: "ssha". */
#define CREATOR		0x73736861
#define GROUP_SIZE	64

static struct keychain_client *client;
static enum keychain_refusal refusal;

static void name_group(enum key_half half, char ret_group[GROUP_SIZE])
{
	snprintf(ret_group, GROUP_SIZE, "%s.%u", half == HALF_PRIVATE ? "ssh-agent" : "unconfined", geteuid());
}

struct keychain_client *keychain_now(void)
{
	keychain_client_set_time_limit(client, KEYCHAIN_LIMIT_NS);
	return client;
}

struct keychain_query *keychain_query_of(enum key_half half, const char *fingerprint)
{
	struct keychain_query *query = keychain_query_new(KEYCHAIN_GENERIC_PASSWORD);
	char group[GROUP_SIZE];

	name_group(half, group);
	keychain_query_set_text(query, KEYCHAIN_ACCESS_GROUP, group);
	keychain_query_set_text(query, KEYCHAIN_SERVICE, SERVICE);
	keychain_query_set_number(query, KEYCHAIN_CREATOR, CREATOR);
	if (fingerprint)
		keychain_query_set_text(query, KEYCHAIN_ACCOUNT, fingerprint);
	return query;
}

/* A missing grant is told before anything is looked for, whatever state the keybag is in. */
static int ask_grant(void)
{
	struct keychain_query *query = keychain_query_of(HALF_PRIVATE, "none");
	struct keychain_items *items = NULL;
	int status = keychain_find(keychain_now(), query, 0, 1, &items);

	keychain_query_free(query);
	keychain_items_free(items);
	return status;
}

static int check_grant(void)
{
	int status = ask_grant();

	if (status == errSecMissingEntitlement)
		log_error("no entitlement file grants this program the group of SSH keys, and it serves nobody: it has to be the "
			  "set-group-ID program that the package installs, started without NoNewPrivileges=");
	else if (status && status != errSecItemNotFound)
		log_notice("SSH keys cannot be read now: %s", keychain_client_message(client));
	return status == errSecMissingEntitlement ? status : 0;
}

int keychain_begin(void)
{
	int status = keychain_client_new(&client);

	if (!status)
		status = keychain_client_choose(client, KEYCHAIN_NAME);
	if (status) {
		log_error("the keychain cannot be used: %s", keychain_status_text(status));
		return status;
	}
	return check_grant();
}

enum keychain_refusal keychain_refusal(void)
{
	return refusal;
}

int keychain_note(int status, enum keychain_refusal kind)
{
	if (status == errSecMissingEntitlement && refusal < kind)
		refusal = kind;
	return status;
}

bool keychain_still_refuses(void)
{
	if (ask_grant() != errSecMissingEntitlement)
		refusal = REFUSAL_NONE;
	return refusal != REFUSAL_NONE;
}

void keychain_look(void)
{
	keychain_note(ask_grant(), REFUSAL_UNASKED);
}

void keychain_end(void)
{
	keychain_client_free(client);
	client = NULL;
}
