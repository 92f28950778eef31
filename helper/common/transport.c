// SPDX-License-Identifier: LGPL-2.1-or-later
#include "transport.h"

#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * TRANSPORT_MAX_DESCRIPTORS)];
};

int transport_send(int fd, const void *bytes, size_t length, const int *descriptors, size_t count)
{
	struct iovec part = { .iov_base = (void *)bytes, .iov_len = length };
	union control control = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t sent;

	if (count > TRANSPORT_MAX_DESCRIPTORS)
		return -EINVAL;
	if (count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(&control.header), descriptors, sizeof(int) * count);
	}
	do {
		sent = sendmsg(fd, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	return (size_t)sent == length ? 0 : -EMSGSIZE;
}

static void collect(struct msghdr *message, int descriptors[TRANSPORT_MAX_DESCRIPTORS])
{
	struct cmsghdr *part;
	size_t count = 0;

	for (part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
		size_t length = part->cmsg_len - CMSG_LEN(0);

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		/* The control buffer holds no more than there is room for here. */
		memcpy(descriptors + count, CMSG_DATA(part), length);
		count += length / sizeof(int);
	}
}

ssize_t transport_receive(int fd, void *bytes, size_t capacity,
			  int ret_descriptors[TRANSPORT_MAX_DESCRIPTORS])
{
	struct iovec part = { .iov_base = bytes, .iov_len = capacity };
	union control control = { 0 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t received;
	size_t i;

	for (i = 0; i < TRANSPORT_MAX_DESCRIPTORS; i++)
		ret_descriptors[i] = -1;
	do {
		received = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	} while (received < 0 && errno == EINTR);
	if (received < 0)
		return -errno;
	collect(&message, ret_descriptors);
	if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		transport_close(ret_descriptors);
		return -EMSGSIZE;
	}
	return received;
}

void transport_close(int descriptors[TRANSPORT_MAX_DESCRIPTORS])
{
	size_t i;

	for (i = 0; i < TRANSPORT_MAX_DESCRIPTORS; i++) {
		cleanup_descriptor(&descriptors[i]);
		descriptors[i] = -1;
	}
}
