// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

#include "services.h"

static const char logins[] = SERVICES_LOGIN;
static const char remotes[] = SERVICES_REMOTE;
static const char lockers[] = SERVICES_LOCKER "," SERVICES_LOCKER_STACK;
static const char refused[] = SERVICES_REFUSED;

static bool list_has(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (list && *list) {
		size_t word = strcspn(list, ",");

		if (word == length && memcmp(list, name, length) == 0)
			return true;
		list += word;
		list += *list == ',';
	}
	return false;
}

static const char *value_of(const char *argument, const char *name)
{
	size_t length = strlen(name);

	return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

static unsigned int parse_timeout(pam_handle_t *pamh, const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < 1 || value > OPTIONS_MAX_TIMEOUT) {
		pam_syslog(pamh, LOG_ERR, "timeout=%s is not a number from 1 to %d: using %d", text,
			   OPTIONS_MAX_TIMEOUT, OPTIONS_TIMEOUT);
		return OPTIONS_TIMEOUT;
	}
	return value;
}

void options_parse(pam_handle_t *pamh, int argc, const char **argv, struct options *ret_options)
{
	struct options options = { .timeout = OPTIONS_TIMEOUT };
	const char *value;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "debug") == 0)
			options.debug = true;
		else if (strcmp(argv[i], "create=login") == 0)
			continue;	/* keybagd.conf alone says so; profiles of before may still have it */
		else if (strcmp(argv[i], "authenticate") == 0)
			options.authenticate = true;
		else if ((value = value_of(argv[i], "timeout=")))
			options.timeout = parse_timeout(pamh, value);
		else if ((value = value_of(argv[i], "login=")))
			options.login = value;
		else if ((value = value_of(argv[i], "locker=")))
			options.locker = value;
		else if ((value = value_of(argv[i], "except=")))
			options.except = value;
		else
			pam_syslog(pamh, LOG_ERR, "unknown argument \"%s\": see pam_keybag(8)", argv[i]);
	}
	*ret_options = options;
}

bool options_service_is_remote(const char *service)
{
	return list_has(remotes, service);
}

enum service_kind options_service_kind(const struct options *options, const char *service)
{
	if (list_has(refused, service) || list_has(options->except, service))
		return SERVICE_OTHER;
	if (list_has(options->login, service))
		return SERVICE_LOGIN;
	if (list_has(options->locker, service))
		return SERVICE_LOCKER;
	if (list_has(logins, service))
		return SERVICE_LOGIN;
	if (list_has(lockers, service))
		return SERVICE_LOCKER;
	return SERVICE_OTHER;
}
