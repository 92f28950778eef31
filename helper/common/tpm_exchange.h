/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory file that keybagd shares with keybag-tpm, the program that talks to a TPM: keybagd writes what is to be done,
 * the program what became of it. Both are of one build, which @version tells.
 */
#ifndef KEYBAG_COMMON_TPM_EXCHANGE_H
#define KEYBAG_COMMON_TPM_EXCHANGE_H

#include <stdint.h>

#define TPM_EXCHANGE_VERSION	2
#define TPM_EXCHANGE_KEY	32	/* bytes of a device key, of a passcode key, of what an index guards */
#define TPM_EXCHANGE_SALT	32	/* of a passcode */
#define TPM_EXCHANGE_NAME	34	/* of an index: u16 algorithm, SHA-256 */
#define TPM_EXCHANGE_WRITER	160	/* bytes of the key that may write an index, once, at most */
#define TPM_EXCHANGE_ID		16	/* bytes of its id */
#define TPM_EXCHANGE_FILE	1024	/* bytes of device.tpm, or of a guarded secret, at most */
#define TPM_EXCHANGE_CONTEXT	3072	/* bytes of a storage key, kept outside of the TPM, at most */

/* Wrong answers in a row that an index bears; nothing resets it after that. */
#define TPM_EXCHANGE_TRIES	64
#define TPM_EXCHANGE_TRIES_UNKNOWN	0xffffffff

/* The first of the 2^20 indexes that Keybag's are of. They are of pairs, the first of which is even: see TPM_OLDER. */
#define TPM_EXCHANGE_INDEX	0x01900000
#define TPM_EXCHANGE_INDEX_MASK	0x000fffff

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
	TPM_TAKEN,		/* there is an index with that number */
	TPM_WRONG,		/* the passcode key; it counts */
	TPM_USED_UP,		/* as many as the index bears */
	TPM_GONE,		/* there is no index with that number */
	TPM_OLDER,		/* the same, but one with the other number of the pair: a later passcode's, as it seems */
	TPM_FOREIGN,		/* the index with that number is another one */
	TPM_NO_INDEX,		/* no room for another index */
};

enum tpm_task {
	TPM_SEAL = 1,		/* @key to @file */
	TPM_OPEN,		/* @file to @key */
	TPM_GUARD_PREPARE,	/* @index to @name, @writer, @key: makes what TPM_GUARD takes, without the TPM */
	TPM_GUARD,		/* these, @passcode_key and @salt to an index that guards @key, and to @file */
	TPM_RELEASE,		/* @file, @passcode_key and @salt to @key and @tries; TPM_WRONG, too, tells @tries */
	TPM_COUNT,		/* @file to @tries */
	TPM_REMOVE,		/* @index, which has to have @name */
	TPM_TASKS,
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
	uint8_t passcode_key[TPM_EXCHANGE_KEY];
	uint8_t salt[TPM_EXCHANGE_SALT];
	uint32_t index;
	uint8_t name[TPM_EXCHANGE_NAME];	/* of the index once it was written */
	uint32_t tries;				/* that are left */
	uint32_t writer_length;
	uint8_t writer[TPM_EXCHANGE_WRITER];
	/* The storage key as the TPM has put it out, to be taken in again: kept from one use to the next, for it is made slowly. */
	uint32_t context_length;
	uint8_t context[TPM_EXCHANGE_CONTEXT];
};

#endif /* KEYBAG_COMMON_TPM_EXCHANGE_H */
