// SPDX-License-Identifier: GPL-2.0-or-later
#include "listener.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "log.h"
#include "process_state.h"

/* Connections that wait to be accepted. */
#define WAITING		512
#define PAUSE_US	50000
/* So often another one is looked for again, with that pause: it may be about to end. */
#define LAST_LOOKS	20

/* A flag in lines of /proc/net/unix: __SO_ACCEPTCON, as the kernel has it. */
#define LISTENS		0x10000

static void (*on_accepted)(int fd);

/* The process at the other end, or of a socket that listens, the one that made it do so; 0: it is out of sight. */
static pid_t process_of(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 ? 0 : peer.pid;
}

static int on_connection(sd_event_source *source, int fd, uint32_t happened, void *context)
{
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)happened;
	(void)context;
	if (peer >= 0 && process_of(peer) == getpid()) {
		/* check_reached() was here. */
		close(peer);
	} else if (peer >= 0) {
		on_accepted(peer);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		log_error("a connection could not be accepted: %m");
		/* Out of descriptors, the one that waits makes the socket readable for ever. */
		usleep(PAUSE_US);
	}
	return 0;
}

/* The process that listens at @path; 0: one that cannot be seen from here; or a negative errno: nobody can connect. */
static pid_t find_listener(const char *path)
{
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return process_of(fd);
	/* More wait there than fit, or it is of another kind: somebody's in any case. */
	return errno == EAGAIN || errno == EPROTOTYPE ? 0 : -errno;
}

static bool has_ended(pid_t process)
{
	char name[PROCESS_NAME_SIZE];

	return process_state(process, name) == 'Z';
}

/*
 * Whether the kernel has a socket of that name on which somebody listens, as the service manager does: to connect would have it
 * start the service. One that was renamed, or made in another network namespace, is not found by that.
 */
static bool is_listed(const char *path)
{
	FILE *file CLEANUP_FILE = fopen("/proc/net/unix", "re");
	char line[512];
	unsigned long flags;
	bool listed = false;
	int name;

	while (file && !listed && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		name = 0;
		listed = sscanf(line, "%*s %*s %*s %lx %*s %*s %*s %n", &flags, &name) == 1 && name && flags & LISTENS &&
			 !strcmp(line + name, path);
	}
	return listed;
}

/* Whether another process listens there. */
static int is_taken(const char *path, bool *ret_taken)
{
	pid_t process;

	*ret_taken = access(path, F_OK) == 0 && is_listed(path) && !process_before_is_dead();
	if (*ret_taken)
		return 0;
	process = find_listener(path);
	*ret_taken = process >= 0 && !has_ended(process);
	return process < 0 && process != -ENOENT && process != -ECONNREFUSED ? process : 0;
}

/* Not in the place of one that is in use: its daemon would never be reached again. */
static int refuse_taken(const char *path)
{
	const char *name = program_invocation_short_name;
	bool taken;
	int result;

	for (int look = 0; look < LAST_LOOKS; look++) {
		result = is_taken(path, &taken);
		if (result < 0 || !taken)
			return result;
		usleep(PAUSE_US);
	}
	log_error("socket %s: somebody listens there already: to start %s by hand, first 'systemctl stop %s.socket %s.service'",
		  path, name, name, name);
	return -EADDRINUSE;
}

/* It goes on all the same: there is more for it to do than to answer. */
static void check_reached(const char *path, int fd)
{
	const char *name = program_invocation_short_name;
	pid_t process = find_listener(path);

	if (process == -ENOENT || process == -ECONNREFUSED || (process > 0 && process != process_of(fd)))
		log_error("nobody can connect: the socket %s is not the service manager's any more: 'systemctl restart "
			  "%s.socket %s.service'", path, name, name);
}

static int bind_own(const char *path)
{
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int result = refuse_taken(path);
	mode_t mask;

	if (result < 0)
		return result;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || (unlink(path) < 0 && errno != ENOENT))
		return -errno;
	/* For everybody from the first moment: a client that may not connect does not try again. */
	mask = umask(0111);
	result = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (result < 0 || listen(fd, WAITING) < 0)
		return -errno;
	return take_descriptor(&fd);
}

int listener_open(sd_event *loop, const char *path, void (*accepted)(int fd))
{
	int passed = sd_listen_fds(1);
	int fd = SD_LISTEN_FDS_START;
	int result;

	if (passed > 1 ||
	    (passed == 1 && sd_is_socket_unix(fd, SOCK_SEQPACKET, 1, path, 0) <= 0)) {
		log_error("what the service manager passed is not the socket %s", path);
		return -EINVAL;
	}
	if (passed <= 0)
		fd = bind_own(path);
	else
		check_reached(path, fd);
	on_accepted = accepted;
	result = fd < 0 ? fd : sd_event_add_io(loop, NULL, fd, EPOLLIN, on_connection, NULL);
	if (result >= 0)
		return 0;
	if (result != -EADDRINUSE)
		log_error("socket %s: %s", path, strerrordesc_np(-result));
	return result;
}
