// SPDX-License-Identifier: GPL-2.0-or-later
#include "server.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "common/cleanup.h"
#include "common/paths.h"
#include "connection.h"
#include "file.h"
#include "log.h"

static int on_connection(sd_event_source *source, int fd, uint32_t happened, void *context)
{
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)happened;
	(void)context;
	if (peer >= 0)
		connection_accept(peer);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		log_error("a connection could not be accepted: %m");
	return 0;
}

static int bind_own(void)
{
	static const struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = KEYBAG_SOCKET,
	};
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || make_folders(KEYBAG_SOCKET_FOLDER, 0755) < 0)
		return -errno;
	/* One that a daemon before us left behind; two at a time are prevented by store_open(). */
	if (unlink(KEYBAG_SOCKET) < 0 && errno != ENOENT)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(KEYBAG_SOCKET, 0666) < 0 || listen(fd, 256) < 0)
		return -errno;
	return take_descriptor(&fd);
}

int server_open(sd_event *loop)
{
	int passed = sd_listen_fds(1);
	int fd = SD_LISTEN_FDS_START;

	if (passed > 1 ||
	    (passed == 1 && sd_is_socket_unix(fd, SOCK_SEQPACKET, 1, KEYBAG_SOCKET, 0) <= 0)) {
		log_error("what the service manager passed is not the socket " KEYBAG_SOCKET);
		return -EINVAL;
	}
	if (passed <= 0)
		fd = bind_own();
	if (fd < 0)
		return fd;
	return sd_event_add_io(loop, NULL, fd, EPOLLIN, on_connection, NULL);
}
