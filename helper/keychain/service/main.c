// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keychaind: keeps items for those who may see them, as long as their keys are there.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "helper/daemon/listener.h"
#include "helper/daemon/log.h"
#include "helper/daemon/loop.h"
#include "helper/daemon/protect.h"
#include "helper/daemon/state_folder.h"
#include "helper/keychain/certificate/crypto_memory.h"
#include "helper/keychain/service/grants/entitlements.h"
#include "helper/keychain/service/run/keychains.h"
#include "helper/keychain/service/run/restrict.h"
#include "helper/keychain/service/run/user_thread.h"
#include "helper/keychain/transport/wire.h"

/* As in the unit, which has the sum. */
#define DESCRIPTORS	65536

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
	raise_limits(DESCRIPTORS);
	if (chdir("/") < 0 || become_account() < 0)
		return 1;
	protect_memory();
	if (state_folder_open(KEYCHAIN_STATE_FOLDER) < 0 || loop_open(&loop, entitlements_reload) < 0 ||
	    listener_open(loop, KEYCHAIN_SOCKET, user_threads_accept) < 0)
		return 1;
	restrict_files();
	sd_notify(0, "READY=1");
	result = sd_event_loop(loop);
	sd_notify(0, "STOPPING=1");
	user_threads_stop();
	log_notice("ends");
	/* Not exit(3): threads that have just left may still be in libcrypto's own cleaning up. */
	_exit(result < 0 ? 1 : 0);
}
