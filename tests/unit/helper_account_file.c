// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Accounts of the machine's own: in the file of the administrator, and in that of the image. Both are of the test's own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/account_file.h"
#include "lib/tap.h"

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	check(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static bool is(const char *name, uid_t uid)
{
	uid_t found = 0;

	return account_file_find(name, &found) == 0 && found == uid;
}

int main(void)
{
	char folder[] = "/tmp/account-file.XXXXXX";
	char line[8192];
	uid_t uid;

	tap_start();
	check(mkdtemp(folder) && chdir(folder) == 0);

	put("passwd", "root:x:0:0::/:/bin/sh\n_keychain:x:990:990::/:/bin/false\n");
	check(is("_keychain", 990) && account_file_find("nobody", &uid) == -EPERM);
	check(account_file_find("root", &uid) == -EPERM);
	tap_test("an account of the file, which is not root");

	put("image", "_keychain:x:880:880::/:/bin/false\n_other:x:881:881::/:/bin/false\n");
	check(is("_keychain", 990) && is("_other", 881));
	tap_test("one of the image, where the administrator's file has none of that name");

	put("passwd", "root:x:0:0::/:/bin/sh\n");
	check(is("_keychain", 880) && unlink("passwd") == 0 && is("_keychain", 880));
	put("passwd", "_keychain:x:0:0::/:/bin/sh\n");
	put("image", "root:x:0:0::/:/bin/sh\n");
	check(account_file_find("_keychain", &uid) == -EPERM);
	tap_test("also where that file is not there; never root");

	memset(line, 'x', sizeof(line));
	memcpy(line, "_long:x:1:1:", 12);
	strcpy(line + sizeof(line) - 13, ":/:/bin/sh\n");
	put("passwd", line);
	check(is("_long", 1));
	tap_test("a line may be long");

	check(unlink("passwd") == 0 && unlink("image") == 0 && chdir("/") == 0 && rmdir(folder) == 0);
	return tap_end();
}
