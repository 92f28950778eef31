// SPDX-License-Identifier: GPL-2.0-or-later
#include "login.h"

#include <string.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/name_owner.h"

#define BLANK	" "

static bool counts(const char *session)
{
	CLEANUP_FREE char *state = NULL, *class = NULL;

	if (sd_session_get_state(session, &state) >= 0 && !strcmp(state, "closing"))
		return false;
	return sd_session_get_class(session, &class) < 0 || strncmp(class, "manager", strlen("manager"));
}

static void append(char login[LOGIN_SIZE], const char *session)
{
	size_t length = strlen(login);

	if (length + strlen(BLANK) + strlen(session) >= LOGIN_SIZE)
		return;
	if (length)
		strcat(login, BLANK);
	strcat(login, session);
}

void login_read(char ret_login[LOGIN_SIZE])
{
	CLEANUP(bus_texts_free) char **sessions = NULL;

	*ret_login = 0;
	if (sd_uid_get_sessions(geteuid(), 0, &sessions) < 0)
		return;
	for (char **session = sessions; session && *session; session++) {
		if (counts(*session))
			append(ret_login, *session);
	}
}

static bool has(const char *login, const char *session, size_t length)
{
	while (*login) {
		size_t other = strcspn(login, BLANK);

		if (other == length && !strncmp(login, session, length))
			return true;
		login += other + strspn(login + other, BLANK);
	}
	return false;
}

bool login_is_same(const char *one, const char *other)
{
	if (!*one)
		return !*other;
	while (*one) {
		size_t length = strcspn(one, BLANK);

		if (length && has(other, one, length))
			return true;
		one += length + strspn(one + length, BLANK);
	}
	return false;
}
