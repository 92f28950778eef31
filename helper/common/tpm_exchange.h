/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory file that keybagd shares with keybag-tpm, the program that talks to a TPM: keybagd writes what is to be done,
 * the program what became of it. Both are of one build, which @version tells.
 */
#ifndef KEYBAG_COMMON_TPM_EXCHANGE_H
#define KEYBAG_COMMON_TPM_EXCHANGE_H

#include <stdint.h>

#define TPM_EXCHANGE_VERSION	1
#define TPM_EXCHANGE_KEY	32	/* bytes of a device key */
#define TPM_EXCHANGE_ID		16	/* bytes of its id */
#define TPM_EXCHANGE_FILE	1024	/* bytes of device.tpm at most */

/* Descriptors of the program. */
#define TPM_EXCHANGE_DESCRIPTOR	3	/* the memory file */
#define TPM_EXCHANGE_TPM	4	/* the TPM: takes commands, gives answers; non-blocking */

/* A program that has not come to an end after this time is ended. It gives the TPM up two seconds earlier. */
#define TPM_EXCHANGE_SECONDS	10

enum tpm_verdict {
	TPM_UNDECIDED,		/* the program has not come to an end */
	TPM_DONE,
	TPM_SILENT,		/* no answer in time */
	TPM_UNREACHABLE,	/* its device reports errors, or its answers are no answers */
	TPM_CLEARED,		/* sealed before it was cleared: its endorsement seed is the same, its storage seed is another */
	TPM_REPLACED,		/* sealed by another one */
	TPM_CHANGED,		/* one of the two */
	TPM_DAMAGED,		/* the file */
	TPM_NEWER,		/* the file is of a newer version */
	TPM_LOCKED_OUT,
	TPM_OWNED,		/* a password is on the owner hierarchy */
	TPM_DISABLED,		/* the owner hierarchy is off */
	TPM_FULL,
	TPM_UNFIT,		/* lacks an algorithm */
	TPM_BROKEN,		/* failure mode */
	TPM_ALTERED,		/* its answers do not verify */
	TPM_REFUSES,		/* any other error: @code */
	TPM_NO_MEMORY,		/* of this machine */
	TPM_UNCONFINED,		/* the kernel refuses the program's confinement, without which it does nothing */
};

enum tpm_task {
	TPM_SEAL = 1,		/* @key to @file */
	TPM_OPEN,		/* @file to @key */
};

struct tpm_exchange {
	uint32_t version;
	uint32_t task;		/* enum tpm_task */
	uint32_t verdict;	/* enum tpm_verdict */
	uint32_t code;		/* response code of the TPM or of tpm2-tss, of most verdicts; 0: none */
	uint32_t file_length;
	uint8_t file[TPM_EXCHANGE_FILE];
	uint8_t id[TPM_EXCHANGE_ID];	/* of @key; of a file that was not opened what its header says, zeros where that is damaged */
	uint8_t key[TPM_EXCHANGE_KEY];
};

#endif /* KEYBAG_COMMON_TPM_EXCHANGE_H */
