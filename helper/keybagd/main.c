// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybagd: loads keybags, opens and locks them for those who may.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "account_watch.h"
#include "audit.h"
#include "common/paths.h"
#include "config.h"
#include "connection.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/protect.h"
#include "events.h"
#include "file.h"
#include "form_file.h"
#include "kernel.h"
#include "load_later.h"
#include "logind.h"
#include "queue.h"
#include "save.h"
#include "store.h"
#include "ticket.h"
#include "worker.h"

#define DESCRIPTORS	4096

/* What waits for events or time. */
static int open_sources(sd_event *loop)
{
	int result = worker_open(loop);

	if (result >= 0)
		result = load_later_open(loop);
	if (result >= 0)
		result = save_open_loop(loop);
	if (result < 0) {
		log_error("event loop: %s", keybag_error_text(result));
		return result;
	}
	connection_open_loop(loop);
	events_open(loop);
	ticket_open_loop(loop);
	return 0;
}

/* The folder is made where no service manager has done so. */
static int listen_to_clients(sd_event *loop)
{
	if (make_folders(KEYBAG_SOCKET_FOLDER, 0755) < 0) {
		log_error(KEYBAG_SOCKET_FOLDER ": %m");
		return -1;
	}
	return listener_open(loop, KEYBAG_SOCKET, connection_accept);
}

static int start(sd_event *loop)
{
	struct outcome outcome = { 0 };
	int result;

	config_load(KEYBAG_CONFIG_FILE);
	if (store_open() < 0 || open_sources(loop) < 0)
		return -1;
	form_file_clean();
	bag_scan();
	/* Without the module every request says so, and the first one after modprobe finds it. */
	if (kernel_open(&outcome) < 0)
		log_error("%s", outcome.text);
	if (listen_to_clients(loop) < 0)
		return -1;
	result = account_watch_open(loop);
	if (result < 0)
		log_error("changes of accounts are not noticed at once: %s", strerror(-result));
	result = logind_open(loop);
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
	umask(0077);
	if (geteuid()) {
		log_error("keybagd has to be started by root");
		return 1;
	}
	raise_limits(DESCRIPTORS);
	protect_memory();
	if (chdir("/") < 0 || loop_open(&loop) < 0)
		return 1;
	audit_start();
	if (start(loop) < 0)
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
