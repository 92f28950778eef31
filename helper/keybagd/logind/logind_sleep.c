// SPDX-License-Identifier: GPL-2.0-or-later
#include "logind_sleep.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "daemon/log.h"
#include "daemon/name_owner.h"
#include "libkeybag/keybag.h"
#include "logind_bus.h"

/* Held: the machine does not sleep before keybags are locked. */
static int inhibitor = -1;
static int (*lock_all_keybags)(uint32_t reason);
static void (*call_when_quiet)(void (*quiet)(void));

static int on_inhibitor(sd_bus_message *message, void *context, sd_bus_error *error)
{
	int fd;

	(void)context;
	(void)error;
	if (!logind_bus_sent(message) || sd_bus_message_is_method_error(message, NULL) ||
	    sd_bus_message_read(message, "h", &fd) < 0) {
		log_warning("logind grants no delay of sleep: the kernel alone locks keybags then");
		return 0;
	}
	if (inhibitor < 0)
		inhibitor = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return 0;
}

void logind_sleep_open(int (*lock_all)(uint32_t reason), void (*when_quiet)(void (*quiet)(void)))
{
	lock_all_keybags = lock_all;
	call_when_quiet = when_quiet;
}

void logind_sleep_delay(void)
{
	CLEANUP(bus_message_unref) sd_bus_message *message = NULL;
	sd_bus *bus = logind_bus();

	if (inhibitor < 0 && bus &&
	    sd_bus_message_new_method_call(bus, &message, LOGIND_NAME, LOGIND_OBJECT,
					   LOGIND_MANAGER, "Inhibit") >= 0 &&
	    sd_bus_message_append(message, "ssss", "sleep", "keybagd", "Locks keybags",
				  "delay") >= 0)
		logind_bus_call(message, on_inhibitor, NULL);
}

void logind_sleep_let(void)
{
	if (inhibitor >= 0)
		close(inhibitor);
	inhibitor = -1;
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
