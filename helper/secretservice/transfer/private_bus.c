// SPDX-License-Identifier: GPL-2.0-or-later
#include "private_bus.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "helper/cli/exit_status.h"
#include "helper/cli/program.h"
#include "helper/common/cleanup.h"
#include "helper/common/translate.h"

#define STEP_NS		50000000L
#define STEPS		600	/* 30 seconds: the machine may be slow */
#define NOT_THERE	127	/* status of a child whose program is missing */
#define PLACE_SIZE	(PATH_MAX + 64)

static void pause_a_moment(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = STEP_NS }, NULL);
}

/* ---- the folder ---- */

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	/* One that cannot be removed keeps no other. */
	(void)!remove(path);
	return 0;
}

static void remove_folder(const char *folder)
{
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/*
 * A process that waits for the end of this one, be it by a signal, and removes the folder, which may hold copies of keyrings. It
 * is in a session of its own: what the terminal sends is for others.
 */
static int start_keeper(struct private_bus *bus)
{
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	bus->keeper = fork();
	if (bus->keeper) {
		close(ends[0]);
		bus->lifeline = ends[1];
		return bus->keeper < 0 ? -errno : 0;
	}
	setsid();
	close(ends[1]);
	while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
		;
	remove_folder(bus->folder);
	_exit(0);
}

static int make_folder(struct private_bus *bus)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char folder[PATH_MAX];
	int result;

	if (!runtime || *runtime != '/')
		return program_complain(_("XDG_RUNTIME_DIR does not name the folder of your session: log in, and run it there"));
	if (snprintf(folder, sizeof(folder), "%s/keybag-transfer-XXXXXX", runtime) >= (int)sizeof(folder))
		return program_complain("%s: %s", runtime, translate_errno(ENAMETOOLONG));
	if (!mkdtemp(folder))
		return program_complain("%s: %s", runtime, translate_errno(errno));
	strcpy(bus->folder, folder);
	result = start_keeper(bus);
	return result < 0 ? program_complain("%s", translate_errno(result)) : 0;
}

/* ---- processes ---- */

static void redirect(int fd, int to)
{
	if (fd < 0 || dup2(fd, to) < 0)
		_exit(EXIT_FAILED);
}

/* It ends with this process, where its privileges allow that; nobody sees what it prints, but for what @output takes. */
static pid_t start(char *const command[], const char *variable, const char *value, const char *address, int output)
{
	pid_t parent = getpid(), child = fork();
	int none;

	if (child)
		return child;
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_FAILED);
	none = open("/dev/null", O_RDWR | O_CLOEXEC);
	redirect(none, STDIN_FILENO);
	redirect(output < 0 ? none : output, STDOUT_FILENO);
	redirect(none, STDERR_FILENO);
	/* Where the session's are. */
	unsetenv("GNOME_KEYRING_CONTROL");
	if (address)
		setenv("DBUS_SESSION_BUS_ADDRESS", address, 1);
	if (variable)
		setenv(variable, value, 1);
	execvp(command[0], command);
	_exit(NOT_THERE);
}

/* Whether it has ended; *@ret_missing: as there is no such program. */
static bool has_ended(pid_t *child, bool *ret_missing)
{
	int status;

	if (waitpid(*child, &status, WNOHANG) != *child)
		return false;
	*child = 0;
	*ret_missing = WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE;
	return true;
}

static void end_process(pid_t *child)
{
	int status;

	if (*child <= 0)
		return;
	kill(*child, SIGTERM);
	for (int step = 0; step < STEPS / 6; step++) {
		if (waitpid(*child, &status, WNOHANG)) {
			*child = 0;
			return;
		}
		pause_a_moment();
	}
	kill(*child, SIGKILL);
	waitpid(*child, &status, 0);
	*child = 0;
}

/* ---- the bus ---- */

/* No folders of services: nothing is started on it by itself. */
static int write_settings(const struct private_bus *bus, const char *file)
{
	FILE *settings = fopen(file, "we");

	if (!settings)
		return -errno;
	fprintf(settings, "<busconfig><type>session</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>"
		"<policy context=\"default\"><allow send_destination=\"*\"/><allow receive_sender=\"*\"/><allow own=\"*\"/></policy>"
		"<limit name=\"max_message_size\">134217728</limit></busconfig>\n", bus->folder);
	return fclose(settings) ? -errno : 0;
}

