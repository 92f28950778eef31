// SPDX-License-Identifier: GPL-2.0-or-later
/* /init of the test machine's initramfs, and the agent as a systemd service. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <net/if.h>

#include "agent.h"

static void start_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0) {
		ioctl(fd, SIOCSIFFLAGS, &request);
		close(fd);
	}
}

int main(void)
{
	if (getpid() != 1) {
		serve(false);
		return 1;
	}
	build_root();
	if (root_next) {
		execl(root_next, root_next, NULL);
		die(root_next);
	}
	start_loopback();
	if (sethostname("keybag-vm", strlen("keybag-vm")))
		die("hostname");
	serve(true);
	return 1;
}
