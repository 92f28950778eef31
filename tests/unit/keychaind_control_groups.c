// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Paths of control groups: what a process is by them.
 */
#include <string.h>

#include "helper/keychain/service/peer/cgroup.h"
#include "lib/tap.h"

static bool group_is(const char *path, enum peer_kind wanted, const char *wanted_name)
{
	char name[PEER_NAME_SIZE];
	enum peer_kind kind = cgroup_classify(path, name);

	return kind == wanted && !strcmp(name, wanted_name);
}

static void control_groups(void)
{
	char path[64];

	check(group_is("/", PEER_UNCONFINED, ""));
	check(group_is("/user.slice/user-1.slice/session-3.scope", PEER_UNCONFINED, ""));
	check(group_is("/user.slice/user-1.slice/user@1.service/app.slice/cron.service",
		       PEER_UNCONFINED, ""));
	check(group_is("/system.slice/cron.service", PEER_UNIT, "cron.service"));
	check(group_is("/system.slice/cron.service/user.slice/sub", PEER_UNIT, "cron.service"));
	check(group_is("/system.slice/system-a.slice/a@1.service", PEER_UNIT, "a@1.service"));
	check(group_is("/init.scope", PEER_UNIT, "init.scope"));
	check(group_is("/system.slice/_io.example.service", PEER_UNIT, "io.example.service"));
	check(group_is("/system.slice/__a.service", PEER_UNIT, "_a.service"));
	check(group_is("/user.slice/user-1.slice/user@1.service/app.slice/"
		       "app-flatpak-org.a\\x2db.C-12.scope",
		       PEER_FLATPAK, "org.a-b.C"));
	check(group_is("/user.slice/user-1.slice/user@1.service/snap.fox.fox-1.scope",
		       PEER_SNAP, "fox"));
	check(group_is("/system.slice/snap.lxd.daemon.service", PEER_SNAP, "lxd"));
	check(group_is("/user.slice/user-1.slice/user@1.service/app.slice/"
		       "snap.fox_two.fox-0c1d9e5e-6d6f-4f1c-8a52-61d2ad2a4a31.scope",
		       PEER_SNAP, "fox_two"));
	check(group_is("/system.slice/snap.fox\\x2bextra.hook.install-0c1d9e5e.scope",
		       PEER_SNAP, "fox"));
	check(group_is("/user.slice/user-1.slice/user@1.service/app.slice/"
		       "app-gnome-org.a.C-12.scope",
		       PEER_UNCONFINED, ""));
	check(group_is("/system.slice/docker-1.scope", PEER_CONTAINER,
		       "system.slice/docker-1.scope"));
	check(group_is("/system.slice/docker-registry.service", PEER_UNIT, "docker-registry.service"));
	check(group_is("/system.slice/cri-dockerd.service", PEER_UNIT, "cri-dockerd.service"));
	check(group_is("/system.slice/libpod-gc.service/libpod-payload-1", PEER_UNIT, "libpod-gc.service"));
	check(group_is("/user.slice/user-1.slice/user@1.service/app.slice/docker-compose@a.service",
		       PEER_UNCONFINED, ""));
	check(group_is("/user.slice/user-1.slice/user@1.service/docker-a.slice/b.service", PEER_UNCONFINED, ""));
	check(group_is("/user.slice/user-1.slice/user@1.service/user.slice/libpod-1.scope/container",
		       PEER_CONTAINER, "libpod-1.scope"));
	check(group_is("/user.slice/user-1.slice/user@1.service/user.slice/nerdctl-1.scope",
		       PEER_CONTAINER, "nerdctl-1.scope"));
	check(group_is("/user.slice/user-1.slice/user@1.service/app.slice/docker-a.service/libpod-payload-1",
		       PEER_CONTAINER, "libpod-payload-1"));
	check(group_is("/user.slice/user-1.slice/session-1.scope/libpod_parent/libpod-1",
		       PEER_CONTAINER, "libpod-1"));
	check(group_is("/machine.slice/a.service", PEER_CONTAINER, "machine.slice/a.service"));
	check(group_is("/docker/12", PEER_CONTAINER, "docker/12"));
	check(group_is("/kubepods.slice/crio-1.scope/a.service", PEER_CONTAINER,
		       "kubepods.slice/crio-1.scope/a.service"));
	/* Names that a unit or a container calls its own are not believed. */
	check(group_is("/system.slice/a.service/snap.fox.fox-1.scope", PEER_UNIT, "a.service"));
	check(group_is("/system.slice/docker-1.scope/snap.fox.fox.service", PEER_CONTAINER,
		       "system.slice/docker-1.scope/snap.fox.fox.service"));
	check(group_is("/lxc.payload.a/system.slice/cron.service", PEER_CONTAINER,
		       "lxc.payload.a/system.slice/cron.service"));
	check(group_is("/docker/12/init.scope", PEER_CONTAINER, "docker/12/init.scope"));
	check(group_is("/../x", PEER_CONTAINER, "/../x") &&
	      group_is("?", PEER_CONTAINER, "?"));
	tap_test("control groups tell units, sandboxes and sessions apart");

	check(cgroup_path("0::/a\n", path, sizeof(path)) && !strcmp(path, "/a"));
	check(cgroup_path("4:cpu:/x\n1:name=systemd:/b\n0::/\n", path, sizeof(path)) &&
	      !strcmp(path, "/b"));
	check(cgroup_path("0::/\n", path, sizeof(path)) && !strcmp(path, "/"));
	check(!cgroup_path("4:cpu:/x\n", path, sizeof(path)) &&
	      !cgroup_path("", path, sizeof(path)));
	check(!cgroup_path("0::/aaaaaaaaaa\n", path, 5));
	tap_test("the path is that of the hierarchy in use");
}

int main(void)
{
	tap_start();
	control_groups();
	return tap_end();
}
