// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress.h"

#include "common/translate.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define CLEAR_LINE	"\r\033[K"
#define FIRST_MS	1000
#define EACH_MS		250
#define MIB		(1024.0 * 1024.0)

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress, const char *what, uint64_t total)
{
	*progress = (struct progress){ .what = what, .total = total, .wanted = isatty(STDERR_FILENO) };
	progress->began = now_ms();
	progress->shown = progress->began + FIRST_MS - EACH_MS;
}

static void show(struct progress *progress, uint64_t now)
{
	double done = (double)progress->done / MIB;
	double speed = done * 1000 / (double)(now - progress->began);

	fputs(CLEAR_LINE, stderr);
	if (progress->total)
		fprintf(stderr, _("%s: %.0f %% of %.0f MiB, %.0f MiB/s"), progress->what,
			100.0 * (double)progress->done / (double)progress->total, (double)progress->total / MIB, speed);
	else
		fprintf(stderr, _("%s: %.0f MiB, %.0f MiB/s"), progress->what, done, speed);
	fflush(stderr);
	progress->shown = now;
	progress->visible = true;
}

void progress_add(struct progress *progress, uint64_t bytes)
{
	uint64_t now;

	progress->done += bytes;
	if (!progress->wanted)
		return;
	now = now_ms();
	if (now >= progress->shown + EACH_MS)
		show(progress, now);
}

void progress_end(struct progress *progress)
{
	if (progress->visible)
		fputs(CLEAR_LINE, stderr);
	progress->visible = false;
}
