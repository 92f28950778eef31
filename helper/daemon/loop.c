// SPDX-License-Identifier: GPL-2.0-or-later
#include "loop.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "log.h"

static void (*on_reload)(void);

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *signal, void *context)
{
	struct timespec now;

	(void)source;
	(void)signal;
	(void)context;
	/* The time tells the manager that this answers the signal it has sent last. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		   (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	on_reload();
	sd_notify(0, "READY=1");
	return 0;
}

static int on_hand_over(sd_event_source *source, const struct signalfd_siginfo *signal, void *context)
{
	(void)signal;
	(void)context;
	return sd_event_exit(sd_event_source_get_event(source), LOOP_HANDS_OVER);
}

int loop_open(sd_event **ret_loop, void (*reload)(void))
{
	static const struct {
		int signal;
		sd_event_signal_handler_t handler;	/* NULL: the loop ends */
	} handled[] = {
		{ SIGTERM, NULL },
		{ SIGINT, NULL },
		{ SIGUSR1, on_hand_over },
		{ SIGHUP, on_hangup },
	};
	sigset_t signals;
	size_t i;
	int result;

	sigemptyset(&signals);
	for (i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(&signals, handled[i].signal);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* A file that may not be made larger is an error of that write, not the end of the daemon. */
	signal(SIGXFSZ, SIG_IGN);
	on_reload = reload;
	result = sd_event_default(ret_loop);
	for (i = 0; i < sizeof(handled) / sizeof(handled[0]) && result >= 0; i++)
		result = sd_event_add_signal(*ret_loop, NULL, handled[i].signal, handled[i].handler,
					     NULL);
	if (result >= 0)
		result = sd_event_set_watchdog(*ret_loop, true);
	if (result >= 0)
		return 0;
	log_error("event loop: %s", strerrordesc_np(-result));
	return result;
}
