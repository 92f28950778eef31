// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether keybagd is started when the machine starts, by its socket or by itself. Only where systemd runs the machine.
 */
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"

/* Where systemd.unit(5) looks for units; those further up go first. */
static const char *const folders[] = {
	"/etc/systemd/system.control", "/run/systemd/system.control", "/etc/systemd/system", "/run/systemd/system",
	"/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
};

#define FOLDERS	(sizeof(folders) / sizeof(folders[0]))

/* Whether something wants or requires it: a target mostly, but nothing has to be one. */
static bool is_enabled(void)
{
	char pattern[PATH_MAX];
	glob_t found = { 0 };
	bool enabled = false;

	for (size_t i = 0; i < FOLDERS && !enabled; i++) {
		snprintf(pattern, sizeof(pattern), "%s/*.{wants,requires}/keybagd.{socket,service}", folders[i]);
		enabled = glob(pattern, GLOB_BRACE | GLOB_NOSORT, NULL, &found) == 0;
		globfree(&found);
	}
	return enabled;
}

/* A link to /dev/null, or an empty file, in the first folder that has the unit. */
static bool is_masked(const char *unit)
{
	char path[PATH_MAX];
	struct stat status;

	for (size_t i = 0; i < FOLDERS; i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], unit);
		if (stat(path, &status) == 0)
			return S_ISCHR(status.st_mode) || (S_ISREG(status.st_mode) && !status.st_size);
	}
	return false;
}

void doctor_start(void)
{
	static const char *const units[] = { "keybagd.socket", "keybagd.service" };
	bool masked = false;

	if (access("/run/systemd/system", F_OK) < 0)
		return;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!is_masked(units[i]))
			continue;
		masked = true;
		doctor_say(VERDICT_WARNING, "start",
			   _("'systemctl unmask keybagd.socket keybagd.service', then 'systemctl enable --now "
			     "keybagd.socket keybagd.service' as root"),
			   _("%s is masked: keybagd is not started when the machine starts"), units[i]);
	}
	if (!masked && !is_enabled())
		doctor_say(VERDICT_WARNING, "start", _("'systemctl enable keybagd.socket keybagd.service' as root"),
			   _("keybagd is not started when the machine starts"));
}
