// SPDX-License-Identifier: GPL-2.0-or-later
#include "kept_messages.h"

#include "helper/daemon/last_close.h"

static sd_bus_message *kept;	/* sd-bus serves one at a time */

static void release(void *context)
{
	(void)context;
	kept = sd_bus_message_unref(kept);
}

void kept_messages_release(void)
{
	if (kept)
		last_close_elsewhere(release, NULL);
}

void kept_messages_add(sd_bus_message *message)
{
	kept_messages_release();
	kept = sd_bus_message_ref(message);
}
