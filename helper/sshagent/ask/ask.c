// SPDX-License-Identifier: GPL-2.0-or-later
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/daemon/log.h"

/* A place is free again when there is an answer, to what was cancelled as well: the other end has no more places. */
struct asked {
	uint32_t number;	/* 0: nothing is asked here */
	ask_done *done;		/* NULL: it was cancelled */
	void *context;
	bool unsent;		/* that it was cancelled */
};

static int connection = -1;
static sd_event_source *io;
static struct asked all[ASK_MAX];
static uint32_t last_number;

static struct asked *find(uint32_t number)
{
	for (size_t at = 0; at < ASK_MAX; at++) {
		if (all[at].number == number)
			return &all[at];
	}
	return NULL;
}

static void finish(struct asked *asked, bool yes, struct bytes answer)
{
	struct asked copy = *asked;

	*asked = (struct asked){ 0 };
	if (copy.done)
		copy.done(copy.context, yes, answer);
}

/* It reads at once: what does not fit into the socket is too long. */
static bool send_message(uint32_t number, enum ask_kind kind, struct bytes content)
{
	CLEANUP_BUFFER struct buffer message = BUFFER_NONE;

	buffer_u32(&message, number);
	buffer_u8(&message, kind);
	buffer_bytes(&message, content);
	return connection >= 0 && !message.failed &&
	       send(connection, message.data, message.length, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)message.length;
}

/* Where the socket is full, as of an end that is held up, they are sent when it has room. */
static void send_cancels(void)
{
	bool all_sent = true;

	for (size_t at = 0; at < ASK_MAX; at++) {
		if (all[at].unsent)
			all[at].unsent = !send_message(all[at].number, ASK_CANCEL, (struct bytes){ 0 });
		all_sent = all_sent && !all[at].unsent;
	}
	if (io)
		sd_event_source_set_io_events(io, all_sent ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

/* It is not started again: what could do that is forbidden by now. */
static void lose(void)
{
	log_error("the program that asks and that talks to security keys has ended: SSH keys that need it cannot be used until "
		  "'systemctl --user restart keybag-ssh-agent.service'");
	io = sd_event_source_disable_unref(io);
	close(connection);
	connection = -1;
	for (size_t at = 0; at < ASK_MAX; at++) {
		if (all[at].number)
			finish(&all[at], false, (struct bytes){ 0 });
	}
}

static void read_answer(const uint8_t *bytes, size_t length)
{
	struct reader from = reader_of(bytes, length);
	uint32_t number = reader_u32(&from);
	bool yes = reader_boolean(&from);
	struct bytes answer = reader_string(&from);
	struct asked *asked = number && reader_done(&from) ? find(number) : NULL;

	if (asked)
		finish(asked, yes, answer);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *context)
{
	static uint8_t message[65536];
	ssize_t length;

	(void)source;
	(void)context;
	if (events & EPOLLOUT)
		send_cancels();
	length = recv(fd, message, sizeof(message), MSG_DONTWAIT);
	if (length > 0)
		read_answer(message, (size_t)length);
	else if (!length || (errno != EAGAIN && errno != EINTR))
		lose();
	return 0;
}

/* A change of the groups takes the signal at the parent's end away: it is asked for last. */
static _Noreturn void become(pid_t parent, const char *program, int socket)
{
	sigset_t none;

	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setresgid(getgid(), getgid(), getgid()) < 0 || dup2(socket, ASK_SOCKET) < 0 || fcntl(ASK_SOCKET, F_SETFD, 0) < 0)
		_exit(127);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == parent)
		execl(program, program, NULL);
	_exit(127);
}

/* A message waits nowhere: it fits as a whole, with some that were sent just before, or is not sent. */
static bool make_room(const int ends[2])
{
	const int size = ASK_MESSAGE_MAX;

	return setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) == 0 &&
	       setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) == 0;
}

int ask_begin(sd_event *loop, const char *program)
{
	int ends[2], result;
	pid_t parent = getpid(), pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 || !make_room(ends)) {
		result = -errno;
		log_error("no connection to %s: %m", program);
		return result;
	}
	pid = fork();
	if (!pid)
		become(parent, program, ends[1]);
	result = pid < 0 ? -errno : sd_event_add_io(loop, &io, ends[0], EPOLLIN, on_io, NULL);
	close(ends[1]);
	connection = ends[0];
	if (result < 0)
		log_error("%s cannot be started: %s", program, strerrordesc_np(-result));
	return result < 0 ? result : 0;
}

void ask_end(void)
{
	io = sd_event_source_disable_unref(io);
	if (connection >= 0)
		close(connection);
	connection = -1;
}

uint32_t ask(enum ask_kind kind, struct bytes content, ask_done *done, void *context)
{
	struct asked *free_place = find(0);

	if (!free_place)
		return 0;
	/* 0 is no number. */
	do
		last_number++;
	while (!last_number || find(last_number));
	if (!send_message(last_number, kind, content))
		return 0;
	*free_place = (struct asked){ .number = last_number, .done = done, .context = context };
	return last_number;
}

void ask_cancel(uint32_t number)
{
	struct asked *asked = number ? find(number) : NULL;

	if (!asked)
		return;
	asked->done = NULL;
	asked->unsent = true;
	send_cancels();
}
