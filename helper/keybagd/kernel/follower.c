// SPDX-License-Identifier: GPL-2.0-or-later
#include "follower.h"

#include <errno.h>
#include <stdint.h>

#include "daemon/log.h"
#include "device_ioctl.h"

#define RENEW_US	10000000ULL
/* No more than that late: of the kernel's patience two thirds are left. */
#define SLACK_US	100000ULL

static sd_event *event_loop;
static sd_event_source *renewal;
static int descriptor = -1;	/* the kernel knows the follower by its open file */

void follower_open_loop(sd_event *loop)
{
	event_loop = loop;
}

static int on_renewal(sd_event_source *source, uint64_t time, void *context)
{
	int result = device_ioctl_follow(descriptor, 0, NULL);

	(void)time;
	(void)context;
	if (result < 0)
		log_error("the kernel cannot be told that keybagd is there, and will lock all keybags: %s",
			  keybag_error_text(result));
	sd_event_source_set_time_relative(source, RENEW_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void follower_begin(void)
{
	int result;

	if (descriptor >= 0)
		return;
	descriptor = keybag_open();
	result = descriptor < 0 ? descriptor : device_ioctl_follow(descriptor, 0, NULL);
	if (result >= 0)
		result = sd_event_add_time_relative(event_loop, &renewal, CLOCK_MONOTONIC, RENEW_US,
						    SLACK_US, on_renewal, NULL);
	if (result < 0)
		log_error("the kernel does not lock keybags when keybagd is gone: %s",
			  keybag_error_text(result));
}

void follower_end(void)
{
	int result;

	if (descriptor < 0)
		return;
	result = device_ioctl_follow(descriptor, KEYBAG_FOLLOW_END, NULL);
	if (result < 0)
		log_error("keybags could not be locked at the end: %s", keybag_error_text(result));
}
