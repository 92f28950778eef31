// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Folders that are made, under the umask of a daemon.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/folder.h"
#include "lib/tap.h"

static mode_t mode_of(const char *path)
{
	struct stat status;

	return stat(path, &status) < 0 ? 0 : status.st_mode & 07777;
}

int main(void)
{
	char folder[] = "/tmp/folder.XXXXXX";

	umask(0077);
	tap_start();
	check(mkdtemp(folder) && chdir(folder) == 0);

	check(folder_make_shared("run/keybag") == 0 && mode_of("run") == 0755 && mode_of("run/keybag") == 0755);
	tap_test("one for everybody is, and so are those above it");

	check(chmod("run", 0700) == 0 && chmod("run/keybag", 0711) == 0 && folder_make_shared("run/keybag") == 0);
	check(mode_of("run") == 0700 && mode_of("run/keybag") == 0711);
	tap_test("one that is there stays as it is");

	check(folder_make_all("of/user", 0755) == 0 && mode_of("of") == 0700 && mode_of("of/user") == 0700);
	tap_test("others have what the umask leaves");

	check(rmdir("of/user") == 0 && rmdir("of") == 0 && rmdir("run/keybag") == 0 && rmdir("run") == 0);
	check(chdir("/") == 0 && rmdir(folder) == 0);
	return tap_end();
}
