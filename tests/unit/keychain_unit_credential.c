// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Credentials of system units: names, the address that a child of the service manager has, its control group, and which
 * process holds the other end of a connection.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/keychain/base/unit_credential.h"
#include "helper/keychain/systemd/holder.h"
#include "lib/tap.h"

#define LONG_NAME	"0123456789012345678901234567890123456789012345678901234567890123456789.service"	/* 78 bytes */

static struct unit_credential parsed;

#define parses(name) unit_credential_parse(name, sizeof(name) - 1, &parsed)

static void test_addresses(void)
{
	check(parses("\0" "0123456789abcdef/unit/backup.service/db") && !strcmp(parsed.unit, "backup.service") &&
	      !strcmp(parsed.name, "db"));
	check(parses("\0" "7/unit/backup@a\\x2db.service/a key, of theirs") && !strcmp(parsed.unit, "backup@a\\x2db.service") &&
	      !strcmp(parsed.name, "a key, of theirs"));
	check(parses("\0" "7/unit/-.mount/x") && parses("\0" "7/unit/dev-sda1.swap/x") && parses("\0" "7/unit/a:b_c-d.socket/x"));
	tap_test("addresses of the service manager");
	check(!parses("") && !parses("/") && !parses("/run/unit/a.service/x"));
	check(!parses("\0" "/unit/a.service/x") && !parses("\0" "A/unit/a.service/x") && !parses("\0" "0x1/unit/a.service/x"));
	check(!parses("\0" "00123456789abcdef/unit/a.service/x"));
	check(!parses("\0" "7/unit/a.service") && !parses("\0" "7/unit/a.service/") && !parses("\0" "7/unit//x") && !parses("\0" "7/unit/"));
	check(!parses("\0" "7/Unit/a.service/x") && !parses("\0" "7/units/a.service/x") && !parses("\0" "7/a.service/x"));
	check(!parses("\0" "7/unit/a.service/x/y") && !parses("\0" "7/unit/a.service/x:y") && !parses("\0" "7/unit/a.service/.."));
	check(!parses("\0" "7/unit/a.service/x\0") && !parses("\0" "7/unit/a\0b.service/x") && !parses("\0" "7\0/unit/a.service/x"));
	check(!parses("\0" "7/unit/a.service/x\n") && !parses("\0" "7/unit/a.service/\xc3\xbc"));
	check(!parses("\0" "7/unit/a.slice/x") && !parses("\0" "7/unit/a.scope/x") && !parses("\0" "7/unit/.service/x"));
	check(!parses("\0" "7/unit/a b.service/x") && !parses("\0" "7/unit/@a.service/x") && !parses("\0" "7/unit/a%i.service/x"));
	tap_test("others");
}

static void test_names(void)
{
	char template[UNIT_NAME_SIZE] = "";

	check(strlen(LONG_NAME) == 78 && UNIT_CREDENTIAL_NAMES == 83);
	check(unit_credential_fits(LONG_NAME, "12345") && !unit_credential_fits(LONG_NAME, "123456"));
	check(unit_credential_fits("backup@.service", LONG_NAME "12345") == false);
	check(unit_credential_fits("a@.service", "1234567890123456789012345678901234567890123456789012345678901234567890ab"));
	check(!unit_credential_fits("a@.service", "1234567890123456789012345678901234567890123456789012345678901234567890abc"));
	tap_test("names that fit into an address");
	check(unit_template("backup@x.service", template) && !strcmp(template, "backup@.service"));
	check(unit_template("backup@x.y@z.service", template) && !strcmp(template, "backup@.service"));
	check(!unit_template("backup.service", template) && !unit_template("backup@.service", template));
	tap_test("templates of instances");
}

static bool unit_is(const char *path, const char *wanted)
{
	char unit[UNIT_NAME_SIZE];

	return unit_of_control_group(path, unit) ? wanted && !strcmp(unit, wanted) : !wanted;
}

static void test_control_groups(void)
{
	check(unit_is("/system.slice/backup.service", "backup.service"));
	check(unit_is("/system.slice/system-backup.slice/backup@x.service", "backup@x.service"));
	check(unit_is("/system.slice/a\\x2db.service", "a\\x2db.service"));
	check(unit_is("/system.slice/backup.service/.control", "backup.service"));
	check(unit_is("/system.slice/_cpu.service", "cpu.service"));
	check(unit_is("/backup.service", "backup.service"));
	tap_test("a unit's own process");
	/* A unit can give any name to a group within its own. */
	check(unit_is("/system.slice/other.service/backup.service", "other.service"));
	check(unit_is("/system.slice/other.service/payload/backup.service", NULL));
	check(unit_is("/user.slice/user-0.slice/user@0.service/app.slice/backup.service", NULL));
	check(unit_is("/user.slice/user-0.slice/session-1.scope", NULL) && unit_is("/machine.slice/a.scope/system.slice/b.service", NULL));
	check(unit_is("/", NULL) && unit_is("", NULL) && unit_is("/system.slice", NULL) && unit_is("/system.slice/", NULL));
	check(unit_is("backup.service", NULL) && unit_is("/../backup.service", NULL) && unit_is("/system.slice/backup.service/", NULL));
	check(unit_is("/system.slice/backup.service (deleted)", NULL) && unit_is("?", NULL));
	tap_test("other processes");
}

/* The child has @fd and waits; the parent has no copy. */
static pid_t child_with(int fd)
{
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	close(fd);
	return pid;
}

static void test_holders(void)
{
	int pair[2], other[2];
	pid_t child;

	check(socketpair(AF_UNIX, SOCK_STREAM, 0, other) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	check(holder_check(pair[0], getpid()) == 0);
	child = child_with(pair[1]);
	check(holder_check(pair[0], child) == 0);
	check(holder_check(pair[0], getpid()) == -ESRCH);
	check(holder_check(pair[0], 0x3fffffff) == -ESRCH);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	check(holder_check(pair[0], getpid()) == -ESRCH);
	check(holder_check(other[0], getpid()) == 0 && holder_check(STDOUT_FILENO, getpid()) < 0);
	tap_test("the process that has the other end, and no other");
}

int main(void)
{
	tap_start();
	test_addresses();
	test_names();
	test_control_groups();
	test_holders();
	return tap_end();
}
