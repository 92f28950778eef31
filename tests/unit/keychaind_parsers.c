// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Input that the keychain's service and library take apart: bodies, control groups, pidfds, entitlement files,
 * pages.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/common/utf8.h"
#include "helper/keychain/base/cbor.h"
#include "helper/keychain/base/cbor_read.h"
#include "helper/keychain/transport/wire.h"
#include "helper/keychain/service/grants/entitlement.h"
#include "helper/keychain/service/peer/executable.h"
#include "helper/keychain/service/peer/process.h"
#include "helper/keychain/service/peer/security_label.h"
#include "helper/keychain/transport/page.h"
#include "lib/tap.h"

static struct value *sample(void)
{
	struct value *inner = value_dictionary();
	struct value *array = value_array();
	struct value *value = value_dictionary();

	value_append(array, value_integer(INT64_MIN));
	value_append(array, value_integer(INT64_MAX));
	value_append(array, value_real(-1.5));
	value_append(array, value_null());
	value_append(array, value_date(-5));
	value_set(inner, "", value_data("\0\xff", 2));
	value_set(inner, "\xc3\xbc", value_string_of("a\0b", 3));
	value_set(value, "array", array);
	value_set(value, "inner", inner);
	value_set(value, "yes", value_boolean(true));
	value_set(value, "empty", value_array());
	return value;
}

static void bodies(void)
{
	struct value *value = sample(), *back = NULL;
	size_t size = cbor_value_size(value);
	uint8_t bytes[512];
	struct handover body;
	size_t i;

	check(size && size <= sizeof(bytes));
	check(cbor_value_write(value, bytes, size - 1) == 0);
	check(cbor_value_write(value, bytes, size) == size);
	check(cbor_value_read(bytes, size, 16, &back) == 0 && value_equal(value, back));
	value_free(back);
	tap_test("a value goes there and back");

	back = NULL;
	for (i = 0; i < size; i++)
		check(cbor_value_read(bytes, i, 16, &back) == -EPROTO);
	bytes[size] = 0;
	check(cbor_value_read(bytes, size + 1, 16, &back) == -EPROTO);
	check(cbor_value_read(bytes, size, 4, &back) == -EPROTO && !back);
	tap_test("cut, followed by something, or with too many entries it is refused");

	check(wire_pack(value, &body) == 0);
	check(wire_unpack(body.descriptor, 16, &back) == 0 && value_equal(value, back));
	check(!memchr(body.mapping, 'y', body.length));
	value_free(back);
	handover_free(&body);
	check(wire_unpack(0, 16, &back) == -EINVAL);
	check(wire_pack(value, &body) == 0);
	explicit_bzero(body.mapping, body.length);
	check(wire_unpack(body.descriptor, 16, &back) == -ENODATA);
	handover_free(&body);
	value_free(value);
	tap_test("a body is zeroed by who reads it");
}

/* As the client has it, and the service. */
static void open_mailbox(struct mailbox *ours, struct mailbox *theirs)
{
	check(mailbox_make(ours) == 0 && mailbox_join(theirs, ours->descriptor) == 0);
	check(ftruncate(ours->descriptor, MAILBOX_SIZE - 1) < 0 && ftruncate(ours->descriptor, MAILBOX_SIZE + 1) < 0);
}

static bool is_empty(const struct mailbox *mailbox)
{
	size_t i;

	for (i = 0; i < MAILBOX_SIZE; i++)
		if (mailbox->shared[i])
			return false;
	return true;
}

/* Data that takes up @size bytes with its head, from 4 + 256 on. */
static struct value *data_of(size_t size)
{
	struct value *data = value_data_new(size - 3);
	size_t length;

	memset(value_bytes_mutable(data, &length), 'x', size - 3);
	return data;
}

