// SPDX-License-Identifier: GPL-2.0-or-later
#include "logind_await.h"

#include <time.h>

#include "carry_out.h"
#include "keybagd/policy/awaited_login.h"

/* Between the credentials and the session there is what other PAM modules do. */
#define AWAIT_US	20000000ULL
#define ACCURACY_US	100000ULL

static sd_event *event_loop;
static sd_event_source *end;	/* of the first one */

void logind_await_open(sd_event *loop)
{
	event_loop = loop;
}

static void set_end(void)
{
	const struct awaited_login *first = awaited_login_first();

	if (!first) {
		sd_event_source_set_enabled(end, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time(end, first->end_us);
	sd_event_source_set_enabled(end, SD_EVENT_ONESHOT);
}

/* One whose session has come is awaited no longer; then it is another's turn, or nobody's. */
static int logind_await_on_end(sd_event_source *source, uint64_t time, void *context)
{
	const struct awaited_login *first;
	uint64_t now;

	(void)time;
	(void)context;
	if (sd_event_now(sd_event_source_get_event(source), CLOCK_BOOTTIME, &now) < 0)
		return 0;
	while ((first = awaited_login_first()) && first->end_us <= now)
		carry_out(auto_lock_login_over(first->uid));
	set_end();
	return 0;
}

void logind_await(uid_t uid)
{
	uint64_t now;

	if (!end && sd_event_add_time(event_loop, &end, CLOCK_BOOTTIME, UINT64_MAX, ACCURACY_US,
				      logind_await_on_end, NULL) < 0)
		return;
	if (sd_event_now(event_loop, CLOCK_BOOTTIME, &now) >= 0 &&
	    awaited_login_add(uid, now + AWAIT_US) == 0)
		set_end();
}

bool logind_await_again(uid_t uid, uint64_t unlocked_ns)
{
	struct timespec now;
	uint64_t now_us;

	clock_gettime(CLOCK_REALTIME, &now);
	now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	if (!unlocked_ns || now_us - unlocked_ns / 1000 >= AWAIT_US)
		return false;
	logind_await(uid);
	return true;
}
