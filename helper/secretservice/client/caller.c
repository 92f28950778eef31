// SPDX-License-Identifier: GPL-2.0-or-later
#include "caller.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-login.h>
#include <unistd.h>

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

static bool has_type(const char *session, const char *wanted)
{
	CLEANUP_FREE char *type = NULL;

	return sd_session_get_type(session, &type) >= 0 && !strcmp(type, wanted);
}

bool session_is_graphical(const char *session)
{
	return has_type(session, "x11") || has_type(session, "wayland") || has_type(session, "mir");
}

/* A person's, at this machine: what manages or runs in the background has no type. */
static bool is_local(const char *session)
{
	return sd_session_is_remote(session) <= 0 && (has_type(session, "tty") || session_is_graphical(session));
}

static bool any_session(bool (*matches)(const char *session))
{
	CLEANUP(bus_texts_free) char **sessions = NULL;
	bool found = false;

	if (sd_uid_get_sessions(geteuid(), 0, &sessions) < 0)
		return false;
	for (char **at = sessions; at && *at && !found; at++)
		found = matches(*at);
	return found;
}

/*
 * A desktop that was started by startx is in a session on a terminal, one of X2Go in a session from elsewhere: whose the display is
 * nobody tells. That of somebody at the machine is not one of a remote login.
 */
static bool session_is_on_terminal(const char *session, sd_bus *bus)
{
	bool remote = sd_session_is_remote(session) > 0;

	if (session_is_graphical(session) || (!remote && !has_type(session, "tty")))
		return false;
	return !display_is_known(bus) || (remote && any_session(is_local));
}

/* The field behind the name of the program, which may have anything in it, and three more. */
static bool has_terminal(pid_t pid)
{
	char path[32], text[1024], *end;
	CLEANUP_FD int fd = -1;
	int terminal = 0;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return false;
	text[length] = 0;
	end = strrchr(text, ')');
	return end && sscanf(end, ") %*c %*d %*d %*d %d", &terminal) == 1 && terminal;
}

/* As one in tmux, or in a terminal of a desktop, where these are of the user's service manager. */
static bool is_left_on_terminal(pid_t pid, sd_bus *bus)
{
	return sd_booted() > 0 && has_terminal(pid) && !any_session(session_is_graphical) && !display_is_known(bus);
}

bool caller_is_on_terminal(sd_bus_message *message)
{
	CLEANUP(bus_credentials_unref) sd_bus_creds *credentials = NULL;
	sd_bus *bus = sd_bus_message_get_bus(message);
	CLEANUP_FREE char *session = NULL;
	pid_t pid;

	if (sd_bus_query_sender_creds(message, SD_BUS_CREDS_PID, &credentials) < 0 || sd_bus_creds_get_pid(credentials, &pid) < 0)
		return false;
	return sd_pid_get_session(pid, &session) < 0 ? is_left_on_terminal(pid, bus) : session_is_on_terminal(session, bus);
}
