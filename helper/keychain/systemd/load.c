// SPDX-License-Identifier: GPL-2.0-or-later
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "helper/common/deadline.h"
#include "helper/daemon/log.h"
#include "lookup.h"
#include "peer.h"

#define AGAIN_US	1000000
/* A service that is started again, keybagd too, is there by then. */
#define AWAY_NS		UINT64_C(30000000000)
#define END_NS		UINT64_C(5000000000)
#define NO_MEMORY_NS	UINT64_C(1000000000)
#define NO_MEMORY_PAUSE_US	20000
#define NOTHING_SIZE	65536

struct load {
	struct load *next;
	sd_event_source *source;
	int fd;
	struct peer peer;
	char kept[KEPT_NAME_SIZE];
	uint64_t away_since;		/* CLOCK_MONOTONIC, nanoseconds; 0: it was answered otherwise last */
	bool believed;
	bool asking;
	uint64_t turn;			/* in which it was asked about last */
	bool told;			/* that it waits */
	struct value *answer;		/* with the secret that is served; NULL: it is refused */
	size_t sent;
	size_t length;
};

static sd_event *event_loop;
static sd_event_source *again;
static void (*on_pause)(bool paused);
static struct load *loads;
static size_t load_count;

/* In each all that wait are asked about once; the next one begins a second after it. */
static uint64_t turn;

/* Why the keychain could not be asked; "": it could be. It is not asked again in that turn. */
static char away[LOOKUP_WHY_SIZE];

/* With the unit, so that journalctl -u and systemctl status show it there. Names have been checked; no secret comes here. */
static void tell(const struct load *load, int priority, const char *what, const char *why)
{
	const struct unit_credential *wanted = &load->peer.wanted;
	char text[LOOKUP_WHY_SIZE + UNIT_NAME_SIZE + CREDENTIAL_NAME_SIZE + 64];

	if (*wanted->unit)
		snprintf(text, sizeof(text), "%s: credential '%s' %s: %s", wanted->unit, wanted->name, what, why);
	else
		snprintf(text, sizeof(text), "a credential %s: %s", what, why);
	if (!log_goes_to_journal() || !*load->peer.unit ||
	    sd_journal_send("MESSAGE=%s", text, "PRIORITY=%d", priority, "OBJECT_SYSTEMD_UNIT=%s", load->peer.unit, NULL) < 0)
		log_line(priority, "%s", text);
}

/* The end is told by shutdown(2): the manager has another descriptor of the connection. */
static void end(struct load *load)
{
	struct load **place;

	for (place = &loads; *place != load; place = &(*place)->next)
		;
	*place = load->next;
	if (load_count-- == LOADS)
		on_pause(false);
	sd_event_source_disable_unref(load->source);
	value_free(load->answer);
	kept_remove(load->kept);
	close(load->fd);
	free(load);
}

/* The bytes to be sent next, and their number. */
static const uint8_t *to_send(const struct load *load, size_t *ret_size)
{
	static const uint8_t nothing[NOTHING_SIZE];
	size_t rest = load->length - load->sent, length;

	*ret_size = load->answer || rest < sizeof(nothing) ? rest : sizeof(nothing);
	return load->answer ? lookup_secret(load->answer, &length) + load->sent : nothing;
}

/* It says nothing about the other end, for which an end here would be an empty credential. */
static bool is_passing(int error)
{
	return error == EAGAIN || error == ENOBUFS || error == ENOMEM;
}

