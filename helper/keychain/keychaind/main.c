// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keychaind: keeps items for those who may see them, as long as their keys are there.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/keychain/certificate/crypto_memory.h"
#include "keychains.h"
#include "log.h"
#include "protect.h"
#include "server.h"
#include "user.h"

/* Two at a time would take each other's socket away. Held as long as the process lives. */
static int lock_state(void)
{
	int fd = open(KEYCHAIN_STATE_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0) {
		log_error(KEYCHAIN_STATE_FOLDER ": %m");
		return -1;
	}
	if (status.st_uid != geteuid() || status.st_mode & 077) {
		log_error(KEYCHAIN_STATE_FOLDER " has to belong to uid %u alone, mode 0700",
			  geteuid());
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		log_error("another keychaind runs already: stop it first");
		return -1;
	}
	return 0;
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
		result = server_open(*ret_loop);
	if (result < 0)
		log_error("start: %s", strerrordesc_np(-result));
	return result;
}

int main(int argc, char **argv)
{
	sd_event *loop = NULL;
	int result;

	if (argc != 1) {
		fprintf(strcmp(argv[1], "--help") ? stderr : stdout,
			"keychaind takes no arguments; see keychaind(8).\n");
		return strcmp(argv[1], "--help") ? 2 : 0;
	}
	/* Certificates and keys of clients are parsed here. */
	crypto_memory_wipe();
	umask(0077);
	if (chdir("/") < 0 || protect_become_account() < 0)
		return 1;
	protect_memory();
	if (lock_state() < 0 || open_loop(&loop) < 0)
		return 1;
	protect_files();
	sd_notify(0, "READY=1");
	result = sd_event_loop(loop);
	sd_notify(0, "STOPPING=1");
	users_stop();
	log_notice("ends");
	/* Not exit(3): threads that have just left may still be in libcrypto's own cleaning up. */
	_exit(result < 0 ? 1 : 0);
}
