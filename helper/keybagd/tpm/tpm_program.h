/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program keybag-tpm: it does one task, of what a memory file says, and ends. Worker threads.
 */
#ifndef KEYBAGD_TPM_PROGRAM_H
#define KEYBAGD_TPM_PROGRAM_H

#include "common/handover.h"
#include "common/tpm_exchange.h"
#include "keybagd/log/request_result.h"

/* The thing that the TPM is asked for, to tell why it does not do it. */
struct tpm_purpose {
	const char *object;	/* begins each text */
	const char *without;	/* the way on where there is no TPM any more: part of a sentence */
	/* Notes what an enum tpm_verdict other than TPM_DONE means, with the remedy. Returns the errno. */
	int (*explain)(const struct tpm_purpose *purpose, uint32_t verdict, uint32_t code, struct request_result *ret_result);
};

/* A memory file for that task, a struct tpm_exchange. Returns 0 or a negative errno that is in the result. */
int tpm_program_begin(enum tpm_task task, struct handover *ret_memory, struct request_result *ret_result);

/*
 * Has the task done. Takes up to TPM_EXCHANGE_SECONDS; a TPM that was silent is not asked again for as long as that. Returns 0 or a
 * negative errno that is in the result, where the program's verdict is TPM_UNDECIDED if it was not started.
 */
int tpm_program_ask(const struct tpm_purpose *purpose, const struct handover *memory, struct request_result *ret_result);

#endif /* KEYBAGD_TPM_PROGRAM_H */
