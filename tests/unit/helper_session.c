// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When sessions lock the keybag of their user.
 */
#include <string.h>

#include "keybagd/policy/auto_lock.h"
#include "keybagd/policy/awaited_login.h"
#include "keybagd/policy/idle.h"
#include "keybagd/policy/session.h"
#include "lib/tap.h"

#define ANNA	1201
#define BEN	1202

/* Locks that the rules asked for since the last look. */
static uid_t locked_uid;
static uint32_t locked_reason;
static unsigned int locks;

static void carry_out(struct auto_lock decision)
{
	if (!decision.reason)
		return;
	check(decision.why[0]);
	locked_uid = decision.uid;
	locked_reason = decision.reason;
	locks++;
}

static void lock_screen(struct session *session)
{
	carry_out(auto_lock_screen_locked(session));
}

static void end(struct session *session)
{
	carry_out(auto_lock_session_ended(session));
}

static void judge(uid_t uid)
{
	carry_out(auto_lock_missed(uid));
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

	lock_screen(one);
	check(nothing() && !session_all_locked(ANNA));
	lock_screen(two);
	check(locked(ANNA, KEYBAG_REASON_SCREEN) && session_all_locked(ANNA));
	check(!session_all_locked(BEN));
	/* Told again: locked again, for the keybag may have been opened meanwhile. */
	lock_screen(two);
	check(locked(ANNA, KEYBAG_REASON_SCREEN));
	one->locked = false;
	end(two);
	check(nothing());
	end(one);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	end(ssh);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT) && !session_any(ANNA));
	end(other);
	check(locked(BEN, KEYBAG_REASON_LOGOUT) && !session_first());
	tap_test("screens");
}

static void test_end_leaves_locked(void)
{
	struct session *one = screen("1", ANNA), *two = screen("2", ANNA), *ssh = remote("3", ANNA);

	lock_screen(two);
	end(one);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	/* Beside a locked screen whatever ends locks: it may have been opened there. */
	end(ssh);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	end(two);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("the session in use ends beside a locked one");
}

static void test_without_screen(void)
{
	struct session *tty = console("1", ANNA), *ssh = remote("2", ANNA), *more = remote("3", ANNA);

	end(more);
	check(nothing());
	check(session_counts(tty) && !session_counts(ssh));
	end(tty);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT) && session_counts(ssh));
	end(ssh);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("terminals and sessions from elsewhere");

	/* A desktop that was started on a terminal, with a locker that tells logind. */
	tty = console("1", ANNA);
	more = console("2", ANNA);
	lock_screen(tty);
	check(locked(ANNA, KEYBAG_REASON_SCREEN) && tty->graphical);
	end(more);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	end(tty);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("a terminal that says it is locked is a screen");

	ssh = remote("1", ANNA);
	lock_screen(ssh);
	check(nothing() && !session_all_locked(ANNA));
	end(ssh);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("a session from elsewhere has no screen");
}

/* xrdp, VNC: logind knows a graphical session without a seat. */
static void test_remote_desktop(void)
{
	struct session *desktop = session_add("1", ANNA, false, true), *ssh = remote("2", ANNA), *seat;

	check(session_counts(desktop) && !session_counts(ssh));
	lock_screen(desktop);
	check(locked(ANNA, KEYBAG_REASON_SCREEN) && session_all_locked(ANNA));
	session_screen_opened(ANNA, desktop);
	check(!session_all_locked(ANNA));
	end(ssh);
	check(nothing());

	/* The screen at the machine decides; the desktop elsewhere does not hold open what was opened there. */
	seat = screen("3", ANNA);
	check(!session_counts(desktop));
	lock_screen(desktop);
	check(nothing() && !session_all_locked(ANNA));
	desktop->locked = false;
	lock_screen(seat);
	check(locked(ANNA, KEYBAG_REASON_SCREEN));
	seat->locked = false;
	end(seat);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	end(desktop);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("a desktop from elsewhere is a screen for who sits at no seat");
}

