// SPDX-License-Identifier: GPL-2.0-or-later
#include "caller.h"

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-login.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/name_owner.h"
#include "helper/daemon/service_manager.h"

static bool is_display(const char *variable)
{
	return (!strncmp(variable, "DISPLAY=", 8) && variable[8]) || (!strncmp(variable, "WAYLAND_DISPLAY=", 16) && variable[16]);
}

bool display_is_known(sd_bus *bus)
{
	CLEANUP(bus_texts_free) char **variables = NULL;
	bool found = false;

	if (manager_environment(bus, &variables) < 0)
		return false;
	for (char **at = variables; at && *at && !found; at++)
		found = is_display(*at);
	return found;
}

/* A desktop that was started by startx is in a session on a terminal. */
static bool session_is_on_terminal(const char *session, sd_bus *bus)
{
	CLEANUP_FREE char *type = NULL;

	return sd_session_is_remote(session) > 0 ||
	       (sd_session_get_type(session, &type) >= 0 && !strcmp(type, "tty") && !display_is_known(bus));
}

bool caller_is_on_terminal(sd_bus_message *message)
{
	CLEANUP(bus_credentials_unref) sd_bus_creds *credentials = NULL;
	CLEANUP_FREE char *session = NULL;
	pid_t pid;

	return sd_bus_query_sender_creds(message, SD_BUS_CREDS_PID, &credentials) >= 0 &&
	       sd_bus_creds_get_pid(credentials, &pid) >= 0 && sd_pid_get_session(pid, &session) >= 0 &&
	       session_is_on_terminal(session, sd_bus_message_get_bus(message));
}