static void mailboxes(void)
{
	static uint8_t scratch[MAILBOX_SIZE];
	struct value *fits = data_of(MAILBOX_SIZE), *more = data_of(MAILBOX_SIZE + 1), *back;
	struct mailbox ours, theirs, none = { 0 };
	int descriptor;

	open_mailbox(&ours, &theirs);
	check(mailbox_was_taken(&ours) && wire_post(&ours, fits) == MAILBOX_SIZE);
	check(!mailbox_was_taken(&ours));
	check(wire_collect(&theirs, MAILBOX_SIZE, scratch, 16, &back) == 0 && value_equal(fits, back));
	check(mailbox_was_taken(&ours) && is_empty(&ours) && !scratch[0] && !scratch[MAILBOX_SIZE - 1]);
	value_free(back);
	check(wire_post(&ours, more) == 0 && is_empty(&theirs));
	check(wire_post(&none, fits) == 0);
	tap_test("a body that fits goes by the mailbox and is gone from it; one more byte does not fit");

	check(wire_collect(&theirs, 0, scratch, 16, &back) == -EINVAL);
	check(wire_collect(&theirs, MAILBOX_SIZE + 1, scratch, 16, &back) == -EINVAL);
	check(wire_collect(&theirs, SIZE_MAX, scratch, 16, &back) == -EINVAL);
	check(wire_collect(&none, 1, scratch, 16, &back) == -EINVAL);
	check(wire_post(&ours, fits) && wire_collect(&theirs, 100, scratch, 16, &back) == -EPROTO);
	check(!theirs.shared[99] && theirs.shared[100] == 'x');
	mailbox_clear(&ours);
	check(is_empty(&theirs));
	check(wire_post(&ours, fits) == MAILBOX_SIZE);
	mailbox_clear(&ours);
	check(wire_collect(&theirs, MAILBOX_SIZE, scratch, 16, &back) == -ENODATA);
	tap_test("lengths that cannot be are refused, and what was put in is zeroed by who did it");

	memset(theirs.shared, 'x', MAILBOX_SIZE);
	mailbox_leave(&theirs);
	check(is_empty(&ours) == true && !theirs.shared);
	memset(ours.shared, 'x', MAILBOX_SIZE);
	check(mailbox_join(&theirs, ours.descriptor) == 0);
	descriptor = mailbox_end(&ours);
	check(is_empty(&theirs) && mailbox_end(&ours) == -1);
	mailbox_leave(&theirs);
	close(descriptor);
	value_free(fits);
	value_free(more);
	tap_test("whoever leaves zeroes all of it");
}

static blkcnt_t blocks_of(int descriptor)
{
	struct stat status = { .st_blocks = -1 };

	fstat(descriptor, &status);
	return status.st_blocks;
}

/* The client may keep it, or cut its pages out. */
static void kept_mailboxes(void)
{
	struct mailbox ours;
	int kept;

	check(mailbox_make(&ours) == 0);
	memset(ours.shared, 'x', MAILBOX_SIZE);
	kept = mailbox_end(&ours);
	check(blocks_of(kept) > 0);
	handover_release(kept);
	check(blocks_of(kept) == 0);
	close(kept);

	check(mailbox_make(&ours) == 0);
	memset(ours.shared, 'x', MAILBOX_SIZE);
	check(fallocate(ours.descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, MAILBOX_SIZE) == 0);
	kept = mailbox_end(&ours);
	check(blocks_of(kept) == 0);
	close(kept);
	tap_test("a mailbox that its client keeps takes no memory");
}

static void no_mailboxes(void)
{
	struct mailbox mailbox = { 0 };
	int file = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING), pipes[2];

	check(pipe(pipes) == 0 && ftruncate(file, MAILBOX_SIZE) == 0);
	check(mailbox_join(&mailbox, -1) == -EINVAL && mailbox_join(&mailbox, pipes[0]) == -EINVAL);
	check(mailbox_join(&mailbox, file) == -EINVAL);
	check(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) == 0 && ftruncate(file, MAILBOX_SIZE + 1) == 0);
	check(mailbox_join(&mailbox, file) == -EINVAL);
	check(!mailbox.shared);
	close(file);
	file = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	check(ftruncate(file, MAILBOX_SIZE) == 0);
	check(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE) == 0);
	check(mailbox_join(&mailbox, file) < 0 && !mailbox.shared);
	close(file);
	close(pipes[0]);
	close(pipes[1]);
	tap_test("files that could be cut, of another size or read-only are no mailboxes");
}

static bool read_refused(const char *bytes, size_t length)
{
	struct value *value = NULL;
	int result = cbor_value_read(bytes, length, 1024, &value);

	value_free(value);
	return result == -EPROTO;
}

#define refused(text)	read_refused(text, sizeof(text) - 1)

