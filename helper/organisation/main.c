// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keybag-organisation: reads the certificate of an organisation, or seals a recovery secret to it. keybagd starts
 * it, for each time anew: a certificate may be any user's, and libcrypto, which parses it, does so where nothing is
 * within reach; what it frees unwiped is wiped at the end. docs/decisions/0090.
 */
#include <linux/capability.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "certificate.h"
#include "common/heap.h"
#include "common/registers.h"
#include "confined/confine.h"
#include "daemon/protect.h"
#include "envelope.h"

#define STACK_TO_WIPE	(512 * 1024)

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

static struct organisation_exchange *take_exchange(void)
{
	struct organisation_exchange *exchange;
	struct stat status;

	if (fstat(ORGANISATION_EXCHANGE_DESCRIPTOR, &status) < 0 || status.st_size != sizeof(*exchange))
		return NULL;
	exchange = mmap(NULL, sizeof(*exchange), PROT_READ | PROT_WRITE, MAP_SHARED, ORGANISATION_EXCHANGE_DESCRIPTOR, 0);
	if (exchange == MAP_FAILED)
		return NULL;
	return exchange->version == ORGANISATION_EXCHANGE_VERSION && exchange->certificate_length <= ORGANISATION_CERTIFICATE &&
	       (exchange->task == ORGANISATION_READ || exchange->task == ORGANISATION_SEAL) ? exchange : NULL;
}

/*
 * Also where it is only read: whether libcrypto can seal to it, and whether that fits, is known before anyone
 * relies on it.
 */
static enum organisation_verdict run(struct organisation_exchange *exchange)
{
	CLEANUP_CERTIFICATE X509 *certificate = NULL;
	enum organisation_verdict verdict = certificate_read(exchange, &certificate);

	if (verdict == ORGANISATION_DONE)
		verdict = certificate_check_key(certificate);
	if (verdict == ORGANISATION_DONE && exchange->task == ORGANISATION_READ)
		verdict = certificate_check_dates(certificate);
	if (verdict == ORGANISATION_DONE)
		verdict = envelope_seal(certificate, exchange);
	return verdict == ORGANISATION_DONE ? certificate_describe(certificate, exchange) : verdict;
}

int main(int argc, char **argv)
{
	struct organisation_exchange *exchange;

	(void)argv;
	heap_lock();
	protect_memory();
	/* Settings of libcrypto may name code that is loaded. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	exchange = argc == 1 ? take_exchange() : NULL;
	if (!exchange) {
		fputs("keybag-organisation is started by keybagd; see keybagd(8)\n", stderr);
		return 2;
	}
	exchange->verdict = give_up_privileges() ? run(exchange) : ORGANISATION_UNCONFINED;
	clear_vector_registers();
	wipe_stack();
	heap_wipe();
	/* Not exit(3): the heap is no heap any more. */
	_exit(0);
}
