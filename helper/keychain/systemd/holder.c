// SPDX-License-Identifier: GPL-2.0-or-later
#include "holder.h"

#include <dirent.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/common/cleanup.h"

#define ANSWER_SIZE	4096

struct diag_request {
	struct nlmsghdr header;
	struct unix_diag_req socket;
};

/* Finds the inode of the peer in an answer. Returns 0 or a negative errno. */
static int find_peer(const struct nlmsghdr *header, size_t length, uint32_t inode, uint32_t *ret_peer)
{
	const struct unix_diag_msg *message = NLMSG_DATA(header);
	const struct rtattr *attribute;
	int rest;

	if (!NLMSG_OK(header, length))
		return -EPROTO;
	if (header->nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)NLMSG_DATA(header))->error ?: -EPROTO;
	rest = (int)header->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*message));
	if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY || rest < 0 || message->udiag_ino != inode)
		return -EPROTO;
	for (attribute = (const struct rtattr *)(message + 1); RTA_OK(attribute, rest); attribute = RTA_NEXT(attribute, rest)) {
		if (attribute->rta_type != UNIX_DIAG_PEER || RTA_PAYLOAD(attribute) < sizeof(*ret_peer))
			continue;
		memcpy(ret_peer, RTA_DATA(attribute), sizeof(*ret_peer));
		return 0;
	}
	return -ESRCH;
}

/* The inode of the socket that @inode is connected with. Returns 0 or a negative errno. */
static int ask_peer(uint32_t inode, uint32_t *ret_peer)
{
	const struct diag_request request = {
		.header = { sizeof(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0 },
		.socket = {
			.sdiag_family = AF_UNIX,
			.udiag_states = UINT32_MAX,
			.udiag_ino = inode,
			.udiag_show = UDIAG_SHOW_PEER,
			.udiag_cookie = { UINT32_MAX, UINT32_MAX },
		},
	};
	CLEANUP_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	union {
		struct nlmsghdr header;
		char bytes[ANSWER_SIZE];
	} answer;
	ssize_t length;

	/* The kernel answers before send(2) returns. */
	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	length = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);
	return length < 0 ? -errno : find_peer(&answer.header, (size_t)length, inode, ret_peer);
}

static int search(DIR *folder, const char *wanted)
{
	const struct dirent *entry;
	char target[64];
	ssize_t length;

	for (errno = 0; (entry = readdir(folder)); errno = 0) {
		length = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);
		target[length < 0 ? 0 : length] = 0;
		if (!strcmp(target, wanted))
			return 0;
	}
	return errno ? -errno : -ESRCH;
}

int holder_check(int fd, pid_t pid)
{
	struct stat status;
	char text[64];
	uint32_t peer;
	DIR *folder;
	int result = fstat(fd, &status) < 0 ? -errno : ask_peer((uint32_t)status.st_ino, &peer);

	if (result < 0)
		return result;
	snprintf(text, sizeof(text), "/proc/%d/fd", pid);
	folder = opendir(text);
	if (!folder)
		return errno == ENOENT ? -ESRCH : -errno;
	snprintf(text, sizeof(text), "socket:[%u]", peer);
	result = search(folder, text);
	closedir(folder);
	return result;
}