static void hostile_bodies(void)
{
	char deep[64];

	memset(deep, 0x81, sizeof(deep));
	check(read_refused(deep, sizeof(deep)));
	check(refused("") && refused("\xff") && refused("\x9f\xff") && refused("\xbf\xff"));
	check(refused("\x5f\x41" "a\xff") && refused("\x7f\xff"));
	check(refused("\xa1\x01\x01") &&
	      refused("\xa1\x61"
		      "a") &&
	      refused("\xa2\x61"
		      "a\x01\x61"
		      "a\x01"));
	check(refused("\x61\xff") && refused("\x63\xed\xa0\x80") && refused("\xa1\x61\x00\x01"));
	check(refused("\x1b\xff\xff\xff\xff\xff\xff\xff\xff") &&
	      refused("\x3b\xff\xff\xff\xff\xff\xff\xff\xff"));
	check(refused("\xfb\x7f\xf0\x00\x00\x00\x00\x00\x00") && refused("\xf9\x3c\x00") &&
	      refused("\xf7"));
	check(refused("\xc1\x01") &&
	      refused("\xd9\x9c\x41\x61"
		      "a") &&
	      refused("\xd9\x9c\x41\xd9\x9c\x41\x01"));
	check(refused("\x9b\xff\xff\xff\xff\xff\xff\xff\xff") &&
	      refused("\xbb\x00\x00\x00\x00\x00\x00\x10\x00"));
	check(refused("\x01\x01"));
	tap_test("hostile bodies are refused");

	check(utf8_valid("\xf4\x8f\xbf\xbf\0\x7f", 6) && utf8_valid("", 0));
	check(!utf8_valid("\xf4\x90\x80\x80", 4) && !utf8_valid("\xc0\x80", 2) &&
	      !utf8_valid("\xe0\x9f\x80", 3));
	check(!utf8_valid("\xe2\x82", 2) && !utf8_valid("\x80", 1) &&
	      !utf8_valid("\xf0\x8f\x80\x80", 4));
	tap_test("UTF-8 is the shortest form, without surrogates, up to U+10FFFF");
}

/* @count arrays of @entries nulls each, in one array. */
static bool nulls_refused(size_t count, size_t entries)
{
	size_t size = 3 + count * (3 + entries), at = 3, i;
	char *bytes = malloc(size);
	bool is_refused;

	memcpy(bytes, (const char[]){ '\x99', (char)(count >> 8), (char)count }, 3);
	for (i = 0; i < count; i++, at += 3 + entries) {
		memcpy(bytes + at, (const char[]){ '\x99', (char)(entries >> 8), (char)entries }, 3);
		memset(bytes + at + 3, '\xf6', entries);
	}
	is_refused = read_refused(bytes, size);
	free(bytes);
	return is_refused;
}

static void many_values(void)
{
	/* 1 + 64 * (1 + 1022) and 1 + 64 * (1 + 1023) */
	check(!nulls_refused(64, 1022));
	check(nulls_refused(64, 1023));
	check(nulls_refused(1024, 1024));
	tap_test("more values in all than there may be are refused, however they are spread");
}

static void labels(void)
{
	const char *why;
	char label[SECURITY_LABEL_SIZE] = "?";

	check(security_label_is("a (enforce)", "a", &why) && security_label_is("/usr/bin/a (kill)", "/usr/bin/a", &why));
	check(security_label_is("system_u:system_r:a_t:s0", "system_u:system_r:a_t:s0", &why) && !why);
	check(!security_label_is("a (complain)", "a", &why) && why);
	check(!security_label_is("a//&b (mixed)", "a", &why) && !why);
	check(!security_label_is(":ns://a (enforce)", "a", &why) && !security_label_is("ab (enforce)", "a", &why));
	check(!security_label_is("", "a", &why) && !security_label_is("unconfined", "a", &why) && !why);
	tap_test("a profile counts where it is enforced");

	/* Whatever this machine's security module calls us, or nothing. */
	security_label_of_peer(-1, getpid(), label);
	check(strcmp(label, "?") && !strchr(label, '\n'));
	check(!security_label_is_kept("another", getpid()));
	tap_test("a label is looked at where the socket does not tell it");
}

