// SPDX-License-Identifier: GPL-2.0-or-later
#include "switch_over.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "helper/cli/exit_status.h"
#include "helper/cli/program.h"
#include "helper/common/cleanup.h"
#include "helper/common/folder.h"
#include "helper/common/printable.h"
#include "helper/common/translate.h"
#include "helper/daemon/service_manager.h"
#include "user_folder.h"

#define UNIT		"keybag-secret-service.service"
#define KEYRING_UNIT	"gnome-keyring-daemon.service"
#define NOTE		"keybag-secret-service"
#define NOTES		2
#define PLACE_SIZE	(PATH_MAX + 64)
#define STEP_NS		100000000L
#define STEPS		200	/* 20 seconds */
#define KEYRINGS	3	/* processes of gnome-keyring in a session */

/* ---- the note ---- */

/* Paths of those that this process has made; "": an empty one was there before. */
struct notes {
	char path[NOTES][PLACE_SIZE];
};

static void aside_of(const char *path, char ret_path[PLACE_SIZE + 8])
{
	snprintf(ret_path, PLACE_SIZE + 8, "%s.before", path);
}

/* Those that were put aside are there again. */
static void remove_notes(const struct notes *notes)
{
	char aside[PLACE_SIZE + 8];

	for (size_t at = 0; at < NOTES; at++) {
		aside_of(notes->path[at], aside);
		if (*notes->path[at] && rename(aside, notes->path[at]) < 0)
			unlink(notes->path[at]);
	}
}

static void keep_notes(const struct notes *notes)
{
	char aside[PLACE_SIZE + 8];

	for (size_t at = 0; at < NOTES; at++) {
		aside_of(notes->path[at], aside);
		if (*notes->path[at])
			unlink(aside);
	}
}

/* One that has the UUID of a keybag says nothing of another: an empty one does, and the generator writes the UUID into it. */
static int put_aside(const char *path)
{
	char aside[PLACE_SIZE + 8];
	struct stat status;

	aside_of(path, aside);
	return !stat(path, &status) && status.st_size && rename(path, aside) < 0 ? -errno : 0;
}

static int make_note(const char *folder, char ret_made[PLACE_SIZE])
{
	char path[PLACE_SIZE];
	CLEANUP_FD int note = -1;
	int result = folder_make_all(folder, 0700) < 0 ? -errno : 0;

	*ret_made = 0;
	snprintf(path, sizeof(path), "%s/" NOTE, folder);
	if (!result)
		result = put_aside(path);
	if (!result && access(path, F_OK)) {
		strcpy(ret_made, path);
		note = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		result = note < 0 ? -errno : 0;
	}
	return result < 0 ? program_complain("%s: %s", path, translate_errno(result)) : 0;
}

/* In two places: the manager may have the variable from a session, and the generator runs before any begins. */
static int make_notes(sd_bus *session, struct notes *ret_notes)
{
	static const char *const variables[NOTES] = { NULL, "XDG_STATE_HOME" };
	char folder[PATH_MAX];
	int result = 0;

	*ret_notes = (struct notes){ 0 };
	for (size_t at = 0; !result && at < NOTES; at++)
		result = user_folder(session, variables[at], ".local/state", folder) ? make_note(folder, ret_notes->path[at]) :
			 program_complain(_("HOME does not name your folder: nothing says that the keychain is to be used"));
	if (result)
		remove_notes(ret_notes);
	return result;
}

/* ---- the session ---- */

static int tell_manager(sd_bus *bus, const char *member, const char *unit)
{
	if (!unit)
		return sd_bus_call_method(bus, MANAGER, MANAGER_PATH, MANAGER_INTERFACE, member, NULL, NULL, "");
	return sd_bus_call_method(bus, MANAGER, MANAGER_PATH, MANAGER_INTERFACE, member, NULL, NULL, "ss", unit, "replace");
}

/* The generator has decided: there is a file for the bus where the keychain is to be used. */
static bool is_provided(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char own[32], path[PLACE_SIZE];

	/* Where the generator looks without that variable, too. */
	snprintf(own, sizeof(own), "/run/user/%u", (unsigned int)geteuid());
	snprintf(path, sizeof(path), "%s/dbus-1/services/" SECRETS_NAME ".service", runtime && *runtime ? runtime : own);
	return !access(path, F_OK);
}

