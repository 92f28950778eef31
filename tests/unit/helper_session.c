// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When sessions lock the keybag of their user.
 */
#include <string.h>

#include "keybagd/session.h"
#include "keybagd/session_lock.h"
#include "tap.h"

#define ANNA	1201
#define BEN	1202

/* What the rules asked for since the last look. */
static uid_t locked_uid;
static uint32_t locked_reason;
static unsigned int locks;

void session_lock(uid_t uid, uint32_t reason, const char *why)
{
	check(why && *why);
	locked_uid = uid;
	locked_reason = reason;
	locks++;
}

static bool nothing(void)
{
	return !locks;
}

static bool locked(uid_t uid, uint32_t reason)
{
	bool is = locks == 1 && locked_uid == uid && locked_reason == reason;

	locks = 0;
	return is;
}

static struct session *screen(const char *id, uid_t uid)
{
	return session_add(id, uid, true, true);
}

static struct session *console(const char *id, uid_t uid)
{
	return session_add(id, uid, true, false);
}

static struct session *remote(const char *id, uid_t uid)
{
	return session_add(id, uid, false, false);
}

static void test_screens(void)
{
	struct session *one = screen("1", ANNA), *two = screen("2", ANNA), *other = screen("3", BEN);
	struct session *ssh = remote("4", ANNA);

	session_screen_locked(one);
	check(nothing() && !session_all_locked(ANNA));
	session_screen_locked(two);
	check(locked(ANNA, KEYBAG_REASON_SCREEN) && session_all_locked(ANNA));
	check(!session_all_locked(BEN));
	/* Told again: locked again, for the keybag may have been opened meanwhile. */
	session_screen_locked(two);
	check(locked(ANNA, KEYBAG_REASON_SCREEN));
	one->locked = false;
	session_end(two);
	check(nothing());
	session_end(one);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	session_end(ssh);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT) && !session_any(ANNA));
	session_end(other);
	check(locked(BEN, KEYBAG_REASON_LOGOUT) && !session_first());
	tap_test("screens");
}

static void test_end_leaves_locked(void)
{
	struct session *one = screen("1", ANNA), *two = screen("2", ANNA), *ssh = remote("3", ANNA);

	session_screen_locked(two);
	session_end(one);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	/* Beside a locked screen whatever ends locks: it may have been opened there. */
	session_end(ssh);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	session_end(two);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("the session in use ends beside a locked one");
}

static void test_without_screen(void)
{
	struct session *tty = console("1", ANNA), *ssh = remote("2", ANNA), *more = remote("3", ANNA);

	session_end(more);
	check(nothing());
	check(session_counts(tty) && !session_counts(ssh));
	session_end(tty);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT) && session_counts(ssh));
	session_end(ssh);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("terminals and sessions from elsewhere");

	/* A desktop that was started on a terminal, with a locker that tells logind. */
	tty = console("1", ANNA);
	more = console("2", ANNA);
	session_screen_locked(tty);
	check(locked(ANNA, KEYBAG_REASON_SCREEN) && tty->graphical);
	session_end(more);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	session_end(tty);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("a terminal that says it is locked is a screen");

	ssh = remote("1", ANNA);
	session_screen_locked(ssh);
	check(nothing() && !session_all_locked(ANNA));
	session_end(ssh);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("a session from elsewhere has no screen");
}

static void test_opened(void)
{
	struct session *one = screen("1", ANNA), *two;

	session_screen_locked(one);
	check(locked(ANNA, KEYBAG_REASON_SCREEN));
	session_screen_opened(BEN, one);
	check(one->locked);
	session_screen_opened(ANNA, NULL);
	check(!one->locked && nothing());

	two = screen("2", ANNA);
	session_screen_locked(one);
	session_screen_locked(two);
	check(locked(ANNA, KEYBAG_REASON_SCREEN));
	session_screen_opened(ANNA, NULL);
	check(one->locked && two->locked);
	session_screen_opened(ANNA, two);
	check(one->locked && !two->locked);
	session_end(one);
	check(nothing());
	session_end(two);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("a locker that opens first and tells later");
}

static void test_judge(void)
{
	struct session *one, *ssh;

	session_judge(ANNA);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	ssh = remote("1", ANNA);
	session_judge(ANNA);
	check(nothing());
	one = screen("2", ANNA);
	session_judge(ANNA);
	check(nothing());
	one->locked = true;
	session_judge(ANNA);
	check(locked(ANNA, KEYBAG_REASON_SCREEN));
	session_end(ssh);
	locks = 0;
	session_end(one);
	locks = 0;
	tap_test("what is found at the start");
}

static void test_ids(void)
{
	char text[SESSION_ID_SIZE + 1];

	memset(text, 'x', SESSION_ID_SIZE);
	text[SESSION_ID_SIZE] = 0;
	check(!session_add(text, ANNA, true, true));
	text[SESSION_ID_SIZE - 1] = 0;
	check(session_find(session_add(text, ANNA, true, true)->id) == session_first());
	session_end(session_first());
	check(!session_find(text));
	tap_test("names of sessions");
}

int main(void)
{
	tap_start();
	test_screens();
	test_end_leaves_locked();
	test_without_screen();
	test_opened();
	test_judge();
	test_ids();
	return tap_end();
}
