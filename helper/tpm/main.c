// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybag-tpm: seals the device key in a TPM, or opens it, and has the TPM check passcodes. keybagd starts it, for each of these anew: tpm2-tss frees copies of
 * what it is given unwiped, and this process wipes all its memory before it ends. docs/decisions/0086.
 */
#include <linux/capability.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/heap.h"
#include "common/registers.h"
#include "common/tpm_exchange.h"
#include "confined/confine.h"
#include "daemon/protect.h"
#include "task.h"

#define STACK_TO_WIPE	(512 * 1024)

/* It has what it needs open already: no file, socket or process is within reach from here on, whoever makes use of a mistake in tpm2-tss. */
static bool give_up_privileges(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	static const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	return syscall(SYS_capset, &header, none) == 0 && confine_calls() == 0;
}

/* Below the caller's, where the functions that it called had theirs. */
__attribute__((noinline)) static void wipe_stack(void)
{
	volatile unsigned char room[STACK_TO_WIPE];

	for (size_t i = 0; i < sizeof(room); i++)
		room[i] = 0;
}

static struct tpm_exchange *take_exchange(void)
{
	struct tpm_exchange *exchange;
	struct stat status;

	if (fstat(TPM_EXCHANGE_DESCRIPTOR, &status) < 0 || status.st_size != sizeof(*exchange))
		return NULL;
	exchange = mmap(NULL, sizeof(*exchange), PROT_READ | PROT_WRITE, MAP_SHARED, TPM_EXCHANGE_DESCRIPTOR, 0);
	if (exchange == MAP_FAILED)
		return NULL;
	return exchange->version == TPM_EXCHANGE_VERSION && exchange->task >= TPM_SEAL && exchange->task < TPM_TASKS &&
	       exchange->file_length <= TPM_EXCHANGE_FILE && exchange->writer_length <= TPM_EXCHANGE_WRITER &&
	       exchange->context_length <= TPM_EXCHANGE_CONTEXT ? exchange : NULL;
}

/* A simulator is a socket. */
static bool is_managed(void)
{
	struct stat status;

	return fstat(TPM_EXCHANGE_TPM, &status) == 0 && S_ISCHR(status.st_mode);
}

int main(int argc, char **argv)
{
	const bool managed = is_managed();
	struct tpm_exchange *exchange;

	(void)argv;
	heap_lock();
	protect_memory();
	/* Settings of libcrypto may name code that is loaded. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	exchange = argc == 1 ? take_exchange() : NULL;
	if (!exchange) {
		fputs("keybag-tpm is started by keybagd; see keybagd(8)\n", stderr);
		return 2;
	}
	if (give_up_privileges())
		task_run(exchange, TPM_EXCHANGE_TPM, managed);
	else
		exchange->verdict = TPM_UNCONFINED;
	clear_vector_registers();
	wipe_stack();
	heap_wipe();
	/* Not exit(3): the heap is no heap any more. */
	_exit(0);
}
