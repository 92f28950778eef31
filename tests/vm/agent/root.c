// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads the modules of the initramfs, mounts the layers the host gave as disks
 * and stacks them to the guest's root file system.
 *
 * /vm/modules.config names the modules in /vm/modules, in the order to load:
 *	modules NAME…
 * /vm/config has a line each for what differs from run to run:
 *	resume DEVICE		go on with the hibernation image there, if there is one
 *	disk			the third disk holds the writable layer
 *	share TAG PLACE ro|rw	a 9p share
 *	next PROGRAM		run as process 1 instead of the agent
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent.h"

#define CONFIG_MAX 4096

const char *root_next;
static bool has_disk;
static char *shares[8];

void die(const char *what)
{
	dprintf(2, "agent: %s: %s\n", what, strerror(errno));
	sync();
	sleep(1);
	reboot(RB_POWER_OFF);
	_exit(1);
}

static void mount_at(const char *source, const char *place, const char *type, unsigned long flags,
		     const char *options)
{
	mkdir(place, 0755);
	if (mount(source, place, type, flags, options) && errno != EBUSY) {
		dprintf(2, "agent: cannot mount %s on %s\n", type, place);
		die("mount");
	}
}

/* For file systems a kernel may not have. */
static void mount_if_known(const char *type, const char *place)
{
	mkdir(place, 0755);
	mount(type, place, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static void load_module(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/vm/modules/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
		dprintf(2, "agent: module %s: %s\n", name, strerror(errno));
	close(fd);
}

/* Before anything is mounted. Comes back where there is no image. */
static void resume(const char *device)
{
	int fd = open("/sys/power/resume", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		die("/sys/power/resume");
	if (write(fd, device, strlen(device)) < 0)
		dprintf(2, "agent: no image on %s: %s\n", device, strerror(errno));
	close(fd);
}

/* The lines that ask for shares are kept, so the buffer has to stay. */
static void read_config(const char *path, char buffer[CONFIG_MAX])
{
	static size_t count;
	char *line, *place = buffer, *word;
	ssize_t length;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, buffer, CONFIG_MAX - 1);
	if (length < 0)
		die(path);
	close(fd);
	while ((line = strsep(&place, "\n"))) {
		word = strsep(&line, " ");
		if (!strcmp(word, "modules")) {
			while ((word = strsep(&line, " ")))
				if (*word)	/* a kernel that has all built in needs none */
					load_module(word);
		} else if (!strcmp(word, "disk")) {
			has_disk = true;
		} else if (!strcmp(word, "resume")) {
			resume(line);
		} else if (!strcmp(word, "next")) {
			root_next = line;
		} else if (!strcmp(word, "share") && count < 8) {
			shares[count++] = line;
		}
	}
}

static void mount_share(char *line)
{
	char *tag = strsep(&line, " "), *place = strsep(&line, " ");
	bool writable = line && !strcmp(line, "rw");
	char target[256];

	snprintf(target, sizeof(target), "/new%s", place);
	mount_at(tag, target, "9p", writable ? 0 : MS_RDONLY,
		 writable ? "trans=virtio,version=9p2000.L,msize=262144,cache=none" :
			    "trans=virtio,version=9p2000.L,msize=262144,cache=loose");
}

/* Mounts what systemd would; harmless to find mounted already. */
static void mount_kernel_views(void)
{
	mount_at("tmpfs", "/new/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
	mount_at("tmpfs", "/new/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	mount_at("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
	mount_at("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	mount_if_known("securityfs", "/sys/kernel/security");
	mount_if_known("debugfs", "/sys/kernel/debug");
	mount_if_known("tracefs", "/sys/kernel/tracing");
	mount_if_known("cgroup2", "/sys/fs/cgroup");
}

void build_root(void)
{
	static const char * const moved[] = { "/dev", "/proc", "/sys" };
	static char modules[CONFIG_MAX], config[CONFIG_MAX];
	char target[32];
	size_t i;

	mount_at("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, NULL);
	mount_at("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_at("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	read_config("/vm/modules.config", modules);
	read_config("/vm/config", config);

	mkdir("/layers", 0755);
	mount_at("/dev/vda", "/layers/root", "ext4", MS_RDONLY, NULL);
	mount_at("/dev/vdb", "/layers/modules", "ext4", MS_RDONLY, NULL);
	if (has_disk)
		mount_at("/dev/vdc", "/layers/writable", "ext4", 0, NULL);
	else
		mount_at("tmpfs", "/layers/writable", "tmpfs", 0, "mode=755");
	mkdir("/layers/writable/upper", 0755);
	mkdir("/layers/writable/work", 0755);
	mkdir("/stage", 0755);
	mount_at("overlay", "/new", "overlay", 0,
		 "lowerdir=/stage:/layers/modules:/layers/root,"
		 "upperdir=/layers/writable/upper,workdir=/layers/writable/work");

	mount_kernel_views();
	for (i = 0; i < 8 && shares[i]; i++)
		mount_share(shares[i]);
	for (i = 0; i < 3; i++) {
		snprintf(target, sizeof(target), "/new%s", moved[i]);
		mkdir(target, 0755);
		if (mount(moved[i], target, NULL, MS_MOVE, NULL))
			die(target);
	}
	/*
	 * Not switch_root(8): the staged project is a layer that lives in the
	 * initramfs and has to stay.
	 */
	if (chdir("/new") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		die("new root");
}
