// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that crypt_r(3) works in: a tracer looks at it as it is unmapped.
 */
#include <crypt.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keybagd/secret/hash_memory.h"
#include "lib/tap.h"

/* Less than any hash of this kind takes, more than what else is unmapped. */
#define LARGE	(1U << 20)

static size_t unmapped;
static bool wiped;

static bool is_zero(pid_t process, uintptr_t memory, size_t length)
{
	static uint8_t bytes[1 << 20];
	bool zero = true;

	for (size_t at = 0; at < length && zero; at += sizeof(bytes)) {
		size_t rest = length - at, size = rest < sizeof(bytes) ? rest : sizeof(bytes);
		const struct iovec to = { bytes, size }, from = { (uint8_t *)memory + at, size };

		zero = process_vm_readv(process, &to, 1, &from, 1, 0) == (ssize_t)size && !bytes[0] &&
		       !memcmp(bytes, bytes + 1, size - 1);
	}
	return zero;
}

static void look_at_call(pid_t process)
{
	struct __ptrace_syscall_info call;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, process, (void *)sizeof(call), &call) <= 0 || call.op != PTRACE_SYSCALL_INFO_ENTRY ||
	    call.entry.nr != SYS_munmap || call.entry.args[1] < LARGE)
		return;
	unmapped += call.entry.args[1];
	wiped = wiped && is_zero(process, call.entry.args[0], call.entry.args[1]);
}

/* Its exit status. */
static int trace(void (*run)(void))
{
	pid_t child = fork();
	int status;

	unmapped = 0;
	wiped = true;
	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		run();
	}
	check(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
	ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)PTRACE_O_TRACESYSGOOD);
	for (;;) {
		ptrace(PTRACE_SYSCALL, child, NULL, NULL);
		if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
			return status;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			look_at_call(child);
	}
}

static void hash(void)
{
	static struct crypt_data data;
	const char *computed = crypt_r("password", "$y$j9T$saltsaltsalt$", &data);

	_exit(!computed || strncmp(computed, "$y$j9T$", 7));
}

static void hash_and_wipe(void)
{
	hash_memory_begin();
	hash();
}

int main(void)
{
	tap_start();
	check(trace(hash) == 0);
	printf("# crypt_r() unmaps %zu bytes\n", unmapped);
	check(unmapped >= LARGE && !wiped);
	tap_test("crypt_r() gives memory back as it is");

	check(trace(hash_and_wipe) == 0);
	check(unmapped >= LARGE && wiped);
	tap_test("what it gives back for keybagd is wiped");
	return tap_end();
}
