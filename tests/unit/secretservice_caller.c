// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs on a terminal, where a prompt would wait for ever: by stand-ins for logind and the user's service manager, of processes that
 * have a terminal and that have none.
 */
#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "helper/daemon/service_manager.h"
#include "helper/secretservice/client/caller.h"
#include "tests/unit/lib/tap.h"

#define ELSEWHERE	'@'	/* before the type of a session */

/* The user's sessions by their types; the program's is the first one, unless it has none. */
static const char *sessions[4];
static bool in_session;
static const char *variable;	/* of the manager's; NULL: it has none */
static bool without_logind;
static pid_t program;

int sd_booted(void)
{
	return !without_logind;
}

int sd_pid_get_session(pid_t pid, char **ret_session)
{
	if (pid != program || !in_session)
		return -ENODATA;
	*ret_session = strdup(sessions[0]);
	return 0;
}

int sd_session_is_remote(const char *session)
{
	return *session == ELSEWHERE;
}

int sd_session_get_type(const char *session, char **ret_type)
{
	*ret_type = strdup(session + (*session == ELSEWHERE));
	return 0;
}

int sd_uid_get_sessions(uid_t uid, int require_active, char ***ret_sessions)
{
	int count = 0;

	check(uid == geteuid() && !require_active);
	*ret_sessions = calloc(sizeof(sessions) / sizeof(sessions[0]) + 1, sizeof(char *));
	while (sessions[count]) {
		(*ret_sessions)[count] = strdup(sessions[count]);
		count++;
	}
	return count;
}

int manager_environment(sd_bus *bus, char ***ret_variables)
{
	(void)bus;
	*ret_variables = calloc(2, sizeof(char *));
	if (variable)
		**ret_variables = strdup(variable);
	return 0;
}

int sd_bus_query_sender_creds(sd_bus_message *message, uint64_t mask, sd_bus_creds **ret_credentials)
{
	(void)message;
	(void)mask;
	*ret_credentials = NULL;
	return 0;
}

int sd_bus_creds_get_pid(sd_bus_creds *credentials, pid_t *ret_pid)
{
	(void)credentials;
	*ret_pid = program;
	return 0;
}

sd_bus *sd_bus_message_get_bus(sd_bus_message *message)
{
	(void)message;
	return NULL;
}

static bool is_on_terminal(const char *display, const char *one, const char *two)
{
	variable = display;
	sessions[0] = one;
	sessions[1] = one ? two : NULL;
	return caller_is_on_terminal(NULL);
}

static void test_sessions(void)
{
	in_session = true;
	check(is_on_terminal(NULL, "tty", NULL) && is_on_terminal("DISPLAY=", "tty", NULL) && !is_on_terminal("DISPLAY=:0", "tty", NULL));
	check(!is_on_terminal(NULL, "wayland", NULL) && !is_on_terminal("WAYLAND_DISPLAY=wayland-0", "x11", NULL));
	check(!is_on_terminal(NULL, "unspecified", NULL));
	tap_test("a session on a terminal, where no desktop was started");
	check(is_on_terminal(NULL, "@tty", NULL) && is_on_terminal(NULL, "@unspecified", NULL));
	tap_test("a session from elsewhere, likewise");
	check(!is_on_terminal(NULL, "@x11", NULL) && !is_on_terminal("DISPLAY=:50", "@x11", "tty"));
	check(!is_on_terminal("DISPLAY=:50", "@tty", NULL) && !is_on_terminal("DISPLAY=:50", "@tty", "@tty"));
	check(!is_on_terminal("DISPLAY=:50", "@tty", "unspecified"));
	tap_test("a desktop from elsewhere is one");
	check(is_on_terminal("DISPLAY=:0", "@tty", "wayland") && is_on_terminal("DISPLAY=:0", "@tty", "tty"));
	tap_test("the display of somebody at the machine is not that of a remote login");
}

static void test_without_session(void)
{
	bool terminal = program != getpid();

	in_session = false;
	check(is_on_terminal(NULL, NULL, NULL) == terminal && is_on_terminal(NULL, "@tty", "unspecified") == terminal);
	check(!is_on_terminal("DISPLAY=:0", "@tty", NULL) && !is_on_terminal(NULL, "@tty", "x11"));
	without_logind = true;
	check(!is_on_terminal(NULL, NULL, NULL));
	without_logind = false;
	tap_test(terminal ? "a program of no session that has a terminal, where the user has no desktop" : "one without a terminal waits");
}

/* Returns when it has its terminal. */
static void start_on_terminal(void)
{
	int terminal;
	char byte;

	program = forkpty(&terminal, NULL, NULL, NULL);
	if (!program) {
		if (write(STDOUT_FILENO, "x", 1) == 1)
			pause();
		_exit(0);
	}
	check(program > 0 && read(terminal, &byte, 1) == 1);
}

int main(void)
{
	int status;

	tap_start();
	fflush(stdout);
	/* In a session of its own it has no terminal, whoever runs it. */
	program = fork();
	if (!program) {
		setsid();
		program = getpid();
		test_sessions();
		test_without_session();
		start_on_terminal();
		test_without_session();
		kill(program, SIGKILL);
		exit(tap_end());
	}
	return waitpid(program, &status, 0) < 0 || !WIFEXITED(status) ? EXIT_FAILURE : WEXITSTATUS(status);
}
