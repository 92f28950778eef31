// SPDX-License-Identifier: GPL-2.0-or-later
#include "logind_idle.h"

#include "carry_out.h"
#include "common/deadline.h"
#include "keybagd/policy/idle.h"
#include "logind_bus.h"

#define SECOND_US	1000000ULL
#define MOST_SECONDS	30	/* between two looks */

static sd_event_source *look;
static uint64_t (*keybag_open_since)(uid_t uid);
static uint32_t (*keybag_lock_after)(uid_t uid);

static void logind_idle_on_answer(const char *id, const struct logind_properties *properties)
{
	struct session *session = session_find(id);

	if (!session || !properties)
		return;
	/* logind knows when a terminal was used; that it is "idle" it says by a setting of its own. */
	if (session->graphical && properties->idle > 0 && properties->idle_since_us > 0)
		session->idle_since_ns = (uint64_t)properties->idle_since_us * 1000;
	if (!session->graphical && properties->idle_stamp_us >= 0)
		idle_note_terminal(session, (uint64_t)properties->idle_stamp_us,
				   properties->idle_since_us > 0 ? (uint64_t)properties->idle_since_us * 1000 : 0,
				   deadline_now());
	carry_out(idle_judge(session->uid, keybag_open_since(session->uid), deadline_now(),
			     keybag_lock_after(session->uid)));
}

static int on_look(sd_event_source *source, uint64_t time, void *context)
{
	uint64_t shortest = keybag_lock_after(LOGIND_ANYBODY), seconds = shortest / 4;
	struct session *session;

	(void)time;
	(void)context;
	/* Until the setting is there, see logind_idle_reload(). */
	if (!shortest)
		return 0;
	for (session = session_first(); session; session = session->next) {
		session->idle_since_ns = 0;
		/* As soon as a keybag is open: what changes between two looks tells when a terminal was used. */
		if (session_counts(session) && keybag_open_since(session->uid) && keybag_lock_after(session->uid))
			logind_bus_get_all(session->id, logind_idle_on_answer);
	}
	if (seconds > MOST_SECONDS)
		seconds = MOST_SECONDS;
	sd_event_source_set_time_relative(source, (seconds ? seconds : 1) * SECOND_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int logind_idle_open(sd_event *loop, uint64_t (*open_since)(uid_t uid), uint32_t (*lock_after)(uid_t uid))
{
	int result;

	keybag_open_since = open_since;
	keybag_lock_after = lock_after;
	result = sd_event_add_time_relative(loop, &look, CLOCK_MONOTONIC, 0, SECOND_US, on_look, NULL);
	return result < 0 ? result : 0;
}

void logind_idle_reload(void)
{
	/* Where sessions are not followed there is nothing to look at. */
	if (!look)
		return;
	sd_event_source_set_time_relative(look, 0);
	sd_event_source_set_enabled(look, SD_EVENT_ONESHOT);
}
