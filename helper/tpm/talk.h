/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A conversation with the TPM: the storage key, a session with it, and an object under it.
 */
#ifndef TPM_TALK_H
#define TPM_TALK_H

#include <stdbool.h>
#include <tss2/tss2_esys.h>

#include "common/tpm_exchange.h"
#include "sealed_key.h"
#include "transport.h"

struct talk {
	struct transport transport;
	ESYS_CONTEXT *esys;
	ESYS_TR storage;	/* the primary key of the owner hierarchy */
	ESYS_TR session;
	ESYS_TR policy;		/* a session, too */
	ESYS_TR object;
	TSS2_RC code;		/* the first error */
	bool managed;		/* the kernel's resource manager takes out what is left at the end */
};

/* Errors of a handle, parameter or session differ by its number, and by which error it is. */
#define TALK_ERROR(code)	((code) & (TPM2_RC_FMT1 | (TPM2_RC)0x03f))
#define TALK_OF_PARAMETER(code)	((code) & (TPM2_RC_FMT1 | TPM2_RC_P))

bool talk_begin(struct talk *talk, int descriptor, bool managed);
void talk_end(struct talk *talk);

/* Notes the first error. Returns whether there is none. */
bool talk_succeeds(struct talk *talk, TSS2_RC code);

enum tpm_verdict talk_verdict(const struct talk *talk);

/*
 * Takes it out of the TPM. The resource manager puts all that is there in and out for each command: what is taken out early spares
 * time.
 */
void talk_flush(struct talk *talk, ESYS_TR *object);

bool talk_read_name(struct talk *talk, ESYS_TR object, uint8_t ret_name[SEALED_KEY_NAME]);

/* The storage key, and its Name. */
bool talk_open_storage(struct talk *talk, uint8_t ret_name[SEALED_KEY_NAME]);

/*
 * The same, in less time where @exchange has the context of it that was kept; where the TPM does not take that in, or there is none,
 * it is put there.
 */
bool talk_open_storage_kept(struct talk *talk, struct tpm_exchange *exchange, uint8_t ret_name[SEALED_KEY_NAME]);

/*
 * The Name of the same template's key in the endorsement hierarchy, which outlives that the TPM is cleared. Zeros where it has a
 * password, or is off: no fault.
 */
void talk_name_endorsement(struct talk *talk, uint8_t ret_name[SEALED_KEY_NAME]);

/* Why what was sealed by a TPM with that endorsement key is of another storage key. */
enum tpm_verdict talk_compare_endorsement(struct talk *talk, const uint8_t endorsement_name[SEALED_KEY_NAME]);

/* A session whose key only the holder of the storage key can derive: what is encrypted by it nobody reads on the bus. */
bool talk_open_session(struct talk *talk, TPMA_SESSION direction);

/* Makes an object of a template with 32 bytes of data, with the session. */
bool talk_seal(struct talk *talk, const TPM2B_PUBLIC *template, const uint8_t data[TPM_EXCHANGE_KEY],
	       struct sealed_object *ret_object);

/* Loads it as talk->object, with the session. @ret_damaged: it is not one of the storage key's. */
bool talk_load(struct talk *talk, const struct sealed_object *sealed, bool *ret_damaged);

/*
 * Opens talk->object with an authorisation, and a session that encrypts the answer, or ESYS_TR_NONE where the former does.
 * Returns false without an error noted where it has another size.
 */
bool talk_unseal(struct talk *talk, ESYS_TR authorisation, ESYS_TR encryption, uint8_t ret_data[TPM_EXCHANGE_KEY]);

#endif /* TPM_TALK_H */
