// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybag-ssh-agent: the agent of a user's SSH keys, which are items of their keychain.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "helper/common/deadline.h"
#include "helper/common/version.h"
#include "helper/daemon/log.h"
#include "helper/daemon/loop.h"
#include "helper/daemon/protect.h"
#include "helper/keychain/include/keychain-status.h"
#include "helper/sshagent/agent/connection.h"
#include "helper/sshagent/agent/held_keys.h"
#include "helper/sshagent/agent/hidden_keys.h"
#include "helper/sshagent/agent/passphrase.h"
#include "helper/sshagent/agent/request.h"
#include "helper/sshagent/ask/ask.h"
#include "helper/sshagent/store/kept_keys.h"
#include "helper/sshagent/store/keychain.h"
#include "helper/sshagent/store/watch.h"
#include "helper/userservice/files.h"
#include "helper/userservice/logout.h"
#include "helper/userservice/system_calls.h"

#define EXIT_NOT_GRANTED	3
#define NOT_GRANTED_NS		UINT64_C(2000000000)
#define DESCRIPTORS		1024
#define WAIT_MAX_S		3600
#define PAUSE_US		50000

/* Besides those of the Secret Service. */
static const char *const more_calls[] = { "accept4", NULL };

static sd_event *event_loop;

static int usage(FILE *out)
{
	fputs("usage: keybag-ssh-agent [--wait=SECONDS]\n"
	      "       keybag-ssh-agent --version\n"
	      "The agent of SSH keys of a user who has a keybag, started by its socket; see keybag-ssh-agent(8).\n", out);
	return out == stderr ? 2 : 0;
}

static int on_listener(sd_event_source *source, int fd, uint32_t events, void *context)
{
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	static bool told;

	(void)source;
	(void)events;
	(void)context;
	if (peer >= 0) {
		connection_accept(event_loop, peer);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		if (!told)
			log_error("a connection could not be accepted: %m");
		told = true;
		/* Out of descriptors, the one that waits makes the socket readable for ever. */
		usleep(PAUSE_US);
	}
	return 0;
}

static int listen_passed(void)
{
	int count = sd_listen_fds(1), result = count == 1 ? 0 : -ENOTCONN;

	if (!result && sd_is_socket(SD_LISTEN_FDS_START, AF_UNIX, SOCK_STREAM, 1) <= 0)
		result = -ENOTCONN;
	if (!result)
		result = sd_event_add_io(event_loop, NULL, SD_LISTEN_FDS_START, EPOLLIN, on_listener, NULL);
	if (result < 0)
		log_error("the service manager has not passed a socket: start keybag-ssh-agent.socket");
	return result;
}

/*
 * Closes what connects, and what has, for a while. The manager starts this program at once for a connection that waits, and gives the
 * socket up after some 20 times in 2 seconds (TriggerLimitBurst= in systemd.socket(5)).
 */
static void refuse_all(void)
{
	const uint64_t end = deadline_after(NOT_GRANTED_NS);
	int peer;

	if (sd_listen_fds(1) != 1)
		return;
	while (deadline_poll(SD_LISTEN_FDS_START, POLLIN, end) == 0) {
		peer = accept4(SD_LISTEN_FDS_START, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (peer >= 0)
			connection_refuse(peer);
		else
			usleep(PAUSE_US);
	}
}

/*
 * The keychain does not know this program any more: the manager starts the present one for the next connection. Keys in memory, which end
 * with it, are not given up before a client has asked for others in vain.
 */
static int on_handled(sd_event_source *source, void *context)
{
	static bool told;

	(void)source;
	(void)context;
	/* Under a lock by ssh-add -x nobody asks in vain, and a new program would not have it. */
	if (keychain_refusal() == REFUSAL_NONE || passphrase_is_set())
		return 0;
	if (keychain_refusal() == REFUSAL_ASKED || !held_keys_first()) {
		/* keychaind may have been short of descriptors, or root's files in the middle of a change. */
		if (!keychain_still_refuses())
			return 0;
		log_notice("the keychain grants this program no SSH keys any more, as after an upgrade: it ends, and the next connection starts "
			   "it again");
		return sd_event_exit(event_loop, 0);
	}
	if (!told)
		log_warning("the keychain grants this program no SSH keys any more, as after an upgrade: it has only those in memory, and "
			    "ends, and they with it, when another one is asked for");
	told = true;
	return 0;
}

static int serve(unsigned int wait_s)
{
	int result;

	hidden_keys_begin();
	files_restrict();
	system_calls_restrict(more_calls);
	result = request_begin(event_loop, connection_answer, wait_s);
	if (result >= 0 && !logout_follow(event_loop, request_on_logout, NULL))
		request_on_logout();
	if (result >= 0)
		result = watch_begin(event_loop, request_on_open, request_on_less);
	if (result >= 0)
		result = listen_passed();
	if (result >= 0)
		result = sd_event_add_post(event_loop, NULL, on_handled, NULL);
	if (result < 0)
		return 1;
	sd_notify(0, "READY=1");
	result = sd_event_loop(event_loop);
	sd_notify(0, "STOPPING=1");
	return result < 0 ? 1 : 0;
}

static int run(unsigned int wait_s)
{
	int result, status;

	if (chdir("/") < 0 || loop_open(&event_loop, keychain_look) < 0)
		return 1;
	status = keychain_begin();
	if (status == errSecMissingEntitlement) {
		refuse_all();
		return EXIT_NOT_GRANTED;
	}
	if (status)
		return 1;
	if (ask_begin(event_loop, SSH_AGENT_HELPER) < 0)
		return 1;
	result = serve(wait_s);
	connections_close_all();
	watch_end();
	logout_end();
	ask_end();
	hidden_keys_end();
	kept_keys_forget();
	keychain_end();
	return result;
}

static bool read_seconds(const char *text, unsigned int *ret_seconds)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || number > WAIT_MAX_S)
		return false;
	*ret_seconds = (unsigned int)number;
	return true;
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "wait", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	unsigned int wait_s = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) >= 0) {
		switch (option) {
		case 'w':
			if (read_seconds(optarg, &wait_s))
				break;
			fprintf(stderr, "keybag-ssh-agent: '%s' is no number of seconds: it is from 0 to %d\n", optarg, WAIT_MAX_S);
			return 2;
		case 'h':
			return usage(stdout);
		case 'v':
			puts("keybag-ssh-agent " KEYBAG_VERSION);
			return 0;
		default:
			return usage(stderr);
		}
	}
	if (optind < argc)
		return usage(stderr);
	raise_limits(DESCRIPTORS);
	protect_own_memory();
	return run(wait_s);
}
