// SPDX-License-Identifier: GPL-2.0-or-later
#include "ask.h"

#include <string.h>
#include <systemd/sd-login.h>
#include <time.h>
#include <unistd.h>

#include "helper/agent/screen.h"
#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"
#include "helper/daemon/name_owner.h"
#include "helper/daemon/service_manager.h"
#include "caller.h"
#include "helper/secretservice/store/library.h"
#include "helper/secretservice/store/lock_state.h"
#include "prompt.h"

#define UNIT_OPEN		"keybag-agent-once.service"
#define UNIT_CHECK		"keybag-agent-check.service"

/* The time for which somebody who has said no is left alone. */
#define QUIET_SECONDS	30

static sd_bus *session_bus;
static void (*on_decline)(void);
static bool (*on_accept)(bool check);
static struct name_owner manager = { .name = MANAGER };
static const char *asking;	/* the unit that asks; NULL: none does */
static sd_bus_slot *starting;	/* the call that starts it */
static char job[64];		/* path of its job; "": not told yet */
static time_t declined_at;	/* 0: not yet */

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return time.tv_sec;
}

static void forget_job(void)
{
	asking = NULL;
	job[0] = 0;
	starting = sd_bus_slot_unref(starting);
}

/* The keybag may have been locked again before all who wait had it. */
static void finish(bool accepted)
{
	bool check = !strcmp(asking, UNIT_CHECK);

	forget_job();
	if (accepted) {
		if (on_accept(check))
			ask_for_passcode();
		return;
	}
	declined_at = now();
	on_decline();
}

/* The job of a unit that is started is over when what it runs is. */
static int on_job_removed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	const char *removed, *result;

	(void)context;
	(void)error;
	if (asking && name_owner_sent(&manager, message) &&
	    sd_bus_message_read(message, "uoss", NULL, &removed, NULL, &result) >= 0 && !strcmp(removed, job))
		finish(!strcmp(result, "done"));
	return 0;
}

/* Comes before what is told of that job. */
static int on_started(sd_bus_message *reply, void *context, sd_bus_error *error)
{
	const char *path;

	(void)context;
	(void)error;
	if (!sd_bus_message_is_method_error(reply, NULL) && sd_bus_message_read(reply, "o", &path) >= 0 && strlen(path) < sizeof(job)) {
		strcpy(job, path);
		return 0;
	}
	if (sd_bus_message_is_method_error(reply, NULL))
		log_notice("the passcode cannot be asked for: %s", sd_bus_message_get_error(reply)->message);
	forget_job();
	on_decline();
	return 0;
}

/* Nobody is asked on a screen that is locked; a keybag that was open all the time opens nothing when it is unlocked. */
static void on_screen(void)
{
	library_begin();
	if (prompts_any_shown() && on_accept(false) && !ask_for_passcode())
		on_decline();
}

int ask_begin(sd_bus *bus, sd_event *loop, void (*declined)(void), bool (*accepted)(bool check))
{
	int result;

	session_bus = bus;
	on_decline = declined;
	on_accept = accepted;
	screen_watch(loop, on_screen);
	result = name_owner_follow(&manager, bus, false);
	if (result >= 0)
		result = sd_bus_add_match_async(bus, NULL, "type='signal',sender='" MANAGER "',interface='" MANAGER_INTERFACE
						"',member='JobRemoved'", on_job_removed, NULL, NULL);
	return result < 0 ? result : 0;
}

static bool can_be_asked(void)
{
	CLEANUP_FREE char *session = NULL;

	return sd_uid_get_display(geteuid(), &session) >= 0 && (session_is_graphical(session) || display_is_known(session_bus)) &&
	       !screen_is_locked(geteuid());
}

/* However long the manager takes, as while it loads its units anew: the unit starts all the same. */
static bool start_unit(const char *unit)
{
	CLEANUP(bus_message_unref) sd_bus_message *call = NULL;

	return sd_bus_message_new_method_call(session_bus, &call, MANAGER, MANAGER_PATH, MANAGER_INTERFACE, "StartUnit") >= 0 &&
	       sd_bus_message_append(call, "ss", unit, "replace") >= 0 &&
	       sd_bus_call_async(session_bus, &starting, call, on_started, NULL, UINT64_MAX) >= 0;
}

bool ask_for_passcode(void)
{
	const char *unit = lock_state_now() == LOCK_STATE_UNLOCKED ? UNIT_CHECK : UNIT_OPEN;

	if (asking || !can_be_asked())
		return true;
	if (declined_at && now() - declined_at < QUIET_SECONDS)
		return false;
	/* Jobs are told of to those who want to know. */
	if (sd_bus_call_method_async(session_bus, NULL, MANAGER, MANAGER_PATH, MANAGER_INTERFACE, "Subscribe", NULL, NULL, NULL) >= 0 &&
	    start_unit(unit))
		asking = unit;
	return true;
}

void ask_stop(void)
{
	if (!asking)
		return;
	sd_bus_call_method_async(session_bus, NULL, MANAGER, MANAGER_PATH, MANAGER_INTERFACE, "StopUnit", NULL, NULL, "ss", asking,
				 "replace");
	forget_job();
}