static int connect_to(struct private_bus *bus, const char *address)
{
	int result = sd_bus_new(&bus->bus);

	if (result >= 0)
		result = sd_bus_set_address(bus->bus, address);
	if (result >= 0)
		result = sd_bus_set_bus_client(bus->bus, true);
	if (result >= 0)
		result = sd_bus_start(bus->bus);
	return result < 0 ? program_complain(_("the bus that was started does not answer: %s"), translate_errno(result)) : 0;
}

/* It prints its address when it listens, or ends. */
static int wait_for_address(struct private_bus *bus, int output)
{
	char address[PLACE_SIZE];
	ssize_t length = read(output, address, sizeof(address) - 1);
	bool missing = false;
	int status;

	if (length > 0) {
		address[length] = 0;
		address[strcspn(address, "\n")] = 0;
		return connect_to(bus, address);
	}
	missing = waitpid(bus->daemon, &status, 0) == bus->daemon && WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE;
	bus->daemon = 0;
	return missing ? program_complain(_("dbus-daemon is not installed: install the package dbus-daemon")) :
			 program_complain(_("dbus-daemon cannot be started"));
}

static int start_daemon(struct private_bus *bus)
{
	char file[PLACE_SIZE], option[PLACE_SIZE + 16];
	char *const command[] = { "dbus-daemon", option, "--nofork", "--nopidfile", "--print-address", NULL };
	CLEANUP_FD int reading = -1;
	int ends[2], result;

	snprintf(file, sizeof(file), "%s/bus.conf", bus->folder);
	snprintf(option, sizeof(option), "--config-file=%s", file);
	result = write_settings(bus, file);
	if (!result && pipe2(ends, O_CLOEXEC) < 0)
		result = -errno;
	if (result < 0)
		return program_complain("%s: %s", bus->folder, translate_errno(result));
	reading = ends[0];
	bus->daemon = start(command, NULL, NULL, NULL, ends[1]);
	close(ends[1]);
	return bus->daemon < 0 ? program_complain("%s: %s", command[0], translate_errno(errno)) : wait_for_address(bus, reading);
}

int private_bus_start(struct private_bus *ret_bus)
{
	int result;

	if (ret_bus->bus)
		return 0;
	result = make_folder(ret_bus);
	return result ? result : start_daemon(ret_bus);
}

static bool is_owned(struct private_bus *bus, const char *name)
{
	return sd_bus_get_name_creds(bus->bus, name, 0, NULL) >= 0;
}

static int wait_for_name(struct private_bus *bus, pid_t *child, const char *program, const char *name, const char *package)
{
	bool missing = false;

	for (int step = 0; step < STEPS; step++) {
		if (is_owned(bus, name))
			return 0;
		if (!has_ended(child, &missing)) {
			pause_a_moment();
			continue;
		}
		if (!missing)
			return program_complain(_("%s ends as soon as it is started: the journal may say why"), program);
		program_complain(_("%s is not installed: install the package %s"), program, package);
		return EXIT_NOT_THERE;
	}
	return program_complain(_("%s was started and does not answer"), program);
}

int private_bus_run(struct private_bus *bus, char *const command[], const char *variable, const char *value, const char *name,
		    const char *package)
{
	pid_t *child = bus->programs[0] ? &bus->programs[1] : &bus->programs[0];
	const char *address;
	int result = sd_bus_get_address(bus->bus, &address);

	if (result < 0)
		return program_complain("%s", translate_errno(result));
	*child = start(command, variable, value, address, -1);
	if (*child < 0)
		return program_complain("%s: %s", command[0], translate_errno(errno));
	return wait_for_name(bus, child, command[0], name, package);
}

void private_bus_end(struct private_bus *bus)
{
	int status;

	sd_bus_flush_close_unref(bus->bus);
	for (size_t at = PRIVATE_BUS_PROGRAMS; at; at--)
		end_process(&bus->programs[at - 1]);
	end_process(&bus->daemon);
	cleanup_descriptor(&bus->lifeline);
	if (bus->keeper > 0)
		waitpid(bus->keeper, &status, 0);
	*bus = PRIVATE_BUS_NONE;
}
