// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"

/* Waits of 50 ms: enough for a machine that is very busy. */
#define TRIES	6000

static int is_daemon(const char *pid)
{
	char path[300], name[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return !strcmp(name, "keybagd\n");
}

/* Counts the daemons; each gets @signal, unless that is 0. */
static int signal_all(int signal)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	int count = 0;

	if (!processes)
		return 0;
	while ((entry = readdir(processes))) {
		const int pid = atoi(entry->d_name);

		if (pid > 0 && is_daemon(entry->d_name) && !kill(pid, signal))
			count++;
	}
	closedir(processes);
	return count;
}

static int is_service(void)
{
	return !access("/run/systemd/system", F_OK);
}

bool daemon_runs(void)
{
	return signal_all(0);
}

void daemon_stop(void)
{
	int tries = TRIES;

	if (is_service() && system("systemctl -q stop keybagd.socket keybagd.service 2>/dev/null"))
		fprintf(stderr, "keybagd.service could not be stopped\n");
	signal_all(SIGTERM);
	while (daemon_runs() && tries--)
		usleep(50000);
}

void daemon_start(void)
{
	static const char service[] = "systemctl -q start keybagd.socket keybagd.service 2>/dev/null";
	static const char program[] =
		"for p in /usr/libexec/keybag/keybagd /usr/libexec/keybagd /usr/sbin/keybagd; do "
		"[ -x $p ] || continue; "
		"setsid $p </dev/null >>/run/keybagd.log 2>&1 & exit 0; done; exit 1";
	int tries = TRIES;

	if (system(is_service() ? service : program))
		return;
	while (!daemon_runs() && tries--)
		usleep(50000);
}
