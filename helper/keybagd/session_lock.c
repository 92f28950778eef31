// SPDX-License-Identifier: GPL-2.0-or-later
#include "session_lock.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "daemon/log.h"
#include "events.h"
#include "logind.h"
#include "queue.h"
#include "session.h"
#include "ticket.h"

/* Between the credentials and the session there is what other PAM modules do. */
#define AWAIT_US	20000000ULL

struct awaited {
	struct awaited *next;
	uid_t uid;
	sd_event_source *end;
};

static sd_event *event_loop;
static struct awaited *awaited_logins;

void session_lock_open_loop(sd_event *loop)
{
	event_loop = loop;
}

static struct awaited *find(uid_t uid)
{
	struct awaited *awaited;

	for (awaited = awaited_logins; awaited; awaited = awaited->next)
		if (awaited->uid == uid)
			return awaited;
	return NULL;
}

static struct keybag_requester daemon_itself(void)
{
	return (struct keybag_requester){ .uid = geteuid(), .pid = (uint32_t)getpid() };
}

static void lock(struct bag *bag, uint32_t reason, const char *why)
{
	struct keybag_lock command = { .reason = reason, .requester = daemon_itself() };
	struct keybag_status status;
	char label[320];
	int result;

	/* One that is about to be unlocked by a request from before is not left open either. */
	queue_void_unlocks(bag);
	if (control_status(bag->uuid, &status) < 0 || status.state != KEYBAG_STATE_UNLOCKED ||
	    !(status.flags & KEYBAG_STATUS_PASSCODE))
		return;
	bag_label(bag, label, sizeof(label));
	memcpy(command.uuid, bag->uuid, sizeof(command.uuid));
	result = control_call(KEYBAG_IOC_LOCK, &command);
	if (result < 0) {
		log_error("%s could not be locked: %s", label, keybag_error_text(result));
		return;
	}
	log_info("%s: %s", label, why);
	bag_read_events(bag);
}

void session_lock(uid_t uid, uint32_t reason, const char *why)
{
	struct bag *bag, *next;

	if (reason == KEYBAG_REASON_LOGOUT && find(uid))
		return;
	for (bag = bag_first(); bag; bag = next) {
		next = bag->next;
		if (bag->loaded && bag->type == KEYBAG_TYPE_USER && bag->owner == uid)
			lock(bag, reason, why);
	}
}

int session_lock_all(uint32_t reason)
{
	struct keybag_lock command = {
		.flags = KEYBAG_LOCK_ALL,
		.reason = reason,
		.requester = daemon_itself(),
	};
	int result;

	queue_void_unlocks(NULL);
	ticket_drop_all();
	result = control_call(KEYBAG_IOC_LOCK, &command);
	bag_read_all_events();
	return result;
}

static void forget(struct awaited *awaited)
{
	struct awaited **place;

	for (place = &awaited_logins; *place != awaited; place = &(*place)->next)
		;
	*place = awaited->next;
	sd_event_source_unref(awaited->end);
	free(awaited);
}

static int on_end(sd_event_source *source, uint64_t time, void *context)
{
	struct awaited *awaited = context;
	uid_t uid = awaited->uid;

	(void)source;
	(void)time;
	forget(awaited);
	session_judge(uid);
	return 0;
}

void session_await(uid_t uid)
{
	struct awaited *awaited = find(uid);

	/* Where sessions are not followed, none would ever come. */
	if (!logind_follows())
		return;
	if (awaited) {
		sd_event_source_set_time_relative(awaited->end, AWAIT_US);
		return;
	}
	awaited = calloc(1, sizeof(*awaited));
	if (!awaited)
		return;
	awaited->uid = uid;
	if (sd_event_add_time_relative(event_loop, &awaited->end, CLOCK_BOOTTIME, AWAIT_US, 100000,
				       on_end, awaited) < 0) {
		free(awaited);
		return;
	}
	awaited->next = awaited_logins;
	awaited_logins = awaited;
}

bool session_await_again(const struct bag *bag)
{
	struct keybag_status status;
	struct timespec now;
	uint64_t now_us;

	if (control_status(bag->uuid, &status) < 0 || status.state != KEYBAG_STATE_UNLOCKED ||
	    status.reason != KEYBAG_REASON_LOGIN)
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	now_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	if (now_us - status.state_time_ns / 1000 >= AWAIT_US)
		return false;
	session_await(bag->owner);
	return true;
}

void session_came(uid_t uid)
{
	struct awaited *awaited = find(uid);

	if (awaited)
		forget(awaited);
}
