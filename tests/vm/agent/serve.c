// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the host's commands, any number at a time, and carries their input and
 * output over the virtio-serial port. One thread, one poll loop.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

#define COMMANDS_MAX 32
/* A hundredth of a second apart: the host tells of the port in its own time. */
#define PORT_TRIES 30000
#define KEYCTL_JOIN_SESSION_KEYRING 1
#define KEYCTL_LINK 8
#define KEY_SPEC_SESSION_KEYRING (-3)
#define KEY_SPEC_USER_KEYRING (-4)

/*
 * A command. It keeps its place until it has ended and both its outputs are
 * closed: a daemon it left behind may go on writing, which then goes nowhere.
 */
struct command {
	bool used;
	bool ended;
	uint32_t id;
	pid_t pid;
	int in, out, err;	/* -1: closed */
	uint8_t *pending;	/* input it has not taken yet */
	size_t pending_length;
	bool pending_end;	/* close `in` after that */
};

static struct command commands[COMMANDS_MAX];
static int port = -1;
static bool process_one;

static void set_blocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

static void write_all(const void *data, size_t length)
{
	const uint8_t *at = data;
	ssize_t done;

	while (length) {
		done = write(port, at, length);
		if (done < 0 && errno != EINTR && errno != EAGAIN)
			die("agent port");
		if (done > 0) {
			at += done;
			length -= done;
		}
	}
}

static void send_frame(enum frame_type type, uint32_t id, const void *data, uint32_t length)
{
	uint8_t buffer[sizeof(struct frame) + 16384];
	struct frame head = { .type = type, .id = id, .length = length };

	memcpy(buffer, &head, sizeof(head));
	memcpy(buffer + sizeof(head), data, length);
	write_all(buffer, sizeof(head) + length);
}

static bool read_all(void *data, size_t length)
{
	uint8_t *at = data;
	ssize_t done;

	while (length) {
		done = read(port, at, length);
		if (done == 0)	/* the host has gone or is not there yet */
			return false;
		if (done < 0 && errno != EINTR && errno != EAGAIN)
			die("agent port");
		if (done > 0) {
			at += done;
			length -= done;
		}
	}
	return true;
}

/* The port's device, by the name the host gave it. */
static void open_port(void)
{
	char path[512], name[64];
	struct dirent *entry;
	int fd, tries;
	ssize_t length;
	DIR *folder;

	for (tries = 0; tries < PORT_TRIES && port < 0; tries++) {
		folder = opendir("/sys/class/virtio-ports");
		while (folder && (entry = readdir(folder))) {
			snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", entry->d_name);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			length = fd < 0 ? -1 : read(fd, name, sizeof(name) - 1);
			close(fd);
			if (length < 0)
				continue;
			name[length] = '\0';
			if (strncmp(name, AGENT_PORT "\n", sizeof(AGENT_PORT)))
				continue;
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			port = open(path, O_RDWR | O_CLOEXEC);
		}
		if (folder)
			closedir(folder);
		if (port < 0)
			usleep(10000);
	}
	if (port < 0)
		die("no agent port");
}

static struct command *find(uint32_t id)
{
	for (int i = 0; i < COMMANDS_MAX; i++)
		if (commands[i].used && commands[i].id == id)
			return &commands[i];
	return NULL;
}

static struct command *find_free(void)
{
	for (int i = 0; i < COMMANDS_MAX; i++)
		if (!commands[i].used)
			return &commands[i];
	/* None: give up on a daemon's output. */
	for (int i = 0; i < COMMANDS_MAX; i++) {
		if (commands[i].ended) {
			close(commands[i].out);
			close(commands[i].err);
			return &commands[i];
		}
	}
	return NULL;
}

