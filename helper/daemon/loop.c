// SPDX-License-Identifier: GPL-2.0-or-later
#include "loop.h"

#include <signal.h>
#include <string.h>

#include "log.h"

int loop_open(sd_event **ret_loop)
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
		return 0;
	log_error("event loop: %s", strerrordesc_np(-result));
	return result;
}
