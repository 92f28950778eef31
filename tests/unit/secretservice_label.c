// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The label that the bus tells of a connection against the one of a process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/secretservice/client/label.h"
#include "tests/unit/lib/tap.h"

static bool matches(const char *label, const char *text, size_t length)
{
	char path[] = "/tmp/label-XXXXXX";
	int fd = mkstemp(path);
	bool result;

	if (fd < 0 || write(fd, text, length) != (ssize_t)length) {
		puts("Bail out! no file");
		exit(1);
	}
	close(fd);
	result = label_matches(label, path);
	unlink(path);
	return result;
}

static void test_same(void)
{
	check(matches("unconfined", "unconfined\n", 11));
	check(matches("snap.name.app (enforce)", "snap.name.app (enforce)\n", 24));
	check(matches("unconfined_u:unconfined_r:unconfined_t:s0", "unconfined_u:unconfined_r:unconfined_t:s0", 42));
	tap_test("the same label matches, whatever its file ends with");
}

static void test_other(void)
{
	char text[2 * LABEL_SIZE];

	check(!matches("snap.name.app (enforce)", "unconfined\n", 11));
	check(!matches("snap.name.app (enforce)", "snap.name.app (complain)\n", 25));
	check(!matches("unconfined", "", 0) && !matches("", "unconfined", 10));
	check(!label_matches("unconfined", "/nonexistent"));
	memset(text, 'x', sizeof(text));
	text[LABEL_SIZE - 1] = 0;
	check(!matches("x", text, sizeof(text)));
	tap_test("another one does not, nor one that cannot be read");
}

int main(void)
{
	tap_start();
	test_same();
	test_other();
	return tap_end();
}
