// SPDX-License-Identifier: GPL-2.0-or-later
#include "logind_sleep.h"

#include <errno.h>
#include <string.h>

#include "daemon/log.h"
#include "inhibitor.h"
#include "libkeybag/keybag.h"
#include "logind_bus.h"

/* After this logind is asked again. */
#define AGAIN_US	60000000ULL

static sd_event_source *again;
static bool refused;	/* and that was told */
static int (*lock_all_keybags)(uint32_t reason);
static void (*call_when_quiet)(void (*quiet)(void));

static void take(void)
{
	const char *logind = logind_bus_owner();

	if (logind)
		inhibitor_take(logind);
}

static void on_refused(int error)
{
	if (!refused)
		log_warning("logind grants no delay of sleep (%s): the kernel alone locks keybags then", strerror(-error));
	refused = true;
	sd_event_source_set_time_relative(again, AGAIN_US);
	sd_event_source_set_enabled(again, SD_EVENT_ONESHOT);
}

static int logind_sleep_on_again(sd_event_source *source, uint64_t time, void *context)
{
	(void)source;
	(void)time;
	(void)context;
	take();
	return 0;
}

int logind_sleep_open(sd_event *loop, int (*lock_all)(uint32_t reason), void (*when_quiet)(void (*quiet)(void)))
{
	int result = inhibitor_open(loop, on_refused);

	lock_all_keybags = lock_all;
	call_when_quiet = when_quiet;
	if (result >= 0)
		result = sd_event_add_time(loop, &again, CLOCK_MONOTONIC, 0, 0, logind_sleep_on_again, NULL);
	if (result >= 0)
		result = sd_event_source_set_enabled(again, SD_EVENT_OFF);
	return result < 0 ? result : 0;
}

void logind_sleep_delay(void)
{
	refused = false;
	take();
}

void logind_sleep_let(void)
{
	sd_event_source_set_enabled(again, SD_EVENT_OFF);
	inhibitor_let();
}

void logind_sleep_forget(void)
{
	call_when_quiet(NULL);
}

void logind_sleep_changed(bool begins)
{
	int result;

	if (!begins) {
		logind_sleep_forget();
		logind_sleep_delay();
		return;
	}
	result = lock_all_keybags(KEYBAG_REASON_SUSPEND);
	if (result < 0 && result != -ENXIO)
		log_error("keybags could not be locked before sleep: %s",
			  keybag_error_text(result));
	call_when_quiet(logind_sleep_let);
}
