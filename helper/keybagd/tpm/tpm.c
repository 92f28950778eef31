// SPDX-License-Identifier: GPL-2.0-or-later
#include "tpm.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

#include "common/deadline.h"
#include "common/handover.h"
#include "common/paths.h"
#include "common/registers.h"
#include "tpm_device.h"
#include "tpm_verdict.h"

#ifndef TPM_PROGRAM
#define TPM_PROGRAM	"/usr/libexec/keybag/keybag-tpm"
#endif
#define SECOND_NS	UINT64_C(1000000000)

/* The end of the time in which a TPM that was silent is left alone. */
static _Atomic uint64_t silent_until;

static int device_failed(int error, const char *object, struct request_result *ret_result)
{
	if (error == -ENOENT || error == -ENXIO || error == -ENODEV)
		return request_result_fail(ret_result, -ENODEV, "%s: there is no TPM 2.0 (%s): switch it on in the firmware's settings; "
					   "if the machine has none any more, restore a copy of device.key and move device.tpm away",
					   object, KEYBAG_TPM_DEVICE);
	/* By the mode of the file, or by the unit: systemd knows a driver that was there when it started the service. */
	if (error == -EACCES)
		return request_result_fail(ret_result, -ENODEV, "%s: root may not open %s: 'udevadm trigger --action=change %s' puts "
					   "Keybag's rule for it into effect", object, KEYBAG_TPM_DEVICE, KEYBAG_TPM_DEVICE);
	if (error == -EPERM)
		return request_result_fail(ret_result, -ENODEV, "%s: this keybagd may not open %s: 'systemctl restart keybagd'", object,
					   KEYBAG_TPM_DEVICE);
	return request_result_fail(ret_result, -ENODEV, "%s: " KEYBAG_TPM_DEVICE ": %s", object, strerrordesc_np(-error));
}

/* No settings of tpm2-tss in the environment, and none of its lines in the journal: the verdict says it. */
static int start_program(int memory, int tpm, pid_t *ret_pid)
{
	static char *const arguments[] = { "keybag-tpm", NULL }, *const environment[] = { "TSS2_LOG=all+none", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	error = posix_spawn_file_actions_adddup2(&actions, memory, TPM_EXCHANGE_DESCRIPTOR);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, tpm, TPM_EXCHANGE_TPM);
	if (!error)
		error = posix_spawn(ret_pid, TPM_PROGRAM, &actions, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -error;
}

/* One that the kernel does not let go, in the midst of a command, is left behind; systemd ends it with the service. */
static bool wait_for(pid_t pid, int *ret_status)
{
	CLEANUP_FD int fd = pidfd_open(pid, 0);

	if (fd < 0 || deadline_poll(fd, POLLIN, deadline_after(TPM_EXCHANGE_SECONDS * SECOND_NS)) < 0) {
		kill(pid, SIGKILL);
		if (fd < 0 || deadline_poll(fd, POLLIN, deadline_after(SECOND_NS)) < 0)
			return false;
	}
	return waitpid(pid, ret_status, WNOHANG) == pid;
}

/* Descriptors above those that the program has them by: dup2(2) of one onto itself would leave it to be closed. */
static int above_those_of_program(int fd)
{
	int higher = fcntl(fd, F_DUPFD_CLOEXEC, TPM_EXCHANGE_TPM + 1);

	return higher < 0 ? -errno : higher;
}

static int run_program(const char *object, const struct handover *memory, struct request_result *ret_result)
{
	CLEANUP_FD int file = above_those_of_program(memory->descriptor);
	struct tpm_exchange *exchange = memory->mapping;
	int status = 0, tpm, device = tpm_device_open(), result;
	pid_t pid;

	if (device < 0)
		return device_failed(device, object, ret_result);
	tpm = above_those_of_program(device);
	close(device);
	result = file < 0 ? file : tpm < 0 ? tpm : start_program(file, tpm, &pid);
	/* The program's is the only one left: to close it may take as long as the TPM does. */
	cleanup_descriptor(&tpm);
	if (result < 0)
		return request_result_fail(ret_result, -ENODEV, "%s: " TPM_PROGRAM " cannot be run: %s; install the package keybag "
					   "again", object, strerrordesc_np(-result));
	if (!wait_for(pid, &status))
		exchange->verdict = TPM_SILENT;
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return request_result_fail(ret_result, -ENODEV, "%s: " TPM_PROGRAM " lacks a library: install the package "
					   "libtss2-esys", object);
	else if (WIFEXITED(status) && WEXITSTATUS(status) == 2)
		return request_result_fail(ret_result, -ENODEV, "%s: " TPM_PROGRAM " is of another version than keybagd: 'systemctl "
					   "restart keybagd'", object);
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		exchange->verdict = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? TPM_SILENT : TPM_UNDECIDED;
	if (exchange->verdict == TPM_SILENT)
		atomic_store(&silent_until, deadline_after(TPM_EXCHANGE_SECONDS * SECOND_NS));
	return exchange->verdict == TPM_DONE ? 0 : tpm_verdict_explain(exchange->verdict, exchange->code, object, ret_result);
}

static int ask(const char *object, struct handover *memory, struct request_result *ret_result)
{
	if (deadline_left(atomic_load(&silent_until)))
		return tpm_verdict_explain(TPM_SILENT, 0, object, ret_result);
	return run_program(object, memory, ret_result);
}

static int new_exchange(enum tpm_task task, struct handover *ret_memory, struct request_result *ret_result)
{
	struct tpm_exchange *exchange;
	int result = handover_new(ret_memory, NULL, sizeof(*exchange));

	if (result < 0)
		return request_result_fail_plain(ret_result, result, "memory for the device key");
	exchange = ret_memory->mapping;
	exchange->version = TPM_EXCHANGE_VERSION;
	exchange->task = task;
	return 0;
}

int tpm_seal(const char *object, const struct secret *key, struct tpm_sealed *ret_sealed, struct request_result *ret_result)
{
	CLEANUP_HANDOVER struct handover memory = HANDOVER_NONE;
	struct tpm_exchange *exchange;
	int result = new_exchange(TPM_SEAL, &memory, ret_result);

	if (result < 0)
		return result;
	exchange = memory.mapping;
	memcpy(exchange->key, key->data, TPM_EXCHANGE_KEY);
	clear_vector_registers();
	result = ask(object, &memory, ret_result);
	if (result < 0)
		return result;
	if (exchange->file_length > sizeof(ret_sealed->bytes))
		return tpm_verdict_explain(TPM_UNDECIDED, 0, object, ret_result);
	ret_sealed->length = exchange->file_length;
	memcpy(ret_sealed->bytes, exchange->file, ret_sealed->length);
	memcpy(ret_sealed->id, exchange->id, sizeof(ret_sealed->id));
	return 0;
}

int tpm_open(const char *object, struct tpm_sealed *sealed, struct secret *key, struct request_result *ret_result)
{
	CLEANUP_HANDOVER struct handover memory = HANDOVER_NONE;
	struct tpm_exchange *exchange;
	int result = new_exchange(TPM_OPEN, &memory, ret_result);

	if (result < 0)
		return result;
	exchange = memory.mapping;
	exchange->file_length = (uint32_t)sealed->length;
	memcpy(exchange->file, sealed->bytes, sealed->length);
	result = ask(object, &memory, ret_result);
	memcpy(sealed->id, exchange->id, sizeof(sealed->id));
	if (result < 0)
		return result;
	memcpy(key->data, exchange->key, TPM_EXCHANGE_KEY);
	clear_vector_registers();
	return 0;
}
