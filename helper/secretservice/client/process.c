// SPDX-License-Identifier: GPL-2.0-or-later
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/daemon/name_owner.h"
#include "label.h"

struct credentials {
	uint32_t pid;		/* 0: not told */
	int pidfd;		/* -1: not told */
	char label[LABEL_SIZE];	/* of the process when it connected; "": not told */
};

/* Bytes, and a NUL in most cases. */
static int read_label(sd_bus_message *reply, char label[LABEL_SIZE])
{
	const void *bytes;
	size_t length;
	int result = sd_bus_message_enter_container(reply, 'v', "ay");

	if (result >= 0)
		result = sd_bus_message_read_array(reply, 'y', &bytes, &length);
	if (result < 0)
		return result;
	if (length >= LABEL_SIZE)
		return -E2BIG;
	memcpy(label, bytes, length);
	label[length] = 0;
	return sd_bus_message_exit_container(reply);
}

static int read_entry(sd_bus_message *reply, struct credentials *credentials)
{
	const char *key;
	int result = sd_bus_message_read(reply, "s", &key), fd;

	if (result < 0)
		return result;
	if (!strcmp(key, "ProcessID"))
		return sd_bus_message_read(reply, "v", "u", &credentials->pid);
	if (!strcmp(key, "LinuxSecurityLabel"))
		return read_label(reply, credentials->label);
	if (strcmp(key, "ProcessFD"))
		return sd_bus_message_skip(reply, "v");
	result = sd_bus_message_read(reply, "v", "h", &fd);
	if (result < 0)
		return result;
	/* The message keeps its own. */
	cleanup_descriptor(&credentials->pidfd);
	credentials->pidfd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return credentials->pidfd < 0 ? -errno : 0;
}

/* a{sv} */
static int read_credentials(sd_bus_message *reply, struct credentials *credentials)
{
	int result = sd_bus_message_enter_container(reply, 'a', "{sv}");

	while (result >= 0 && (result = sd_bus_message_enter_container(reply, 'e', "sv")) > 0) {
		result = read_entry(reply, credentials);
		if (result >= 0)
			result = sd_bus_message_exit_container(reply);
	}
	return result < 0 ? result : 0;
}

static int ask_bus(sd_bus *bus, const char *name, struct credentials *ret_credentials)
{
	CLEANUP(bus_message_unref) sd_bus_message *reply = NULL;
	int result = sd_bus_call_method(bus, BUS_NAME, "/org/freedesktop/DBus", BUS_NAME, "GetConnectionCredentials", NULL, &reply,
					"s", name);

	*ret_credentials = (struct credentials){ .pidfd = -1 };
	/* An answer that somebody else has sent would do for sd-bus. */
	if (result >= 0 && !bus_message_is_from(reply, BUS_NAME))
		result = -EACCES;
	return result < 0 ? result : read_credentials(reply, ret_credentials);
}

/*
 * Whether the process has the label that the connection was made with: where the number is a third process's by now, one without
 * confinement is not taken for a confined one that made the connection.
 */
static bool label_is_the_same(int pidfd, const struct credentials *credentials)
{
	char path[40];

	if (!*credentials->label)
		return true;
	snprintf(path, sizeof(path), "/proc/%u/attr/current", credentials->pid);
	/* All that was read is of this process, if that is there afterwards. */
	return label_matches(credentials->label, path) && !syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0);
}

/* The process has that number still, if the bus tells it once more. */
static int open_number(sd_bus *bus, const char *name, uint32_t pid, int *ret_pidfd)
{
	CLEANUP_FD int pidfd = pid ? (int)syscall(SYS_pidfd_open, (pid_t)pid, 0) : -1;
	struct credentials again;
	int result;

	if (pidfd < 0)
		return pid ? -errno : -ESRCH;
	result = ask_bus(bus, name, &again);
	cleanup_descriptor(&again.pidfd);
	if (result < 0)
		return result;
	if (again.pid != pid)
		return -ESRCH;
	if (!label_is_the_same(pidfd, &again))
		return -EACCES;
	*ret_pidfd = take_descriptor(&pidfd);
	return 0;
}

int process_of_connection(sd_bus *bus, const char *name, int *ret_pidfd)
{
	struct credentials credentials;
	int result = ask_bus(bus, name, &credentials);

	if (result < 0 || credentials.pidfd < 0) {
		cleanup_descriptor(&credentials.pidfd);
		return result < 0 ? result : open_number(bus, name, credentials.pid, ret_pidfd);
	}
	*ret_pidfd = credentials.pidfd;
	return 0;
}
