// SPDX-License-Identifier: LGPL-2.1-or-later
#include "transport.h"

#include <string.h>
#include <sys/socket.h>

#include "cleanup.h"
#include "descriptor.h"

/* Control messages that are received have descriptors alone. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * TRANSPORT_ANY_DESCRIPTORS)];
};

union sent_control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * TRANSPORT_MAX_DESCRIPTORS) + CMSG_SPACE(sizeof(struct ucred))];
};

/* Behind what is there already. */
static void append(struct msghdr *message, union sent_control *control, int type, const void *content, size_t length)
{
	struct cmsghdr *part = (struct cmsghdr *)(control->bytes + message->msg_controllen);

	message->msg_control = control;
	message->msg_controllen += CMSG_SPACE(length);
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = type;
	part->cmsg_len = CMSG_LEN(length);
	memcpy(CMSG_DATA(part), content, length);
}

static int send_with(int fd, const void *bytes, size_t length, const int *descriptors, size_t count,
		     const struct ucred *sender)
{
	struct iovec part = { .iov_base = (void *)bytes, .iov_len = length };
	union sent_control control = { 0 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t sent;

	if (count > TRANSPORT_MAX_DESCRIPTORS)
		return -EINVAL;
	if (count)
		append(&message, &control, SCM_RIGHTS, descriptors, sizeof(int) * count);
	if (sender)
		append(&message, &control, SCM_CREDENTIALS, sender, sizeof(*sender));
	do {
		sent = sendmsg(fd, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	return (size_t)sent == length ? 0 : -EMSGSIZE;
}

int transport_send(int fd, const void *bytes, size_t length, const int *descriptors, size_t count)
{
	return send_with(fd, bytes, length, descriptors, count, NULL);
}

int transport_send_effective(int fd, const void *bytes, size_t length, const int *descriptors, size_t count)
{
	const struct ucred sender = { .pid = getpid(), .uid = geteuid(), .gid = getegid() };

	return send_with(fd, bytes, length, descriptors, count, &sender);
}

static size_t collect(struct msghdr *message, int descriptors[TRANSPORT_ANY_DESCRIPTORS])
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
	return count;
}

ssize_t transport_receive_any(int fd, void *bytes, size_t capacity, int ret_descriptors[TRANSPORT_ANY_DESCRIPTORS],
			      size_t *ret_count)
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

	*ret_count = 0;
	do {
		received = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	} while (received < 0 && errno == EINTR);
	if (received < 0)
		return -errno;
	*ret_count = collect(&message, ret_descriptors);
	/* There is room for all descriptors that a message can have: this process has too many open. */
	if (message.msg_flags & MSG_CTRUNC)
		return -EMFILE;
	return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : received;
}

ssize_t transport_receive(int fd, void *bytes, size_t capacity,
			  int ret_descriptors[TRANSPORT_MAX_DESCRIPTORS])
{
	int descriptors[TRANSPORT_ANY_DESCRIPTORS];
	size_t count, i;
	ssize_t received = transport_receive_any(fd, bytes, capacity, descriptors, &count);

	/* The kernel says once that the peer did not read what it was sent, before it gives out what the peer has left. */
	if (received == -ECONNRESET)
		received = transport_receive_any(fd, bytes, capacity, descriptors, &count);
	if (received >= 0 && count > TRANSPORT_MAX_DESCRIPTORS)
		received = -EMSGSIZE;
	for (i = 0; received >= 0 && i < count; i++) {
		descriptors[i] = descriptor_above_standard(descriptors[i]);
		if (descriptors[i] < 0)
			received = -EMFILE;
	}
	for (i = 0; received < 0 && i < count; i++)
		cleanup_descriptor(&descriptors[i]);
	for (i = 0; i < TRANSPORT_MAX_DESCRIPTORS; i++)
		ret_descriptors[i] = received >= 0 && i < count ? descriptors[i] : -1;
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
