/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A login of the user, from their first session to their last one: logind has no name for it, and it is told by the sessions
 * that there are.
 */
#ifndef USERSERVICE_LOGIN_H
#define USERSERVICE_LOGIN_H

#include <stdbool.h>

#define LOGIN_SIZE	1024

/*
 * The identifiers of the user's sessions, with a blank between two; "": there are none that logind knows. Sessions that are ending and
 * those of service managers, which linger, do not count. Of very many those are left out that have no room.
 */
void login_read(char ret_login[LOGIN_SIZE]);

/* Whether both may be of one login: they have a session in common, or neither has any. */
bool login_is_same(const char *one, const char *other);

#endif /* USERSERVICE_LOGIN_H */
