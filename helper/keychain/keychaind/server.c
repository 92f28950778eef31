// SPDX-License-Identifier: GPL-2.0-or-later
#include "server.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "helper/common/cleanup.h"
#include "log.h"
#include "user.h"

static int on_connection(sd_event_source *source, int fd, uint32_t happened, void *context)
{
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct connection *connection;

	(void)source;
	(void)happened;
	(void)context;
	if (peer >= 0) {
		connection = connection_new(peer);
		if (connection)
			users_admit(connection);
	} else if (errno == EMFILE || errno == ENFILE) {
		/*
		 * Not at once again: the connection that waits makes the socket readable for ever.
		 */
		log_error("a connection could not be accepted: %m");
		usleep(50000);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		log_error("a connection could not be accepted: %m");
	}
	return 0;
}

static int bind_own(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = KEYCHAIN_SOCKET,
	};
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	/* One that a daemon before us left behind; two at a time are prevented by main(). */
	if (unlink(KEYCHAIN_SOCKET) < 0 && errno != ENOENT)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(KEYCHAIN_SOCKET, 0666) < 0 || listen(fd, 512) < 0)
		return -errno;
	return take_descriptor(&fd);
}

int server_open(sd_event *loop)
{
	int passed = sd_listen_fds(1);
	int fd = SD_LISTEN_FDS_START;

	if (passed > 1 ||
	    (passed == 1 && sd_is_socket_unix(fd, SOCK_SEQPACKET, 1, KEYCHAIN_SOCKET, 0) <= 0)) {
		log_error("what the service manager passed is not the socket " KEYCHAIN_SOCKET);
		return -EINVAL;
	}
	if (passed <= 0)
		fd = bind_own();
	if (fd < 0) {
		log_error("socket " KEYCHAIN_SOCKET ": %s", strerrordesc_np(-fd));
		return fd;
	}
	return sd_event_add_io(loop, NULL, fd, EPOLLIN, on_connection, NULL);
}
