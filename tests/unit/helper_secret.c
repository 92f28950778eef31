// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory for secrets within a limit: it grows without copies, and what does not fit is said with the remedy.
 */
#include <sys/wait.h>
#include <sys/mman.h>
#include <signal.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/ending.h"
#include "common/heap.h"
#include "common/secret.h"
#include "lib/tap.h"

#define KIB	1024

static void limit(size_t size)
{
	const struct rlimit both = { size, size };

	if (setrlimit(RLIMIT_MEMLOCK, &both))
		exit(1);
}

static void test_growth(void)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	char text[SECRET_PROBLEM_SIZE];

	check(!secret_new(&secret, 4 * KIB));
	memset(secret.data, 'x', 4 * KIB);
	secret.length = 4 * KIB;
	check(!secret_grow(&secret, 32 * KIB) && secret.capacity == 32 * KIB && secret.length == 4 * KIB);
	check(secret.data[0] == 'x' && secret.data[4 * KIB - 1] == 'x' && !secret.data[4 * KIB] && !secret.data[32 * KIB - 1]);
	check(secret_grow(&secret, 128 * KIB) == -ENOMEM);
	check(secret.capacity == 32 * KIB && secret.data[0] == 'x');
	secret_problem(128 * KIB, text);
	check(strstr(text, "128 KiB") && strstr(text, " is 64 KiB") && strstr(text, "ulimit -l"));
	tap_test("a secret grows within the limit of locked memory, and stays as it is where it cannot");
}

static void test_none(void)
{
	struct secret secret = SECRET_NONE;

	check(secret_new(&secret, 128 * KIB) == -ENOMEM && !secret.data);
	limit(0);
	check(secret_new(&secret, 1) == -ENOMEM && !secret.data);
	tap_test("over the limit, and where there is none at all: no memory, and nothing else");
}

/* The memory that is given back to the system, as it is then. */
static bool given_back, zeroed;

int __real_munmap(void *memory, size_t length);
int __wrap_munmap(void *memory, size_t length);
int __wrap_munmap(void *memory, size_t length)
{
	const uint8_t *bytes = memory;
	size_t at = 0;

	while (at < length && !bytes[at])
		at++;
	given_back = true;
	zeroed = at == length;
	return __real_munmap(memory, length);
}

static void test_freed(void)
{
	struct secret secret = SECRET_NONE;

	check(!secret_new(&secret, 5 * KIB));
	memset(secret.data, 'x', 5 * KIB);
	given_back = zeroed = false;
	secret_free(&secret);
	check(given_back && zeroed && !secret.data);
	tap_test("a secret is zeroed before its memory is given back");
}

/* As before a signal ends the program. */
static void test_wiped(void)
{
	struct secret secrets[3] = { SECRET_NONE, SECRET_NONE, SECRET_NONE };
	bool clean = true;

	for (size_t i = 0; i < 3; i++) {
		check(!secret_new(&secrets[i], 100));
		memset(secrets[i].data, 'x', 100);
	}
	check(!secret_grow(&secrets[1], 9 * KIB));
	memset(secrets[1].data, 'x', 9 * KIB);
	secret_free(&secrets[2]);
	locked_memory_wipe_all();
	for (size_t i = 0; i < 100; i++)
		clean = clean && !secrets[0].data[i];
	for (size_t i = 0; i < 9 * KIB; i++)
		clean = clean && !secrets[1].data[i];
	check(clean);
	secret_free(&secrets[0]);
	secret_free(&secrets[1]);
	tap_test("all that is in use is wiped at once");
}

/* Those of a process that is about to be ended. */
static void test_heap_wiped(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		volatile char *end;

		heap_wipe();
		heap_lock();
		end = sbrk(2 * KIB);
		if (end == (void *)-1)
			_exit(1);
		end[0] = 'x';
		end[2 * KIB - 1] = 'x';
		heap_wipe();
		_exit(end[0] || end[2 * KIB - 1]);
	}
	check(waitpid(child, &status, 0) == child && status == 0);
	tap_test("the heap is wiped to its end");
}

static volatile sig_atomic_t ended;

static void end(void)
{
	ended++;
	(void)!write(STDOUT_FILENO, "# ended\n", 8);
}

static void test_ending(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXCPU, SIGXFSZ };
	int status;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		int file = memfd_create("said", 0);
		pid_t child = fork();
		char said[32] = "";

		if (!child) {
			dup2(file, STDOUT_FILENO);
			signal(signals[i], SIG_DFL);
			ending_add(end);
			ending_add(end);
			raise(signals[i]);
			_exit(0);
		}
		check(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
		check(pread(file, said, sizeof(said) - 1, 0) == 8 && !strcmp(said, "# ended\n"));
		close(file);
	}
	signal(SIGHUP, SIG_IGN);
	ending_add(end);
	raise(SIGHUP);
	check(!ended);
	tap_test("before a signal ends the program, and only then");
}

/* Whether the kernel says all of @flags of the mapping at @memory. */
static bool mapped_as(const void *memory, const char *const flags[])
{
	FILE *file = fopen("/proc/self/smaps", "r");
	bool here = false, all = false;
	unsigned long begin, end;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &begin, &end) == 2)
			here = begin <= (uintptr_t)memory && (uintptr_t)memory < end;
		if (!here || strncmp(line, "VmFlags:", 8))
			continue;
		for (all = true; *flags; flags++)
			all = all && strstr(line, *flags);
		break;
	}
	if (file)
		fclose(file);
	return all;
}

static void test_mapping(void)
{
	static const char *const flags[] = { " lo", " dd", " wf", NULL };
	CLEANUP_SECRET struct secret secret = SECRET_NONE;

	check(!secret_new(&secret, 4 * KIB));
	check(mapped_as(secret.data, flags));
	check(!secret_grow(&secret, 32 * KIB) && mapped_as(secret.data, flags));
	tap_test("a secret is never swapped out, in no core file, and not in a child");
}

int main(void)
{
	tap_start();
	limit(64 * KIB);
	/* To whom limits do not apply. */
	if (!geteuid() && setuid(65534)) {
		tap_test("not without the right to lock memory # SKIP");
		return tap_end();
	}
	test_growth();
	test_freed();
	test_wiped();
	test_heap_wiped();
	test_ending();
	test_mapping();
	test_none();
	return tap_end();
}
