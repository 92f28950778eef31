// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Logins, told by their sessions: which of them may be one.
 */
#include "helper/userservice/login.h"
#include "tests/unit/lib/tap.h"

static bool are_same(const char *one, const char *other)
{
	bool same = login_is_same(one, other);

	check(login_is_same(other, one) == same);
	return same;
}

int main(void)
{
	tap_start();
	check(are_same("5", "5") && are_same("5", "5 7") && are_same("5 7", "7 9 12") && are_same("c1 3", "4 c1"));
	tap_test("sessions come and go, and one of them goes on");
	check(!are_same("5", "7") && !are_same("5 7", "9 12"));
	tap_test("all sessions are others");
	check(!are_same("1", "11") && !are_same("11 2", "1 22") && !are_same("c1", "1"));
	tap_test("an identifier is compared as a whole");
	check(are_same("", "") && !are_same("", "5"));
	tap_test("no session is the login of none");
	return tap_end();
}
