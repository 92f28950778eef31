// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parts that both commands share: mistyped words, text for a terminal, statuses of files.
 */
#include <errno.h>
#include <string.h>

#include "cli/exit_status.h"
#include "cli/nearest.h"
#include "cli/terminal_text.h"
#include "lib/tap.h"

static bool leads_to(const char *typed, const char *wanted)
{
	static const char *const names[] = { "add", "find", "list", "generate", "update", "recovery", "recover", "service",
					     "server" };
	struct nearest nearest = NEAREST_TO(typed);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		nearest_try(&nearest, names[i]);
	return wanted ? nearest.name && !strcmp(nearest.name, wanted) : !nearest.name;
}

static void test_nearest(void)
{
	check(leads_to("fnid", "find") && leads_to("fid", "find") && leads_to("finds", "find") && leads_to("lisp", "list"));
	check(leads_to("genrate", "generate") && leads_to("recovrey", "recovery") && leads_to("serwer", "server"));
	tap_test("a mistake or two lead to the name");
	check(leads_to("gen", "generate") && leads_to("up", "update") && leads_to("recov", "recovery"));
	tap_test("so does its beginning");
	check(leads_to("", NULL) && leads_to("x", NULL) && leads_to("ad", "add") && leads_to("xy", NULL));
	check(leads_to("frobnicate", NULL) && leads_to("frobnicate-and-forty-letters-more-of-it-", NULL));
	tap_test("other words lead to none");
}

/* Cut into two parts at each place, and byte by byte. */
static bool parts_are(const char *bytes, size_t length, bool wanted)
{
	bool right = terminal_text(bytes, length) == wanted;

	for (size_t cut = 0; cut <= length; cut++) {
		struct terminal_text text = { 0 };
		bool first = terminal_text_part(&text, bytes, cut, false);

		right = right && (first && terminal_text_part(&text, bytes + cut, length - cut, true)) == wanted;
	}
	for (struct terminal_text text = { 0 }; right;) {
		bool good = true;

		for (size_t at = 0; good && at < length; at++)
			good = terminal_text_part(&text, bytes + at, 1, at == length - 1);
		return good == wanted || !length;
	}
	return right;
}

#define PARTS_ARE(bytes, wanted)	check(parts_are(bytes, sizeof(bytes) - 1, wanted))

static void test_text(void)
{
	PARTS_ARE("", true);
	PARTS_ARE("plain, with\na line and a\ttab\n", true);
	PARTS_ARE("\xc3\xbc \xe2\x82\xac \xf0\x9f\x94\x91", true);
	tap_test("lines of text, however they are cut");
	PARTS_ARE("\x1b[2J", false);
	PARTS_ARE("a\0b", false);
	PARTS_ARE("a\rb", false);
	PARTS_ARE("a\xc2\x9b" "2J", false);
	PARTS_ARE("a\xe2\x80\xae" "b", false);
	tap_test("what steers a terminal, in one byte or in several");
	PARTS_ARE("\xc3", false);
	PARTS_ARE("a\xe2\x82", false);
	PARTS_ARE("\x82 a", false);
	PARTS_ARE("\xff\xfe", false);
	tap_test("bytes that are no text");
}

static void test_statuses(void)
{
	check(exit_status_of_file(0) == EXIT_DONE);
	check(exit_status_of_file(ENOENT) == EXIT_NOT_FOUND && exit_status_of_file(-ENOTDIR) == EXIT_NOT_FOUND);
	check(exit_status_of_file(EACCES) == EXIT_NO_PERMISSION && exit_status_of_file(-EPERM) == EXIT_NO_PERMISSION);
	/* Each means something else of a keybag. */
	for (size_t i = 0; i < 7; i++)
		check(exit_status_of_file((int[]){ ENXIO, ENODEV, ESTALE, EINVAL, ENOSPC, EAGAIN, EXDEV }[i]) == EXIT_FAILED);
	tap_test("an error of a file is not taken for one of a keybag");
}

int main(void)
{
	tap_start();
	test_nearest();
	test_text();
	test_statuses();
	return tap_end();
}
