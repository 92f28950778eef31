// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Root's settings of the Secret Service. The file is in a folder of the test's own: SETTINGS_FILE.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/secretservice/store/settings.h"
#include "tests/unit/lib/tap.h"

static bool refused_by_bytes(const char *bytes, size_t length)
{
	FILE *file = fopen(SETTINGS_FILE, "w");

	if (!file || fwrite(bytes, 1, length, file) != length || fclose(file)) {
		puts("Bail out! no file");
		exit(1);
	}
	settings_check();
	return settings_refuse_plain();
}

static bool refused_by(const char *text)
{
	return refused_by_bytes(text, strlen(text));
}

static void test_plain(void)
{
	check(!settings_refuse_plain());
	check(!refused_by("") && !refused_by("# plain=refuse\n\n") && !refused_by("plain=allow\n"));
	check(refused_by("plain=refuse") && refused_by(" \tplain=refuse \r\n") && refused_by("plain=allow\nplain = refuse\n"));
	check(!refused_by("plain=refuse\nplain=allow\n"));
	tap_test("plain sessions are refused where the file says so");
}

static void test_mistakes(void)
{
	check(refused_by("plain=no\n") && refused_by("plain=\n") && refused_by("plain=refuse # all\n"));
	check(refused_by("plain\n") && refused_by("other=refuse\n") && refused_by("=refuse\n") && refused_by("plan=refuse\nplain=allow\n"));
	check(refused_by_bytes("\0\0\0", 3) && refused_by_bytes("plain=allow\0\n", 13) && refused_by("# mine\rplain=allow\r"));
	tap_test("a mistake refuses, in the word, in the name, and in a line before one that is right");
}

static void test_no_file(void)
{
	unlink(SETTINGS_FILE);
	check(mkfifo(SETTINGS_FILE, 0600) == 0 && settings_refuse_plain());
	unlink(SETTINGS_FILE);
	check(mkdir(SETTINGS_FILE, 0700) == 0 && settings_refuse_plain());
	rmdir(SETTINGS_FILE);
	check(symlink("not-there", SETTINGS_FILE) == 0 && settings_refuse_plain());
	unlink(SETTINGS_FILE);
	check(symlink("/dev/null", SETTINGS_FILE) == 0 && !settings_refuse_plain());
	unlink(SETTINGS_FILE);
	tap_test("what is there and cannot be read refuses, and holds nobody up");
}

int main(void)
{
	char folder[] = "/tmp/secretservice-settings-XXXXXX";

	if (!mkdtemp(folder) || chdir(folder) < 0)
		return 1;
	tap_start();
	test_plain();
	test_mistakes();
	test_no_file();
	rmdir(folder);
	return tap_end();
}
