// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Folders that move while they are watched: whatever leads to another one than before is seen at once.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/keychain/service/grants/place_watch.h"
#include "lib/tap.h"

static struct place_watch watch = PLACE_WATCH_NONE;
static char folder[64], other[64];
static const char *const folders[] = { folder, other };
static int events;

static bool stirred(void)
{
	bool ready;

	return place_watch_stirred(&watch, events, &ready);
}

/* A second that passes in between stirs as well, and what others do in /tmp. */
static bool quiet(void)
{
	for (int i = 0; i < 1000; i++) {
		if (!stirred())
			return true;
		usleep(1000);
	}
	return false;
}

static void begin(void)
{
	place_watch_begin(&watch, folders, 2);
	check(stirred() && quiet());
}

static void test_above(const char *top)
{
	begin();
	check(mkdir("x", 0700) == 0 && quiet());
	check(rmdir("x") == 0 && rename("a", "z") == 0);
	/* Not because of a second: it is so each time. */
	check(stirred() && mkdir("a", 0700) == 0 && stirred() && mkdir("a/b", 0700) == 0 && stirred());
	check(mkdir("a/b/c", 0700) == 0 && stirred() && quiet());
	check(rmdir("a/b/c") == 0 && stirred() && rmdir("a/b") == 0 && stirred() && rmdir("a") == 0 && stirred());
	check(rename("z", "a") == 0 && stirred() && quiet());
	check(chmod("a/b", 0711) == 0 && stirred() && quiet());
	check(rename("a/b/c", "a/b/d") == 0 && stirred() && rename("a/b/d", "a/b/c") == 0 && stirred() && quiet());
	check(rename(top, other) == 0 && stirred() && rename(other, top) == 0 && stirred() && quiet());
	tap_test("folders above it that move, and are made again");
}

static void test_absent(void)
{
	check(rename("a/b", "a/y") == 0);
	begin();
	check(mkdir("a/b", 0700) == 0 && stirred() && mkdir("a/b/c", 0700) == 0 && stirred() && quiet());
	check(rmdir("a/b/c") == 0 && rmdir("a/b") == 0 && rename("a/y", "a/b") == 0 && stirred() && quiet());
	tap_test("a folder above it that is absent, and appears");
}

static void test_links(void)
{
	check(rename("a/b", "b") == 0 && symlink("../b", "a/b") == 0);
	place_watch_begin(&watch, folders, 2);
	check(stirred() && stirred() && stirred());
	check(unlink("a/b") == 0 && rename("b", "a/b") == 0);
	begin();
	check(rename("a/b/c", "c") == 0 && stirred() && symlink("../../c", "a/b/c") == 0 && stirred() && stirred() && stirred());
	check(unlink("a/b/c") == 0 && stirred() && rename("c", "a/b/c") == 0 && stirred() && quiet());
	tap_test("a link on the way is looked up each time");
}

static void test_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		tap_test("mounts # SKIP %s", strerrordesc_np(errno));
		return;
	}
	/* The table of the namespace that it is in. */
	close(watch.mounts);
	watch.mounts = -1;
	begin();
	check(mount("none", "a/b", "tmpfs", 0, NULL) == 0 && stirred());
	check(mkdir("a/b/c", 0700) == 0 && stirred() && quiet());
	check(umount2("a/b", MNT_DETACH) == 0 && stirred() && quiet());
	check(mount("none", "a/b/c", "tmpfs", 0, NULL) == 0 && stirred() && quiet() && umount("a/b/c") == 0 && stirred());
	tap_test("mounts on it and above it");
}

static void test_events(void)
{
	bool ready;

	begin();
	check(inotify_add_watch(events, "a/b/c", IN_CREATE) >= 0);
	place_watch_stirred(&watch, events, &ready);
	check(!ready && mkdir("a/b/c/d", 0700) == 0);
	place_watch_stirred(&watch, events, &ready);
	check(ready && quiet() && rmdir("a/b/c/d") == 0);
	tap_test("the descriptor that is asked for with it");
}

int main(void)
{
	char top[] = "/tmp/place-watch-XXXXXX";

	tap_start();
	events = inotify_init1(IN_NONBLOCK);
	check(events >= 0 && mkdtemp(top) && chdir(top) == 0);
	check(mkdir("a", 0700) == 0 && mkdir("a/b", 0700) == 0 && mkdir("a/b/c", 0700) == 0);
	snprintf(folder, sizeof(folder), "%s/a/b/c", top);
	snprintf(other, sizeof(other), "%s-other", top);
	test_above(top);
	test_absent();
	test_links();
	test_events();
	test_mounts();
	check(rmdir("a/b/c") == 0 && rmdir("a/b") == 0 && rmdir("a") == 0 && rmdir(top) == 0);
	close(watch.above);
	close(watch.mounts);
	close(events);
	return tap_end();
}