/* A session that ended while a login was awaited, with the session that came of that login. */
static void test_end_beside_new(void)
{
	struct session *ssh = remote("1", ANNA), *seat;

	check(session_end_locks(ANNA, true) && !session_end_locks(ANNA, false));
	seat = console("2", ANNA);
	check(!session_end_locks(ANNA, true));
	lock_screen(seat);
	check(locked(ANNA, KEYBAG_REASON_SCREEN) && session_end_locks(ANNA, false));
	seat->locked = false;
	check(!session_end_locks(ANNA, false));
	end(ssh);
	check(nothing());
	end(seat);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT) && session_end_locks(ANNA, false));
	tap_test("an end beside the session of a login that was awaited");
}

static void test_opened(void)
{
	struct session *one = screen("1", ANNA), *two;

	lock_screen(one);
	check(locked(ANNA, KEYBAG_REASON_SCREEN));
	check(!session_screen_opened(BEN, one) && one->locked);
	session_screen_opened(ANNA, NULL);
	check(!one->locked && nothing());
	/* One that tells LockedHint takes it back itself. */
	lock_screen(one);
	check(locked(ANNA, KEYBAG_REASON_SCREEN));
	one->hinted = true;
	check(session_screen_opened(ANNA, one) == one && session_all_locked(ANNA));
	session_hint_cleared(one);
	check(!session_all_locked(ANNA) && nothing());
	/* Locked again before it was looked at: there is nothing left to look at. */
	one->look_us = 1;
	lock_screen(one);
	check(!one->look_us && locked(ANNA, KEYBAG_REASON_SCREEN));

	two = screen("2", ANNA);
	lock_screen(one);
	lock_screen(two);
	check(locked(ANNA, KEYBAG_REASON_SCREEN));
	session_screen_opened(ANNA, NULL);
	check(one->locked && two->locked);
	session_screen_opened(ANNA, two);
	check(one->locked && !two->locked);
	end(one);
	check(nothing());
	end(two);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("a locker that opens first and tells later");
}

static void test_judge(void)
{
	struct session *one, *ssh;

	judge(ANNA);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	ssh = remote("1", ANNA);
	judge(ANNA);
	check(nothing());
	one = screen("2", ANNA);
	judge(ANNA);
	check(nothing());
	one->locked = true;
	judge(ANNA);
	check(locked(ANNA, KEYBAG_REASON_SCREEN));
	end(ssh);
	locks = 0;
	end(one);
	locks = 0;
	tap_test("what is found at the start");
}

/* A login opens before its session is there; an earlier one may end in between. */
static void test_awaited(void)
{
	struct session *one = screen("1", ANNA), *two;
	struct awaited_login awaited;

	check(awaited_login_add(ANNA, 20) == 0 && awaited_login_add(BEN, 10) == 0);
	check(awaited_login_first()->uid == BEN);
	end(one);
	check(nothing());
	two = screen("2", ANNA);
	carry_out(auto_lock_session_came(ANNA));
	check(nothing() && !awaited_login_take(ANNA, &awaited));
	end(two);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("the session of a login comes after the end of an earlier one");

	carry_out(auto_lock_login_over(BEN));
	check(locked(BEN, KEYBAG_REASON_LOGOUT) && !awaited_login_first());
	two = screen("2", ANNA);
	check(awaited_login_add(ANNA, 10) == 0 && awaited_login_add(ANNA, 30) == 0);
	check(awaited_login_first()->end_us == 30);
	one = remote("1", ANNA);
	end(two);
	check(nothing());
	carry_out(auto_lock_session_came(ANNA));
	check(locked(ANNA, KEYBAG_REASON_LOGOUT) && !awaited_login_first());
	end(one);
	check(locked(ANNA, KEYBAG_REASON_LOGOUT));
	tap_test("a login whose session does not come, or counts less than what has ended");
}