/* In a PID namespace of its own, where the number of its parent means nothing. */
static int look_from_inside(int pidfd)
{
	pid_t number;
	int status;

	if (unshare(CLONE_NEWPID) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
		return -ENOTSUP;
	if (!fork())
		_exit(-process_of_pidfd(pidfd, &number));
	wait(&status);
	return -WEXITSTATUS(status);
}

static bool is_effective(unsigned int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	check(syscall(SYS_capget, &header, data) == 0);
	return data[capability / 32].effective >> capability % 32 & 1;
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	static const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	check(syscall(SYS_capset, &header, none) == 0);
}

static void processes(void)
{
	int own = pidfd_open(getpid(), 0), folder = open("/proc/self", O_RDONLY | O_CLOEXEC), child, status;
	pid_t number = 0, pid;

	check(process_of_pidfd(own, &number) == 0 && number == getpid() && process_runs(own));
	check(process_belongs_to(number, geteuid()) == 0 && process_belongs_to(number, geteuid() + 1) == -EACCES);
	check(process_of_pidfd(folder, &number) == -EBADF && process_of_pidfd(0, &number) == -EBADF &&
	      process_of_pidfd(-1, &number) == -EBADF);
	tap_test("a process is known by its pidfd, and nothing else is one");

	check(process_has_capability(number, CAP_SYS_ADMIN) == (is_effective(CAP_SYS_ADMIN) ? 0 : -EACCES));
	pid = fork();
	if (!pid) {
		drop_capabilities();
		_exit(-process_has_capability(getpid(), CAP_SYS_ADMIN));
	}
	wait(&status);
	check(WEXITSTATUS(status) == EACCES && process_has_capability(pid, CAP_SYS_ADMIN) == -ESRCH);
	tap_test("which capabilities a process has is told");

	pid = fork();
	if (!pid)
		_exit(-look_from_inside(own));
	wait(&status);
	/* Where none may be made there is nothing to see. */
	check(WEXITSTATUS(status) == EPERM || WEXITSTATUS(status) == ENOTSUP);
	pid = fork();
	if (!pid)
		_exit(0);
	child = pidfd_open(pid, 0);
	waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	check(process_of_pidfd(child, &number) == 0 && number == pid && !process_runs(child));
	wait(&status);
	check(process_of_pidfd(child, &number) == -ESRCH && !process_runs(child) && process_belongs_to(pid, geteuid()) == -ESRCH);
	close(child);
	close(folder);
	close(own);
	tap_test("one outside of the PID namespace is refused, one that has ended is told from one that runs");
}

static bool parse(struct entitlement *entitlement, const char *text)
{
	return entitlement_parse(entitlement, "/x/a.conf", text, strlen(text));
}

static bool file_refused(const char *text, const char *why)
{
	struct entitlement entitlement;
	bool good = !parse(&entitlement, text) && entitlement.problem && strstr(entitlement.problem, why);

	entitlement_clear(&entitlement);
	return good;
}

static void free_groups(char **groups, const char **sources)
{
	size_t i;

	for (i = 0; groups && groups[i]; i++)
		free(groups[i]);
	free(groups);
	free(sources);
}

static void entitlement_files(void)
{
	static const char text[] =
		"# c\n; d\n\n[Match]\n Unit = a.service \r\n[Grant]\nPrefix=P\n"
		"KeychainAccessGroups=com.apple.token a,b\nKeychainAccessGroups=a\n"
		"AssociatedApplicationIdentifiers=s\nApplicationIdentifier=app\n"
		"ApplicationGroups=P.b g *\nSystemKeychain=yes";
	static const char *const wanted[] = { "P.a", "P.b", "P.s", "P.app", "g", "*" };
	static const char *const keys[] = { "KeychainAccessGroups", "AssociatedApplicationIdentifiers", "ApplicationIdentifier" };
	static const char *const of_user[] = { "P.a.4294967294", "P.b", "4294967294.c", "%u" };
	static const uid_t uid = 4294967294;
	struct entitlement entitlement;
	char line[512];
	const char **sources = NULL;
	bool tokens = false, all = true;
	char **groups, *application;
	size_t i;

	/* Every crontab's jobs are in that group. */
	check(!parse(&entitlement, "[Match]\nUnit=cron.service\n[Grant]\nSystemKeychain=yes") &&
	      strstr(entitlement.problem, "User has to say whose"));
	entitlement_clear(&entitlement);
	check(parse(&entitlement, "[Match]\nUnit=cron.service\nUser=root\n[Grant]\nSystemKeychain=yes"));
	entitlement_clear(&entitlement);
	check(parse(&entitlement, text) && entitlement.system && !strcmp(entitlement.unit, "a.service"));
	groups = entitlement_groups(&entitlement, NULL, &sources, &tokens, &all);
	for (i = 0; i < 6 && check(groups && groups[i]); i++)
		check(!strcmp(groups[i], wanted[i]));
	check(groups && !groups[6] && tokens && !all);
	application = entitlement_application(&entitlement);
	check(application && !strcmp(application, "P.app"));
	free(application);
	free_groups(groups, sources);
	entitlement_clear(&entitlement);
	tap_test("groups in order, each once, with the prefix where it belongs, tokens apart");

	check(parse(&entitlement, "[Match]\nSnap=x\n[Grant]\nKeychainAccessGroups=*\n"));
	groups = entitlement_groups(&entitlement, NULL, &sources, &tokens, &all);
	check(groups && !groups[0] && all && !tokens && !entitlement_application(&entitlement));
	free_groups(groups, sources);
	entitlement_clear(&entitlement);
	tap_test("a star is every group");

	check(parse(&entitlement, "[Match]\nSnap=x\n[Grant]\nPrefix=P\nKeychainAccessGroups=a.%U, b\nApplicationGroups=%U.c %u\n"));
	groups = entitlement_groups(&entitlement, &uid, &sources, &tokens, &all);
	for (i = 0; i < 4 && check(groups && groups[i]); i++)
		check(!strcmp(groups[i], of_user[i]));
	check(groups && !groups[4]);
	free_groups(groups, sources);
	groups = entitlement_groups(&entitlement, NULL, &sources, &tokens, &all);
	check(groups && !strcmp(groups[0], "P.a.%U"));
	free_groups(groups, sources);
	entitlement_clear(&entitlement);
	check(file_refused("[Match]\nUnit=a\n[Grant]\nKeychainAccessGroups=%U.%U\n", "twice"));
	snprintf(line, sizeof(line), "[Match]\nUnit=a\n[Grant]\nKeychainAccessGroups=%%U%0246d\n", 0);
	check(file_refused(line, "uid"));
	tap_test("%%U is the uid of the program's user");

	check(file_refused("", "names no") && file_refused("[Match]\nUser=0\n", "names no"));
	check(file_refused("[Other]\n", "line 1") && file_refused("a=b\n", "line 1: 'a' before"));
	check(file_refused("[Match]\nnonsense\n", "line 2") && file_refused("[Match]\nUnit=\n", "empty"));
	check(file_refused("[Match]\nUnit=a\nUnit=b\n", "twice") && file_refused("[Match]\nUnit=a b\n", "one name"));
	check(file_refused("[Match]\nLabel=unconfined\n", "without a profile"));
	check(file_refused("[Match]\nExecutable=bin/a\n", "absolute") && file_refused("[Match]\nUnits=a\n", "Units"));
	check(file_refused("[Match]\nUnit=a\n[Grant]\nSystemKeychain=maybe\n", "yes or no"));
	check(file_refused("[Match]\nUnit=a\nPrivileged=1\n", "line 3: Privileged is yes or no") &&
	      file_refused("[Match]\nUser=0\nPrivileged=yes\n", "names no"));
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(line, sizeof(line), "[Match]\nUnit=a\n[Grant]\n%s=%0250d\nPrefix=TEAM1\n", keys[i], 0);
		check(file_refused(line, "Prefix"));
		snprintf(line, sizeof(line), "[Match]\nUnit=a\n[Grant]\n%s=%0250d\nPrefix=TEAM\n", keys[i], 0);
		check(parse(&entitlement, line));
		entitlement_clear(&entitlement);
	}
	check(!entitlement_parse(&entitlement, "/x", "[Match]\nUnit=a\0\n", 16));
	entitlement_clear(&entitlement);
	tap_test("what is malformed says where");
}

