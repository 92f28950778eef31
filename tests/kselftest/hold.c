// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "data.h"
#include "modules.h"

#define MODULE		"keybag_hold"
#define PARAMETERS	"/sys/module/" MODULE "/parameters/"

int hold_load(void)
{
	int result = module_load(MODULE);

	/* A kernel without kprobes cannot hold anybody. */
	if (result == -EOPNOTSUPP)
		return -ENOENT;
	return result == -EEXIST ? 0 : result;
}

int hold_unload(void)
{
	return module_unload(MODULE);
}

static void set_victim(int thread)
{
	int fd = open(PARAMETERS "victim", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || dprintf(fd, "%d", thread) < 0)
		perror(PARAMETERS "victim");
	close(fd);
}

void hold_me(void)
{
	set_victim(gettid());
}

bool hold_wait(int milliseconds)
{
	char held = 'N';
	int fd = open(PARAMETERS "held", O_RDONLY | O_CLOEXEC);

	while (pread(fd, &held, 1, 0) == 1 && held != 'Y' && milliseconds-- > 0)
		usleep(1000);
	close(fd);
	return held == 'Y';
}

void hold_release(void)
{
	set_victim(0);
}

static void *mac(void *argument)
{
	struct held *held = argument;
	__u8 mac[KEYBAG_MAC_SIZE];

	hold_me();
	held->result = child_mac(held->fd, held->child, "message", 7, mac);
	return NULL;
}

int held_begin(struct held *held, int fd, int child)
{
	int processors = get_nprocs(), processor, result;
	cpu_set_t last, others;
	pthread_attr_t attributes;

	if (processors < 2)
		return -ENXIO;
	CPU_ZERO(&last);
	CPU_ZERO(&others);
	for (processor = 0; processor < processors - 1; processor++)
		CPU_SET((size_t)processor, &others);
	CPU_SET((size_t)processor, &last);
	if (sched_setaffinity(0, sizeof(others), &others))
		return -errno;

	*held = (struct held){ .fd = fd, .child = child };
	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof(last), &last);
	result = pthread_create(&held->thread, &attributes, mac, held);
	pthread_attr_destroy(&attributes);
	if (result)
		return -result;
	return hold_wait(5000) ? 0 : -ETIMEDOUT;
}

int held_end(struct held *held)
{
	hold_release();
	pthread_join(held->thread, NULL);
	return held->result;
}
