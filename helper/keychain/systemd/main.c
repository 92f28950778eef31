// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keychain-credentials: hands credentials of system units to the service manager, out of the system keychain.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "helper/common/version.h"
#include "helper/daemon/landlock.h"
#include "helper/daemon/log.h"
#include "helper/daemon/loop.h"
#include "helper/daemon/protect.h"
#include "load.h"
#include "lookup.h"
#include "peer.h"

#define SOCKET_PATH	"/run/keychain/credentials.sock"
/* Loads, those that were passed at the start, and some. */
#define DESCRIPTORS	4096
#define PAUSE_US	50000

static sd_event_source *listener;

static int on_listener(sd_event_source *source, int fd, uint32_t happened, void *context)
{
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)happened;
	(void)context;
	if (peer >= 0) {
		load_accept(peer);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		log_error("a connection could not be accepted: %m");
		/* Out of descriptors, the one that waits makes the socket readable for ever. */
		usleep(PAUSE_US);
	}
	return 0;
}

static void pause_listener(bool paused)
{
	sd_event_source_set_enabled(listener, paused ? SD_EVENT_OFF : SD_EVENT_ON);
}

/* The socket first: what is resumed may fill all places. */
static int take_passed(sd_event *loop, int count, char **names)
{
	int fd, result = -ENOTCONN;

	for (fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; fd++)
		if (sd_is_socket_unix(fd, SOCK_STREAM, 1, SOCKET_PATH, 0) > 0)
			result = sd_event_add_io(loop, &listener, fd, EPOLLIN, on_listener, NULL);
	if (result < 0)
		return result;
	for (fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; fd++)
		if (sd_is_socket_unix(fd, SOCK_STREAM, 0, NULL, 0) > 0)
			load_resume(fd, names[fd - SD_LISTEN_FDS_START]);
	return 0;
}

static int listen_passed(sd_event *loop)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(1, &names);
	int result = count < 0 ? count : take_passed(loop, count, names);

	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	if (result == -ENOTCONN)
		log_error("the service manager has not passed the socket " SOCKET_PATH ": start keychain-credentials.socket");
	else if (result < 0)
		log_error("socket " SOCKET_PATH ": %s", strerrordesc_np(-result));
	return result;
}

/*
 * Looking at peers takes CAP_SYS_PTRACE, and no Landlock, where the kernel does not say who they are. Elsewhere Landlock takes
 * from the capability what it allows; it stays for the keychain to know this process by.
 */
static void confine(void)
{
	static const struct landlock_place places[] = { { "/proc", LANDLOCK_READ } };

	if (peer_is_told())
		landlock_confine(places, sizeof(places) / sizeof(places[0]));
}

static void reload(void)
{
	log_notice("there are no settings to be read again");
}

static int begin(sd_event **ret_loop)
{
	int result = chdir("/") < 0 ? -errno : loop_open(ret_loop, reload);

	if (result >= 0)
		result = lookup_begin();
	if (result >= 0)
		result = load_begin(*ret_loop, pause_listener);
	if (result < 0) {
		log_error("it cannot begin: %s", strerrordesc_np(-result));
		return result;
	}
	return listen_passed(*ret_loop);
}

static int run(void)
{
	sd_event *loop = NULL;
	int result;

	raise_limits(DESCRIPTORS);
	confine();
	protect_memory();
	if (begin(&loop) < 0)
		return EXIT_FAILURE;
	sd_notify(0, "READY=1");
	result = sd_event_loop(loop);
	sd_notify(0, "STOPPING=1");
	/* Where it is restarted the manager keeps the connections for the next process. */
	if (result != LOOP_HANDS_OVER)
		load_refuse_all();
	lookup_end();
	return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("keychain-credentials " KEYBAG_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc != 1) {
		fprintf(strcmp(argv[1], "--help") ? stderr : stdout,
			"keychain-credentials takes no arguments, and is started by its socket; see keychain-credentials(8).\n");
		return strcmp(argv[1], "--help") ? 2 : EXIT_SUCCESS;
	}
	return run();
}
