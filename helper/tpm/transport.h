/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands to a TPM and its answers, over a descriptor that somebody else has opened: /dev/tpmrm0, or a socket to a
 * simulator. A TCTI of tpm2-tss.
 */
#ifndef TPM_TRANSPORT_H
#define TPM_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <tss2/tss2_tcti.h>

#define TRANSPORT_SIZE	4096	/* of a command or an answer */

struct transport {
	TSS2_TCTI_CONTEXT_COMMON_V1 common;	/* first: tpm2-tss knows no more of it */
	int descriptor;
	uint64_t deadline;			/* of all answers together: deadline.h */
	bool silent;				/* the deadline has passed */
	uint32_t length;			/* of the answer that is here; 0: none */
	uint8_t answer[TRANSPORT_SIZE];
};

void transport_open(struct transport *transport, int descriptor, uint64_t deadline);
TSS2_TCTI_CONTEXT *transport_tcti(struct transport *transport);

#endif /* TPM_TRANSPORT_H */
