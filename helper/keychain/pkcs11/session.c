// SPDX-License-Identifier: LGPL-2.1-or-later
#include "session.h"

#include <stdlib.h>

static struct session *sessions[SESSIONS_AT_MOST];
static size_t open_count;
static CK_SESSION_HANDLE last;
static bool logged_in;

CK_RV session_new(struct session **ret_session)
{
	struct session *session;

	if (open_count == SESSIONS_AT_MOST)
		return CKR_SESSION_COUNT;
	session = calloc(1, sizeof(*session));
	if (!session)
		return CKR_HOST_MEMORY;
	session->handle = ++last;
	sessions[open_count++] = session;
	*ret_session = session;
	return CKR_OK;
}

struct session *session_by_handle(CK_SESSION_HANDLE handle)
{
	for (size_t i = 0; i < open_count; i++)
		if (sessions[i]->handle == handle)
			return sessions[i];
	return NULL;
}

size_t session_count(void)
{
	return open_count;
}

void session_close(struct session *session)
{
	size_t place = 0;

	while (sessions[place] != session)
		place++;
	sessions[place] = sessions[--open_count];
	sessions[open_count] = NULL;
	operation_end(&session->sign);
	operation_end(&session->verify);
	operation_end(&session->decrypt);
	free(session->found);
	free(session);
	if (open_count)
		return;
	object_forget_all();
	logged_in = false;
}

void session_close_all(void)
{
	while (open_count)
		session_close(sessions[open_count - 1]);
}

bool session_logged_in(void)
{
	return logged_in;
}

void session_set_logged_in(bool state)
{
	logged_in = state;
}

void session_abandon_all(void)
{
	open_count = 0;
	logged_in = false;
}
