// SPDX-License-Identifier: GPL-2.0-or-later
#include "tpm_program.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>

#include "common/deadline.h"
#include "common/paths.h"
#include "daemon/confined_program.h"
#include "tpm_device.h"

#ifndef TPM_PROGRAM
#define TPM_PROGRAM	"/usr/libexec/keybag/keybag-tpm"
#endif
#define SECOND_NS	UINT64_C(1000000000)

/* The end of the time in which a TPM that was silent is left alone. */
static _Atomic uint64_t silent_until;

static int device_failed(int error, const struct tpm_purpose *purpose, struct request_result *ret_result)
{
	const char *object = purpose->object;

	if (error == -ENOENT || error == -ENXIO || error == -ENODEV)
		return request_result_fail(ret_result, -ENODEV, "%s: there is no TPM 2.0 (%s): switch it on in the firmware's settings; "
					   "if the machine has none any more, %s", object, KEYBAG_TPM_DEVICE, purpose->without);
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
static const struct confined_program program = { TPM_PROGRAM, { "keybag-tpm", NULL }, { "TSS2_LOG=all+none", NULL } };

static int run_program(const struct tpm_purpose *purpose, const struct handover *memory, struct request_result *ret_result)
{
	const char *object = purpose->object;
	CLEANUP_FD int file = confined_program_descriptor(memory->descriptor);
	struct tpm_exchange *exchange = memory->mapping;
	int status = 0, tpm, device = tpm_device_open(), result;
	pid_t pid;

	if (device < 0)
		return device_failed(device, purpose, ret_result);
	tpm = confined_program_descriptor(device);
	close(device);
	result = file < 0 ? file : tpm < 0 ? tpm : confined_program_start(&program, (int[]){ file, tpm }, 2, &pid);
	/* The program's is the only one left: to close it may take as long as the TPM does. */
	cleanup_descriptor(&tpm);
	if (result < 0)
		return request_result_fail(ret_result, -ENODEV, "%s: " TPM_PROGRAM " cannot be run: %s; install the package keybag "
					   "again", object, strerrordesc_np(-result));
	if (!confined_program_wait(pid, TPM_EXCHANGE_SECONDS, &status))
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
	return exchange->verdict == TPM_DONE ? 0 : purpose->explain(purpose, exchange->verdict, exchange->code, ret_result);
}

int tpm_program_ask(const struct tpm_purpose *purpose, const struct handover *memory, struct request_result *ret_result)
{
	struct tpm_exchange *exchange = memory->mapping;

	if (!deadline_left(atomic_load(&silent_until)))
		return run_program(purpose, memory, ret_result);
	exchange->verdict = TPM_SILENT;
	return purpose->explain(purpose, TPM_SILENT, 0, ret_result);
}

int tpm_program_begin(enum tpm_task task, struct handover *ret_memory, struct request_result *ret_result)
{
	struct tpm_exchange *exchange;
	int result = handover_new(ret_memory, NULL, sizeof(*exchange));

	if (result < 0)
		return request_result_fail_plain(ret_result, result, "memory for what the TPM is to do");
	exchange = ret_memory->mapping;
	exchange->version = TPM_EXCHANGE_VERSION;
	exchange->task = task;
	return 0;
}
