// SPDX-License-Identifier: GPL-2.0-or-later
#include "listener.h"

#include <errno.h>
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

/* Connections that wait to be accepted. */
#define WAITING		512
#define PAUSE_US	50000

static void (*on_accepted)(int fd);

static int on_connection(sd_event_source *source, int fd, uint32_t happened, void *context)
{
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)happened;
	(void)context;
	if (peer >= 0) {
		on_accepted(peer);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		log_error("a connection could not be accepted: %m");
		/* Out of descriptors, the one that waits makes the socket readable for ever. */
		usleep(PAUSE_US);
	}
	return 0;
}

static int bind_own(const char *path)
{
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int result;

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
	on_accepted = accepted;
	result = fd < 0 ? fd : sd_event_add_io(loop, NULL, fd, EPOLLIN, on_connection, NULL);
	if (result >= 0)
		return 0;
	log_error("socket %s: %s", path, strerrordesc_np(-result));
	return result;
}
