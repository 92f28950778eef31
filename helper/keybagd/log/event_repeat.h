/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events that whoever causes them could repeat for ever, and so drown those of others: the first ones of a while are told,
 * the others counted, and the count told when the while is over. Any thread, unless said otherwise.
 */
#ifndef KEYBAGD_EVENT_REPEAT_H
#define KEYBAGD_EVENT_REPEAT_H

#include "libkeybag/keybag.h"
#include <systemd/sd-event.h>

/* Defaults where no delay sets the length of a while: a minute, in which so many events of a kind are told. */
#define EVENT_MINUTE_NS	60000000000ULL
#define EVENT_SOME	30

/* Events are the same while all of this is, with the first word of the line. */
struct event_source {
	const uint8_t *uuid;	/* of the keybag */
	uid_t uid;		/* who asked */
	uint32_t number;	/* whatever else tells one from another */
	unsigned int told;	/* so many are told in a while */
	uint64_t while_ns;	/* from the first one on */
};

/* Main thread, once. Returns 0 or a negative errno; without it nothing is told of what is counted. */
int event_repeat_open(sd_event *loop);

/* event_log(), or it is counted. */
__attribute__((format(printf, 2, 3))) void event_repeat_log(const struct event_source *source,
							    const char *format, ...);

/* Main thread, at the end: what was counted is told. */
void event_repeat_close(void);

#endif /* KEYBAGD_EVENT_REPEAT_H */