static enum provider provider(sd_bus *bus)
{
	return sides_provider(bus, SECRETS_NAME, NULL, NULL, 0);
}

/* The keychain's has the name, or waits for it: others may as well. */
static bool is_in_line(sd_bus *bus)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	const char *owner;

	if (sd_bus_call_method(bus, BUS_NAME, "/org/freedesktop/DBus", BUS_NAME, "ListQueuedOwners", NULL, &reply, "s", SECRETS_NAME) < 0 ||
	    sd_bus_message_enter_container(reply, 'a', "s") < 0)
		return false;
	while (sd_bus_message_read(reply, "s", &owner) > 0) {
		if (sides_provider(bus, owner, NULL, NULL, 0) == PROVIDER_KEYCHAIN)
			return true;
	}
	return false;
}

static bool is_first(sd_bus *bus)
{
	return provider(bus) == PROVIDER_KEYCHAIN;
}

static bool is_keyring_away(sd_bus *bus)
{
	return provider(bus) != PROVIDER_KEYRING;
}

static bool wait_until(sd_bus *bus, bool (*condition)(sd_bus *bus), unsigned int steps)
{
	for (; steps && !condition(bus); steps--)
		nanosleep(&(struct timespec){ .tv_nsec = STEP_NS }, NULL);
	return condition(bus);
}

/* By a pidfd, and its connection looked at once more: the number may be another process's by then. */
static void end_keyring(sd_bus *bus)
{
	CLEANUP(bus_credentials_unref) sd_bus_creds *credentials = NULL;
	char owner[NAME_OWNER_SIZE], again[NAME_OWNER_SIZE];
	CLEANUP_FD int pidfd = -1;
	pid_t pid;

	if (sides_provider(bus, SECRETS_NAME, owner, NULL, 0) != PROVIDER_KEYRING ||
	    sd_bus_get_name_creds(bus, owner, SD_BUS_CREDS_PID, &credentials) < 0 || sd_bus_creds_get_pid(credentials, &pid) < 0)
		return;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd >= 0 && sides_provider(bus, SECRETS_NAME, again, NULL, 0) == PROVIDER_KEYRING && !strcmp(owner, again))
		syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0);
}

/* The keychain's stands in line before gnome-keyring goes: nobody else, started by the bus, gets the name in between. */
static void hand_over(sd_bus *bus)
{
	sd_bus_call_method(bus, BUS_NAME, "/org/freedesktop/DBus", BUS_NAME, "ReloadConfig", NULL, NULL, "");
	if (tell_manager(bus, "StartUnit", UNIT) < 0 || !wait_until(bus, is_in_line, STEPS))
		return;
	if (provider(bus) != PROVIDER_KEYRING)
		return;
	/* Its unit has other arguments by now, without secrets. */
	tell_manager(bus, "TryRestartUnit", KEYRING_UNIT);
	wait_until(bus, is_keyring_away, STEPS / 10);
	/* Others of it may have waited for the name. */
	for (int tries = 0; tries < KEYRINGS && provider(bus) == PROVIDER_KEYRING; tries++) {
		end_keyring(bus);
		wait_until(bus, is_keyring_away, STEPS / 10);
	}
	wait_until(bus, is_first, STEPS / 2);
}

static void say(const char *text)
{
	puts(text);
}

int switch_over(struct sides *sides)
{
	char called[64] = "";
	struct notes notes;
	int result = make_notes(sides->session, &notes);

	if (result)
		return result;
	if (!sides->session || tell_manager(sides->session, "Reload", NULL) < 0) {
		keep_notes(&notes);
		say(_("Programs find their secrets in the keychain from your next login on."));
		return 0;
	}
	if (!is_provided()) {
		remove_notes(&notes);
		return program_complain(_("the keychain was not made the place of secrets: the journal says why, and keybag-secret-service(8) "
					"what it needs"));
	}
	keep_notes(&notes);
	hand_over(sides->session);
	switch (sides_provider(sides->session, SECRETS_NAME, NULL, called, sizeof(called))) {
	case PROVIDER_KEYCHAIN:
		say(_("Programs find their secrets in the keychain from now on."));
		return 0;
	case PROVIDER_NONE:
		say(_("Programs find their secrets in the keychain from your next login on."));
		return 0;
	default:
		printable_line(stdout, _("Programs find their secrets in the keychain when %s ends, or gives them up in its settings, or "
					 "else from your next login on."), called);
		return 0;
	}
}
