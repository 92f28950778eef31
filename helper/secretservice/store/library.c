// SPDX-License-Identifier: GPL-2.0-or-later
#include "library.h"

#include <stdio.h>
#include <string.h>

#include "call.h"
#include "helper/common/deadline.h"
#include "helper/daemon/log.h"

static struct keychain_client *client;
static uint64_t deadline;	/* the time of a suspend does not count: programs that wait do not count it either */
static bool granted;
static int served = -1;

void library_begin(void)
{
	deadline = deadline_after(LIBRARY_LIMIT_NS);
}

void library_begin_again(void)
{
	deadline = deadline_after(LIBRARY_AGAIN_NS);
}

bool library_time_is_over(void)
{
	return !deadline_left(deadline);
}

void library_limit(void)
{
	uint64_t left_ns = deadline_left(deadline);

	keychain_client_set_time_limit(client, left_ns ? left_ns : 1);
}

static int ask_access(struct keychain_client *of, struct value **ret_report)
{
	return call_plain(of, "access", ret_report);
}

static int check_grant(bool in_own_name)
{
	if (granted)
		return 0;
	if (in_own_name) {
		log_warning("everything is asked in the name of this program: its clients, be they in a sandbox, all have what it has itself");
		return 0;
	}
	log_error("no entitlement file lets this program ask on behalf of others, and in its own name it serves nobody: it has to be "
		  "the set-group-ID program that the package installs, started without NoNewPrivileges=");
	return errSecMissingEntitlement;
}

int library_open(bool in_own_name)
{
	struct value *report;
	int status = keychain_client_new(&client);

	if (status)
		return status;
	library_begin();
	library_limit();
	status = ask_access(client, &report);
	if (status) {
		log_error("the keychain cannot be used: %s", library_message());
		return status;
	}
	granted = value_as_boolean(value_get(report, "on-behalf"));
	value_free(report);
	return check_grant(in_own_name);
}

bool library_has_lost_grant(void)
{
	struct value *report = NULL;
	bool lost;

	if (!granted || ask_access(library_own_client(NULL), &report))
		return false;
	lost = !value_as_boolean(value_get(report, "on-behalf"));
	value_free(report);
	return lost;
}

void library_close(void)
{
	keychain_client_free(client);
	client = NULL;
}

bool library_serves_others(void)
{
	return granted;
}

void library_serve(int pidfd)
{
	served = pidfd;
}

struct keychain_client *library_own_client(const char *keychain)
{
	library_limit();
	keychain_client_unset_behalf(client);
	return keychain_client_choose(client, keychain) ? NULL : client;
}

struct keychain_client *library_client(const char *keychain)
{
	if (!granted)
		return library_own_client(keychain);
	library_limit();
	return keychain_client_set_behalf(client, served) || keychain_client_choose(client, keychain) ? NULL : client;
}

struct keychain_client *library_any_client(void)
{
	return served >= 0 ? library_client(NULL) : library_own_client(NULL);
}

int library_group(char ret_group[LIBRARY_GROUP_SIZE])
{
	struct keychain_client *asking = library_client(NULL);
	struct value *report = NULL;
	const char *group;
	int status = asking ? ask_access(asking, &report) : errSecAllocate;

	if (status)
		return status;
	group = value_as_name(value_get(value_at(value_get(report, "groups"), 0), "group"));
	if (group && strlen(group) < LIBRARY_GROUP_SIZE)
		strcpy(ret_group, group);
	else
		status = errSecMissingEntitlement;
	value_free(report);
	return status;
}

const char *library_message(void)
{
	const char *message = keychain_client_message(client);

	if (!*message)
		message = call_message();
	return *message ? message : "the keychain could not do it";
}