static void child(int in, int out, int err, bool terminal, char *text)
{
	static char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
		"USER=root", "LOGNAME=root", "SHELL=/bin/bash", "LANG=C.UTF-8", "TERM=xterm", NULL,
	};
	char *const arguments[] = { "/bin/bash", "-c", text, NULL };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setsid();
	if (terminal)
		ioctl(in, TIOCSCTTY, 0);
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	if (chdir("/root") && chdir("/"))
		_exit(127);
	execve(arguments[0], arguments, environment);
	_exit(127);
}

static void run_failed(uint32_t id, const char *why)
{
	int32_t status = 126;

	send_frame(AGENT_STDERR, id, why, strlen(why));
	send_frame(AGENT_EXIT, id, &status, sizeof(status));
}

static bool open_terminal(int *parent, int *in)
{
	char name[32];
	int number, zero = 0;

	*parent = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*parent < 0 || ioctl(*parent, TIOCSPTLCK, &zero) || ioctl(*parent, TIOCGPTN, &number))
		return false;
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	*in = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *in >= 0;
}

static void run(uint32_t id, uint8_t flags, char *text)
{
	bool terminal = flags & AGENT_FLAG_TERMINAL;
	struct command *command = find_free();
	int in[2], out[2], err[2];

	if (!command)
		return run_failed(id, "agent: too many commands at once\n");
	if (terminal) {
		if (!open_terminal(&out[0], &in[0]))
			return run_failed(id, "agent: no terminal\n");
		out[1] = in[0];
		err[1] = in[0];
		in[1] = fcntl(out[0], F_DUPFD_CLOEXEC, 0);
		err[0] = -1;
	} else if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) {
		return run_failed(id, "agent: no pipe\n");
	}
	*command = (struct command) { .used = true, .id = id, .in = in[1], .out = out[0], .err = err[0] };
	command->pid = fork();
	if (command->pid == 0)
		child(in[0], out[1], err[1], terminal, text);
	close(in[0]);
	if (!terminal) {
		close(out[1]);
		close(err[1]);
	}
	set_blocking(command->in, false);
	set_blocking(command->out, false);
	if (command->err >= 0)
		set_blocking(command->err, false);
}

static void close_if_done(struct command *command)
{
	if (!command->ended || command->out >= 0 || command->err >= 0)
		return;
	if (command->in >= 0)
		close(command->in);
	free(command->pending);
	command->used = false;
}

/* Passes on what there is, as far as it goes without waiting. */
static void forward(struct command *command, int *fd, enum frame_type type)
{
	uint8_t buffer[16384];
	ssize_t length;

	while (*fd >= 0) {
		length = read(*fd, buffer, sizeof(buffer));
		if (length > 0) {
			send_frame(type, command->id, buffer, length);
			continue;
		}
		if (length < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (length < 0 && errno == EIO && !command->ended) {
			/* A login hangs its terminal up and opens it again, which no event tells. */
			usleep(10000);
			return;
		}
		close(*fd);	/* end of file, or a terminal nobody has open any more */
		*fd = -1;
	}
}

static void feed(struct command *command)
{
	ssize_t done;

	while (command->in >= 0 && command->pending_length) {
		done = write(command->in, command->pending, command->pending_length);
		if (done < 0 && errno == EAGAIN)
			return;
		if (done < 0) {	/* it does not read any more */
			command->pending_length = 0;
			command->pending_end = true;
			break;
		}
		command->pending_length -= done;
		memmove(command->pending, command->pending + done, command->pending_length);
	}
	if (command->in >= 0 && command->pending_end) {
		close(command->in);
		command->in = -1;
	}
}

static void input(struct command *command, const uint8_t *data, size_t length)
{
	uint8_t *grown;

	if (length) {
		grown = realloc(command->pending, command->pending_length + length);
		if (!grown)
			die("memory");
		memcpy(grown + command->pending_length, data, length);
		command->pending = grown;
		command->pending_length += length;
	} else {
		command->pending_end = true;
	}
	feed(command);
}

static void reap(void)
{
	struct command *command;
	int status;
	int32_t code;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (command = commands; command < commands + COMMANDS_MAX; command++) {
			if (!command->used || command->ended || command->pid != pid)
				continue;
			forward(command, &command->out, AGENT_STDOUT);
			forward(command, &command->err, AGENT_STDERR);
			code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
			send_frame(AGENT_EXIT, command->id, &code, sizeof(code));
			command->ended = true;
			close_if_done(command);
		}
	}
}

