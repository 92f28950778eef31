// SPDX-License-Identifier: GPL-2.0-or-later
#include "logind_sleep.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "daemon/log.h"
#include "libkeybag/keybag.h"
#include "logind_bus.h"
#include "session_lock.h"

/* Held: the machine does not sleep before keybags are locked. */
static int inhibitor = -1;

static int on_inhibitor(sd_bus_message *message, void *context, sd_bus_error *error)
{
	int fd;

	(void)context;
	(void)error;
	if (sd_bus_message_is_method_error(message, NULL) ||
	    sd_bus_message_read(message, "h", &fd) < 0) {
		log_warning("logind grants no delay of sleep: the kernel alone locks keybags then");
		return 0;
	}
	if (inhibitor < 0)
		inhibitor = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return 0;
}

void logind_sleep_delay(sd_bus *bus)
{
	CLEANUP(logind_message_unref) sd_bus_message *message = NULL;

	if (inhibitor < 0 &&
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

int logind_sleep_signal(sd_bus_message *message, void *context, sd_bus_error *error)
{
	int begins, result;

	(void)context;
	(void)error;
	if (sd_bus_message_read(message, "b", &begins) < 0)
		return 0;
	if (!begins) {
		logind_sleep_delay(sd_bus_message_get_bus(message));
		return 0;
	}
	result = session_lock_all(KEYBAG_REASON_SUSPEND);
	if (result < 0 && result != -ENXIO)
		log_error("keybags could not be locked before sleep: %s",
			  keybag_error_text(result));
	logind_sleep_let();
	return 0;
}