static void on_behalf(void)
{
	struct entitlement entitlement;

	check(parse(&entitlement, "[Match]\nExecutable=/x\n[Grant]\nOnBehalf=yes\n") && entitlement.on_behalf);
	entitlement_clear(&entitlement);
	check(parse(&entitlement, "[Grant]\nOnBehalf = yes\n[Match]\nUser=1\nExecutable=/x\n") && entitlement.on_behalf);
	entitlement_clear(&entitlement);
	check(parse(&entitlement, "[Match]\nExecutable=/x\n[Grant]\nOnBehalf=no\n") && !entitlement.on_behalf);
	entitlement_clear(&entitlement);
	check(parse(&entitlement, "[Match]\nExecutable=/x\n[Grant]\nSystemKeychain=yes\n") && !entitlement.on_behalf);
	entitlement_clear(&entitlement);
	check(file_refused("[Match]\nExecutable=/x\n[Grant]\nOnBehalf=1\n", "line 4: OnBehalf is yes or no"));
	check(file_refused("[Match]\nExecutable=/x\nOnBehalf=yes\n", "line 3: [Match] has no 'OnBehalf'"));
	check(file_refused("[Match]\nUnit=a\n[Grant]\n\nOnBehalf=yes\nPrefix=a\n", "line 5: OnBehalf is granted to an executable"));
	check(file_refused("[Match]\nFlatpak=a\n[Grant]\nOnBehalf=yes\n", "line 4") &&
	      file_refused("[Match]\nSnap=a\n[Grant]\nOnBehalf=no\n", "line 4") &&
	      file_refused("[Match]\nContainer=a\n[Grant]\nOnBehalf=yes\n", "line 4") &&
	      file_refused("[Match]\nLabel=a\nUser=0\n[Grant]\nOnBehalf=yes\n", "line 5"));
	/* Even a file that would be refused for less says what is wrong first. */
	check(file_refused("[Match]\nUser=0\n[Grant]\nOnBehalf=yes\n", "names no Executable"));
	tap_test("only an executable may ask on behalf of others");
}