static void test_idle(void)
{
	const uint64_t second = 1000000000, now = 1000 * second;
	struct session *one = screen("1", ANNA), *two = screen("2", ANNA);

	check(!idle_is_long(0, now, 10) && !idle_is_long(now - 20 * second, now, 0));
	check(!idle_is_long(now + second, now, 10) && !idle_is_long(now - 9 * second, now, 10));
	check(idle_is_long(now - 10 * second, now, 10));
	one->idle_since_ns = now - 20 * second;
	carry_out(idle_judge(ANNA, now - 60 * second, now, 10));
	check(nothing());
	two->idle_since_ns = now - 10 * second;
	carry_out(idle_judge(ANNA, now - 60 * second, now, 10));
	check(locked(ANNA, KEYBAG_REASON_IDLE));
	carry_out(idle_judge(ANNA, now - 5 * second, now, 10));
	carry_out(idle_judge(ANNA, 0, now, 10));
	carry_out(idle_judge(BEN, now - 60 * second, now, 10));
	check(nothing());
	end(one);
	end(two);
	locks = 0;
	tap_test("idle sessions");
}

/* Whoever types is not locked, whoever does not is, however the clock is set. */
static void test_terminal(void)
{
	const uint64_t second = 1000000000, hour_us = 3600000000;
	uint64_t now = 100000 * second, stamp = 1000 * hour_us;
	struct session *one = remote("1", ANNA);

	/* Nothing is known of the time before the first look. */
	idle_note_terminal(one, stamp, now - 50 * second, now);
	check(one->idle_since_ns == now);
	idle_note_terminal(one, stamp, now - 50 * second, now + 5 * second);
	check(one->idle_since_ns == now);
	/* The clock goes back an hour, then far forward: nobody has typed. */
	idle_note_terminal(one, stamp, now + 3600 * second, now + 10 * second);
	check(one->idle_since_ns == now);
	idle_note_terminal(one, stamp, 1, now + 15 * second);
	check(one->idle_since_ns == now);
	carry_out(idle_judge(ANNA, now - 60 * second, now + 15 * second, 10));
	check(locked(ANNA, KEYBAG_REASON_IDLE));
	/* Somebody has: when, is what logind says, as far as that can be. */
	now += 20 * second;
	idle_note_terminal(one, stamp + 1, now - 3 * second, now);
	check(one->idle_since_ns == now - 3 * second);
	idle_note_terminal(one, stamp + 2, now - 3600 * second, now + 5 * second);
	check(one->idle_since_ns == now + 5 * second);
	idle_note_terminal(one, stamp - hour_us, now + 3600 * second, now + 10 * second);
	check(one->idle_since_ns == now + 10 * second);
	carry_out(idle_judge(ANNA, now - 60 * second, now + 15 * second, 10));
	check(nothing());
	/* logind does not know. */
	idle_note_terminal(one, 0, 0, now + 60 * second);
	check(!one->idle_since_ns);
	end(one);
	locks = 0;
	tap_test("a terminal is idle while nobody types on it, whatever the clock says");
}

static void test_ids(void)
{
	char text[SESSION_ID_SIZE + 1];

	memset(text, 'x', SESSION_ID_SIZE);
	text[SESSION_ID_SIZE] = 0;
	check(!session_add(text, ANNA, true, true));
	text[SESSION_ID_SIZE - 1] = 0;
	check(session_find(session_add(text, ANNA, true, true)->id) == session_first());
	end(session_first());
	check(!session_find(text));
	tap_test("names of sessions");
}

int main(void)
{
	tap_start();
	test_screens();
	test_end_leaves_locked();
	test_without_screen();
	test_remote_desktop();
	test_end_beside_new();
	test_opened();
	test_judge();
	test_awaited();
	test_idle();
	test_terminal();
	test_ids();
	return tap_end();
}
