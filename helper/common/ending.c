// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ending.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "heap.h"

static void (*volatile actions[ENDING_ACTIONS])(void);

static void on_end(int number)
{
	for (size_t i = 0; i < ENDING_ACTIONS && actions[i]; i++)
		actions[i]();
	heap_wipe();
	/* Also where somebody has set the handler again without SA_RESETHAND, as signal(2) does. */
	signal(number, SIG_DFL);
	raise(number);
}

static void watch_signals(void)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXCPU, SIGXFSZ };
	const struct sigaction action = { .sa_handler = on_end };
	struct sigaction old;

	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (sigaction(ending[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(ending[i], &action, NULL);
}

void ending_add(void (*action)(void))
{
	size_t place = 0;

	while (place < ENDING_ACTIONS && actions[place] && actions[place] != action)
		place++;
	if (place == ENDING_ACTIONS)
		return;
	actions[place] = action;
	watch_signals();
}
