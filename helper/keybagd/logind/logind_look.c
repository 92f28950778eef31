// SPDX-License-Identifier: GPL-2.0-or-later
#include "logind_look.h"

/* A locker that has let its user in takes LockedHint back, some only after an animation. */
#define LOOK_US		10000000ULL
#define LOOK_END_US	30000000ULL
#define ACCURACY_US	100000ULL

static sd_event *event_loop;
static sd_event_source *look;	/* at the first one */
static logind_bus_answer_t answered;

void logind_look_open(sd_event *loop, logind_bus_answer_t answer)
{
	event_loop = loop;
	answered = answer;
}

static void set_time(void)
{
	const struct session *session;
	uint64_t first = UINT64_MAX;

	for (session = session_first(); session; session = session->next)
		if (session->look_us && session->look_us < first)
			first = session->look_us;
	sd_event_source_set_time(look, first);
	sd_event_source_set_enabled(look, first == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static int logind_look_on_time(sd_event_source *source, uint64_t time, void *context)
{
	struct session *session;
	uint64_t now;

	(void)time;
	(void)context;
	if (sd_event_now(sd_event_source_get_event(source), CLOCK_MONOTONIC, &now) < 0)
		return 0;
	for (session = session_first(); session; session = session->next) {
		if (!session->look_us || session->look_us > now)
			continue;
		/* Without the bus the answer would never come. */
		session->look_us = logind_bus_is_ready() ? 0 : now + LOOK_US;
		if (!session->look_us)
			logind_bus_get_all(session->id, answered);
	}
	set_time();
	return 0;
}

void logind_look_later(struct session *session)
{
	uint64_t now;

	if (!event_loop || sd_event_now(event_loop, CLOCK_MONOTONIC, &now) < 0)
		return;
	if (!look && sd_event_add_time(event_loop, &look, CLOCK_MONOTONIC, UINT64_MAX, ACCURACY_US, logind_look_on_time,
				       NULL) < 0)
		return;
	/* A second attempt has its time as well, but whoever tries all the time does not put it off for ever. */
	if (!session->look_us)
		session->look_end_us = now + LOOK_END_US;
	session->look_us = now + LOOK_US < session->look_end_us ? now + LOOK_US : session->look_end_us;
	set_time();
}