static void executables(void)
{
	struct keybag_program program = { 0 };
	const char *why;
	char text[512];

	check(executable_unfit("/nonexistent", text, sizeof(text)) && strstr(text, "No such file"));
	check(executable_unfit("/usr", text, sizeof(text)) && strstr(text, "not a file"));
	check(executable_unfit("/bin/sh", text, sizeof(text)) && strstr(text, "interpreter"));
	check(executable_unfit("/tmp/x", text, sizeof(text)));
	check(!executable_is(&program, 1000, 5, "/bin/ls", &why) && !why);
	tap_test("executables that can be no identity");
}

static void pages(void)
{
	static const uint8_t first[] = "\xa3" "fresult\x82\x01\x02" "fcursor\x41" "a"
				       "hwithheld\xa2" "ecount\x02" "gclasses\x81" "bak";
	static const uint8_t second[] = "\xa2"
					"fresult\x81\x03"
					"hwithheld\xa2"
					"ecount\x01"
					"gclasses\x82"
					"bak"
					"cakp";
	struct value *answer = NULL, *page = NULL, *request = value_dictionary(), *empty = value_dictionary();
	uint8_t one[sizeof(first)], two[sizeof(second)];

	/* Letters before words stand for the heads of text of that length. */
	memcpy(one, first, sizeof(first));
	memcpy(two, second, sizeof(second));
	check(cbor_value_read(one, sizeof(first) - 1, 16, &answer) == 0);
	check(cbor_value_read(two, sizeof(second) - 1, 16, &page) == 0);
	check(page_continue(request, answer) == 0 &&
	      value_get(value_get(request, "options"), "cursor"));
	check(page_is_endless(answer, request) && !page_is_endless(page, request));
	check(value_set(empty, "cursor", value_integer(1)) == 0 && page_is_endless(empty, request));
	check(value_set(empty, "locked", value_array()) == 0 && page_is_endless(empty, request));
	check(value_append(value_get(empty, "locked"), value_integer(1)) == 0 && !page_is_endless(empty, request));
	check(page_append(answer, page) == 0 && value_count(value_get(answer, "result")) == 3);
	check(!value_get(answer, "cursor") &&
	      value_as_integer(value_get(value_get(answer, "withheld"), "count")) == 3);
	check(value_count(value_get(value_get(answer, "withheld"), "classes")) == 2);
	check(page_append(answer, NULL) == -ENOMEM);
	value_free(answer);
	value_free(page);
	value_free(request);
	value_free(empty);
	tap_test("pages become one answer, and one that leads nowhere is told");
}

int main(void)
{
	bodies();
	mailboxes();
	kept_mailboxes();
	no_mailboxes();
	hostile_bodies();
	many_values();
	labels();
	processes();
	entitlement_files();
	on_behalf();
	executables();
	pages();
	return tap_end();
}
