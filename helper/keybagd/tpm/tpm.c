// SPDX-License-Identifier: GPL-2.0-or-later
#include "tpm.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>

#include "common/deadline.h"
#include "common/handover.h"
#include "common/paths.h"
#include "common/registers.h"
#include "daemon/confined_program.h"
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
static const struct confined_program program = { TPM_PROGRAM, { "keybag-tpm", NULL }, { "TSS2_LOG=all+none", NULL } };

static int run_program(const char *object, const struct handover *memory, struct request_result *ret_result)
{
	CLEANUP_FD int file = confined_program_descriptor(memory->descriptor);
	struct tpm_exchange *exchange = memory->mapping;
	int status = 0, tpm, device = tpm_device_open(), result;
	pid_t pid;

	if (device < 0)
		return device_failed(device, object, ret_result);
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
