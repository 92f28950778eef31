// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybagd: loads keybags, opens and locks them for those who may.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "audit.h"
#include "common/paths.h"
#include "config.h"
#include "connection.h"
#include "events.h"
#include "form_file.h"
#include "kernel.h"
#include "load.h"
#include "log.h"
#include "logind.h"
#include "queue.h"
#include "save.h"
#include "server.h"
#include "store.h"
#include "ticket.h"
#include "worker.h"

/* Secrets leave this process neither by core dump nor by ptrace nor by swap. */
static void protect_memory(void)
{
	static const struct rlimit no_core = { 0, 0 };

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &no_core);
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		log_warning("memory could not be locked as a whole: %m; what holds secrets still is");
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 4096) {
		limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int open_loop(sd_event **ret_loop)
{
	sigset_t signals;
	int result;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	result = sd_event_default(ret_loop);
	if (result >= 0)
		result = sd_event_add_signal(*ret_loop, NULL, SIGTERM, NULL, NULL);
	if (result >= 0)
		result = sd_event_add_signal(*ret_loop, NULL, SIGINT, NULL, NULL);
	if (result >= 0)
		result = sd_event_set_watchdog(*ret_loop, true);
	if (result >= 0)
		result = worker_open(*ret_loop);
	if (result >= 0)
		result = load_open_loop(*ret_loop);
	if (result >= 0)
		result = save_open_loop(*ret_loop);
	if (result < 0)
		return result;
	connection_open_loop(*ret_loop);
	events_open(*ret_loop);
	ticket_open_loop(*ret_loop);
	return 0;
}

static int start(sd_event **ret_loop)
{
	struct outcome outcome = { 0 };
	int result;

	config_load(KEYBAG_CONFIG_FILE);
	result = store_open();
	if (result == -EBUSY) {
		log_error("another keybagd runs already: stop it first");
		return result;
	}
	if (result == -EPERM) {
		log_error(KEYBAG_BAG_FOLDER " has to belong to root, and nobody else may write to it");
		return result;
	}
	if (result < 0) {
		log_error(KEYBAG_BAG_FOLDER ": %s", keybag_error_text(result));
		return result;
	}
	result = open_loop(ret_loop);
	if (result < 0) {
		log_error("event loop: %s", keybag_error_text(result));
		return result;
	}
	form_file_clean();
	bag_scan();
	/* Without the module every request says so, and the first one after modprobe finds it. */
	if (kernel_open(&outcome) < 0)
		log_error("%s", outcome.text);
	result = server_open(*ret_loop);
	if (result < 0) {
		log_error("socket " KEYBAG_SOCKET ": %s", keybag_error_text(result));
		return result;
	}
	result = logind_open(*ret_loop);
	if (result < 0)
		log_error("sessions are not followed: %s", strerror(-result));
	return 0;
}

int main(int argc, char **argv)
{
	sd_event *loop = NULL;
	int result;

	if (argc != 1) {
		fprintf(strcmp(argv[1], "--help") ? stderr : stdout,
			"keybagd takes no arguments; see keybagd(8) and keybagd.conf(5).\n");
		return strcmp(argv[1], "--help") ? 2 : 0;
	}
	log_open();
	umask(0077);
	if (geteuid()) {
		log_error("keybagd has to be started by root");
		return 1;
	}
	protect_memory();
	raise_descriptor_limit();
	audit_start();
	if (chdir("/") < 0 || start(&loop) < 0)
		return 1;
	sd_notify(0, "READY=1");
	result = sd_event_loop(loop);
	sd_notify(0, "STOPPING=1");
	/* Nothing is cut off: what a worker holds is wiped by the worker. */
	queue_stop();
	worker_finish_all();
	ticket_drop_all();
	connection_close_all();
	logind_close();
	audit_stop();
	log_notice("ends");
	return result < 0 ? 1 : 0;
}
