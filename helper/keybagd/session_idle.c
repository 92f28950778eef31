// SPDX-License-Identifier: GPL-2.0-or-later
#include "session_idle.h"

#include <stdlib.h>
#include <time.h>

#include "bag.h"
#include "common/cleanup.h"
#include "config.h"
#include "control.h"
#include "logind_bus.h"
#include "logind_properties.h"
#include "session.h"
#include "session_lock.h"

#define SECOND_NS	1000000000ULL
#define SECOND_US	1000000ULL
#define MOST_SECONDS	30	/* between two looks */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static bool long_ago(uint64_t time_ns)
{
	uint64_t now = now_ns();

	return time_ns && time_ns < now &&
	       now - time_ns >= (uint64_t)config.lock_after_idle * SECOND_NS;
}

/* Whether a keybag of the user was opened so long ago that being idle since then can mean it. */
static bool open_for_long(uid_t uid)
{
	struct keybag_status status;
	struct bag *bag;

	for (bag = bag_first(); bag; bag = bag->next)
		if (bag->loaded && bag->type == KEYBAG_TYPE_USER && bag->owner == uid &&
		    control_status(bag->uuid, &status) == 0 &&
		    status.state == KEYBAG_STATE_UNLOCKED && long_ago(status.state_time_ns))
			return true;
	return false;
}

static void judge(uid_t uid)
{
	struct session *session;
	bool any = false;

	for (session = session_first(); session; session = session->next) {
		if (session->uid != uid || !session_counts(session))
			continue;
		if (!long_ago(session->idle_since_ns))
			return;
		any = true;
	}
	if (any && open_for_long(uid))
		session_lock(uid, KEYBAG_REASON_IDLE, "its sessions are idle");
}

static int on_answer(sd_bus_message *message, void *context, sd_bus_error *error)
{
	CLEANUP_FREE char *id = context;
	struct session *session = session_find(id);
	struct logind_properties properties;

	(void)error;
	if (!session || sd_bus_message_is_method_error(message, NULL) ||
	    logind_properties_read(message, &properties) < 0)
		return 0;
	/* Of a terminal logind knows when it was used; "idle" it says by a setting of its own. */
	if (properties.idle_since_us > 0 && (properties.idle > 0 || !session->graphical))
		session->idle_since_ns = (uint64_t)properties.idle_since_us * 1000;
	judge(session->uid);
	return 0;
}

static int on_look(sd_event_source *source, uint64_t time, void *context)
{
	uint64_t seconds = config.lock_after_idle / 4;
	struct session *session;

	(void)time;
	(void)context;
	for (session = session_first(); session; session = session->next) {
		session->idle_since_ns = 0;
		if (session_counts(session) && open_for_long(session->uid))
			logind_bus_get_all(session->id, on_answer);
	}
	if (seconds > MOST_SECONDS)
		seconds = MOST_SECONDS;
	sd_event_source_set_time_relative(source, (seconds ? seconds : 1) * SECOND_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int session_idle_open(sd_event *loop)
{
	int result;

	if (!config.lock_after_idle)
		return 0;
	result = sd_event_add_time_relative(loop, NULL, CLOCK_MONOTONIC, 0, SECOND_US, on_look,
					    NULL);
	return result < 0 ? result : 0;
}