static void power_off(void)
{
	int waited, fd;

	if (!process_one) {
		sync();
		if (fork() == 0)
			execl("/usr/bin/systemctl", "systemctl", "poweroff", NULL);
		return;
	}
	/* As process 1 this spares the agent itself. */
	kill(-1, SIGTERM);
	for (waited = 0; waited < 200 && kill(-1, 0) == 0; waited++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		usleep(10000);
	}
	kill(-1, SIGKILL);
	sync();
	/* The writable layer is out of reach below the root: have all made read-only. */
	fd = open("/proc/sysrq-trigger", O_WRONLY);
	if (fd >= 0 && write(fd, "u", 1) == 1)
		usleep(100000);
	reboot(RB_POWER_OFF);
}

static void serve_host(void)
{
	static uint8_t data[AGENT_FRAME_MAX + 1];
	struct command *command;
	struct frame head;
	uint32_t number;

	if (!read_all(&head, sizeof(head))) {
		usleep(10000);
		return;
	}
	if (head.length > AGENT_FRAME_MAX)
		die("frame too long");
	if (!read_all(data, head.length))
		return;
	data[head.length] = '\0';
	command = find(head.id);
	switch (head.type) {
	case AGENT_RUN:
		run(head.id, data[0], (char *)data + 1);
		break;
	case AGENT_INPUT:
		if (command && !command->ended)
			input(command, data, head.length);
		break;
	case AGENT_KILL:
		memcpy(&number, data, sizeof(number));
		if (command && !command->ended)
			kill(-command->pid, number);
		break;
	case AGENT_POWEROFF:
		power_off();
		break;
	default:
		break;
	}
}

/* All commands share one session keyring, as those of one login do. */
static void join_keyring(void)
{
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING);
}

void serve(bool as_process_one)
{
	struct pollfd wait[2 + 3 * COMMANDS_MAX];
	struct command *owner[2 + 3 * COMMANDS_MAX];
	struct signalfd_siginfo ignored;
	struct command *command;
	sigset_t children;
	int signals, count, i;

	process_one = as_process_one;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	join_keyring();
	open_port();
	send_frame(AGENT_HELLO, 0, "", 0);

	for (;;) {
		wait[0] = (struct pollfd) { .fd = port, .events = POLLIN };
		wait[1] = (struct pollfd) { .fd = signals, .events = POLLIN };
		count = 2;
		for (command = commands; command < commands + COMMANDS_MAX; command++) {
			if (!command->used)
				continue;
			for (i = 0; i < 3; i++)
				owner[count + i] = command;
			wait[count++] = (struct pollfd) { .fd = command->out, .events = POLLIN };
			wait[count++] = (struct pollfd) { .fd = command->err, .events = POLLIN };
			wait[count++] = (struct pollfd) {
				.fd = command->pending_length ? command->in : -1, .events = POLLOUT
			};
		}
		if (poll(wait, count, -1) < 0)
			continue;
		for (i = 2; i < count; i += 3) {
			if (wait[i].revents)
				forward(owner[i], &owner[i]->out, AGENT_STDOUT);
			if (wait[i + 1].revents)
				forward(owner[i], &owner[i]->err, AGENT_STDERR);
			if (wait[i + 2].revents)
				feed(owner[i]);
			close_if_done(owner[i]);
		}
		if (wait[1].revents) {
			while (read(signals, &ignored, sizeof(ignored)) > 0)
				;
			reap();
		}
		if (wait[0].revents & POLLIN)
			serve_host();
		else if (wait[0].revents)
			usleep(10000);	/* hung up: the host is not connected */
	}
}