/* Returns whether more is to be sent, when there is room for it. */
static bool push(struct load *load)
{
	const uint8_t *bytes;
	ssize_t sent;
	size_t size;

	while (load->sent < load->length) {
		bytes = to_send(load, &size);
		sent = send(load->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		/* Mostly it has seen that it is too much. */
		if (sent < 0)
			return is_passing(errno);
		load->sent += (size_t)sent;
	}
	shutdown(load->fd, SHUT_WR);
	return false;
}

/* Takes @answer, of which @length bytes are to be sent; NULL: bytes of no meaning. */
static void set_bytes(struct load *load, struct value *answer, size_t length)
{
	load->asking = false;
	load->answer = answer;
	load->length = length;
	load->sent = 0;
	/* If this process dies from here on, the next one cannot know what was sent. */
	if (load->told)
		kept_set(KEPT_BEGUN, load->fd, load->kept);
}

/* Without memory to be woken for more: the manager reads at once. */
static void push_at_once(struct load *load)
{
	uint64_t deadline = deadline_after(NO_MEMORY_NS);

	while (push(load) && deadline_pause(deadline) == 0)
		;
}

/* Sets the bytes and sends them. The load may be gone afterwards. */
static void send_all(struct load *load, struct value *answer, size_t length)
{
	set_bytes(load, answer, length);
	if (push(load) && sd_event_source_set_io_events(load->source, EPOLLOUT) >= 0)
		return;
	push_at_once(load);
	end(load);
}

static void refuse(struct load *load, const char *why)
{
	tell(load, LOG_ERR, "is refused", why);
	send_all(load, NULL, UNIT_CREDENTIAL_MAX + 1);
}

static void serve(struct load *load, struct value *answer)
{
	size_t length;

	lookup_secret(answer, &length);
	send_all(load, answer, length);
}

static void go_on_after(uint64_t delay_us)
{
	sd_event_source_set_time_relative(again, delay_us);
	sd_event_source_set_enabled(again, SD_EVENT_ONESHOT);
}

static void wait_for(struct load *load, const char *why)
{
	/* A turn that goes on is not put off by those that come. */
	if (sd_event_source_get_enabled(again, NULL) <= 0)
		go_on_after(AGAIN_US);
	if (load->told)
		return;
	tell(load, LOG_NOTICE, "is waited for", why);
	load->told = true;
	kept_set(KEPT_WAITING, load->fd, load->kept);
}

/* A load that has waited for long, for its class, has all of the time yet. */
static void wait_away(struct load *load, const char *why)
{
	uint64_t now = deadline_now();

	if (!*away)
		snprintf(away, sizeof(away), "%s", why);
	if (!load->away_since)
		load->away_since = now;
	if (now - load->away_since < AWAY_NS)
		wait_for(load, away);
	else
		refuse(load, away);
}

/* Asks the keychain, unless it was away a moment ago. The load may be gone afterwards. */
static void ask(struct load *load)
{
	struct value *answer = NULL;
	char why[LOOKUP_WHY_SIZE] = "";
	enum lookup result = LOOKUP_AWAY;

	load->turn = turn;
	if (!*away)
		result = lookup_credential(&load->peer.wanted, &answer, why);
	if (result == LOOKUP_FOUND) {
		serve(load, answer);
	} else if (result == LOOKUP_REFUSED) {
		refuse(load, why);
	} else if (result == LOOKUP_LOCKED) {
		load->away_since = 0;
		wait_for(load, why);
	} else {
		wait_away(load, why);
	}
}

/* One that waits; @due: and was not asked about in this turn. NULL: there is none. */
static struct load *find_waiting(bool due)
{
	struct load *load;

	for (load = loads; load; load = load->next)
		if (load->asking && (!due || load->turn != turn))
			break;
	return load;
}

/* One at a time, as the keychain may be slow: the watchdog, a stop and those that are served come in between. */
static int on_again(sd_event_source *source, uint64_t now, void *context)
{
	struct load *load = find_waiting(true);

	(void)source;
	(void)now;
	(void)context;
	if (!load) {
		turn++;
		*away = 0;
		load = find_waiting(true);
	}
	if (load)
		ask(load);
	if (find_waiting(true))
		go_on_after(0);
	else if (find_waiting(false))
		go_on_after(AGAIN_US);
	else
		*away = 0;
	return 0;
}

/* The other end is closed, or has room again. */
static int on_connection(sd_event_source *source, int fd, uint32_t happened, void *context)
{
	struct load *load = context;
	size_t sent = load->sent;

	(void)source;
	(void)fd;
	if (happened & (EPOLLHUP | EPOLLERR) || !push(load))
		end(load);
	/* Without memory a socket has room, and takes nothing: lest the loop turn for nothing, it waits. */
	else if (load->sent == sent)
		usleep(NO_MEMORY_PAUSE_US);
	return 0;
}

/* Whoever only moves itself to a unit's control group takes no room from the manager. */
static bool is_of_same(const struct load *load, const struct load *other)
{
	return load->believed == other->believed && !strcmp(load->peer.unit, other->peer.unit);
}

static bool is_refused(const struct load *load)
{
	return !load->asking && !load->answer;
}

/* Its unit has more than the manager loads at a time. In no system unit are those of root's own manager, too. */
static size_t limit_of(const struct load *load)
{
	return *load->peer.unit ? LOADS_OF_UNIT : LOADS_OF_NONE;
}

/*
 * Makes room: ends the one that has been refused for the longest, and not read it yet, as the manager would have. @same: of
 * its unit; otherwise of all that are not believed.
 */
static void end_oldest_refused(const struct load *load, bool same)
{
	struct load *oldest = NULL;

	for (struct load *other = loads; other; other = other->next)
		if (other != load && is_refused(other) && (same ? is_of_same(load, other) : !other->believed))
			oldest = other;
	if (oldest)
		end(oldest);
}

/* Returns whether it is one too many. */
static bool keep_within_limits(const struct load *load)
{
	size_t of_same = 0, unbelieved = 0;

	for (const struct load *other = loads; other; other = other->next) {
		of_same += is_of_same(load, other);
		unbelieved += !other->believed;
	}
	if (of_same > 2 * limit_of(load))
		end_oldest_refused(load, true);
	else if (!load->believed && unbelieved > LOADS_UNBELIEVED)
		end_oldest_refused(load, false);
	return of_same > limit_of(load);
}

static void refuse_now(int fd)
{
	struct load load = { .fd = fd, .length = UNIT_CREDENTIAL_MAX + 1 };

	push_at_once(&load);
	close(fd);
}

/* NULL: there is no memory. */
static struct load *add(int fd)
{
	struct load *load = calloc(1, sizeof(*load));

	if (!load || sd_event_add_io(event_loop, &load->source, fd, 0, on_connection, load) < 0) {
		free(load);
		return NULL;
	}
	load->fd = fd;
	load->next = loads;
	loads = load;
	if (++load_count == LOADS)
		on_pause(true);
	return load;
}

static void begin(int fd, const char *name, bool may_ask)
{
	struct load *load = add(fd);
	char why[PEER_WHY_SIZE];
	bool too_many;

	if (!load) {
		log_error("a credential is refused: out of memory");
		refuse_now(fd);
		return;
	}
	if (*name)
		snprintf(load->kept, sizeof(load->kept), "%s", name);
	else
		kept_set(KEPT_BEGUN, fd, load->kept);
	load->believed = peer_look(fd, &load->peer, why);
	too_many = keep_within_limits(load);
	if (too_many)
		snprintf(why, sizeof(why), "as many are loaded at the same time as no service manager loads of one unit");
	if (too_many || !load->believed) {
		refuse(load, why);
	} else if (!may_ask) {
		refuse(load, "keychain-credentials.service ended while it was served: start the unit again");
	} else {
		load->told = *name;
		load->asking = true;
		/* At the start there may be many. */
		if (*name)
			go_on_after(0);
		else
			ask(load);
	}
}

void load_accept(int fd)
{
	begin(fd, "", true);
}

void load_resume(int fd, const char *name)
{
	enum kept kept = KEPT_BEGUN;

	begin(fd, name, kept_read(name, &kept) && kept == KEPT_WAITING);
}

int load_begin(sd_event *loop, void (*pause)(bool paused))
{
	int result = sd_event_add_time_relative(loop, &again, CLOCK_MONOTONIC, AGAIN_US, 0, on_again, NULL);

	event_loop = loop;
	on_pause = pause;
	return result < 0 ? result : sd_event_source_set_enabled(again, SD_EVENT_OFF);
}

static void push_all(void)
{
	struct load *load, *next;

	for (load = loads; load; load = next) {
		next = load->next;
		if (!push(load))
			end(load);
	}
}

/* All at the same time: one that does not read takes nothing from the others. */
void load_refuse_all(void)
{
	uint64_t deadline = deadline_after(END_NS);

	/* The loop has ended and wakes nobody any more. */
	for (struct load *load = loads; load; load = load->next) {
		if (!load->asking)
			continue;
		tell(load, LOG_ERR, "is refused", "keychain-credentials.service was stopped: start it and the unit again");
		set_bytes(load, NULL, UNIT_CREDENTIAL_MAX + 1);
	}
	do {
		push_all();
	} while (loads && deadline_pause(deadline) == 0);
	while (loads)
		end(loads);
}
