// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits for the end of a delay and looks at its edge: begins tries as fast as it can, from shortly
 * before it to the first one that is accepted, which is given back.
 *
 *   delay_edge UUID
 *
 * Prints "delay REFUSED GAP LATE": ns the delay had to run at the start, tries refused close to the
 * edge, ns by which the last of them was too early, ns from the edge to the start of the first that was
 * accepted (0 if that one began before it). Exit status 1 when one was refused after the edge or accepted before it.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "keybag.h"

#define SECOND		UINT64_C(1000000000)
#define EARLY_NS	200000
#define REFUSED_MAX	1000000

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

static void sleep_until(uint64_t when)
{
	const struct timespec time = { (time_t)(when / SECOND), (long)(when % SECOND) };

	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

static void parse_uuid(const char *text, uint8_t uuid[KEYBAG_UUID_SIZE])
{
	int i;

	for (i = 0; i < KEYBAG_UUID_SIZE; i++) {
		while (*text == '-')
			text++;
		if (sscanf(text, "%2hhx", &uuid[i]) != 1)
			errx(2, "not a UUID");
		text += 2;
	}
}

/* One try. The edge is between @before + @wait and @after + @wait. */
struct sample {
	int error;
	uint64_t before, after, wait;
	uint64_t id;
};

static struct sample begin(int fd, const uint8_t uuid[KEYBAG_UUID_SIZE])
{
	static uint8_t record[KEYBAG_MAX_RECORD];
	struct keybag_try try = { .record = { .address = (uintptr_t)record, .capacity = sizeof(record) } };
	struct sample sample;

	memcpy(try.uuid, uuid, sizeof(try.uuid));
	sample.before = now();
	sample.error = ioctl(fd, KEYBAG_IOC_BEGIN_TRY, &try) < 0 ? errno : 0;
	sample.after = now();
	sample.wait = try.retry_after_ns;
	sample.id = try.try_id;
	if (sample.error && sample.error != EAGAIN)
		errx(2, "BEGIN_TRY: %s", strerror(sample.error));
	return sample;
}

static void give_back(int fd, const uint8_t uuid[KEYBAG_UUID_SIZE], uint64_t id)
{
	static uint8_t record[KEYBAG_MAX_RECORD];
	struct keybag_try try = {
		.try_id = id,
		.record = { .address = (uintptr_t)record, .capacity = sizeof(record) },
	};

	memcpy(try.uuid, uuid, sizeof(try.uuid));
	if (ioctl(fd, KEYBAG_IOC_CANCEL_TRY, &try) < 0)
		err(2, "CANCEL_TRY");
}

int main(int argc, char **argv)
{
	uint64_t low = 0, high = UINT64_MAX, late_refusals = 0, refused = 0, delay;
	uint8_t uuid[KEYBAG_UUID_SIZE];
	struct sample sample, last;
	int fd;

	if (argc != 2)
		errx(2, "usage: delay_edge UUID");
	parse_uuid(argv[1], uuid);
	fd = open(KEYBAG_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(2, KEYBAG_DEVICE);
	sample = begin(fd, uuid);
	if (!sample.error)
		errx(2, "there is no delay");
	delay = sample.wait;
	sleep_until(sample.before + sample.wait - EARLY_NS);

	do {
		last = sample;
		sample = begin(fd, uuid);
		if (!sample.error)
			break;
		refused++;
		if (!sample.wait)
			errx(1, "refused without a delay");
		if (sample.before + sample.wait > low)
			low = sample.before + sample.wait;
		if (sample.after + sample.wait < high)
			high = sample.after + sample.wait;
		if (sample.before >= high)
			late_refusals++;
	} while (refused < REFUSED_MAX);
	if (sample.error || !refused)
		errx(1, "%" PRIu64 " tries near the edge, no end of it", refused);
	give_back(fd, uuid, sample.id);

	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", delay, refused, last.wait,
	       sample.before > low ? sample.before - low : 0);
	if (late_refusals)
		errx(1, "%" PRIu64 " refused after the edge", late_refusals);
	if (sample.after < low)
		errx(1, "accepted before the edge");
	return 0;
}
