// SPDX-License-Identifier: GPL-2.0-or-later
#include "task.h"

#include <string.h>

#include "derive.h"
#include "guarded_secret.h"
#include "sealed_key.h"
#include "talk.h"

/* Data that never leaves its TPM; wrong authorisations, which there are none of, would not count. */
static const TPM2B_PUBLIC object_template = {
	.publicArea = {
		.type = TPM2_ALG_KEYEDHASH,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA,
		.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
	},
};

static enum tpm_verdict seal(struct talk *talk, struct tpm_exchange *exchange, struct sealed_key *sealed)
{
	if (!talk_open_storage(talk, sealed->storage_name))
		return talk_verdict(talk);
	talk_name_endorsement(talk, sealed->endorsement_name);
	if (talk->code || !talk_open_session(talk, TPMA_SESSION_DECRYPT) ||
	    !talk_seal(talk, &object_template, exchange->key, &sealed->object))
		return talk_verdict(talk);
	exchange->file_length = (uint32_t)sealed_key_write(sealed, exchange->file);
	return TPM_DONE;
}

static enum tpm_verdict open_sealed(struct talk *talk, struct tpm_exchange *exchange, struct sealed_key *sealed)
{
	uint8_t name[SEALED_KEY_NAME], id[TPM_EXCHANGE_ID];
	bool damaged = false;

	if (!talk_open_storage(talk, name))
		return talk_verdict(talk);
	if (memcmp(name, sealed->storage_name, sizeof(name)) != 0)
		return talk_compare_endorsement(talk, sealed->endorsement_name);
	if (!talk_open_session(talk, TPMA_SESSION_ENCRYPT) || !talk_load(talk, &sealed->object, &damaged))
		return damaged ? TPM_DAMAGED : talk_verdict(talk);
	if (!talk_unseal(talk, talk->session, ESYS_TR_NONE, exchange->key))
		return talk->code ? talk_verdict(talk) : TPM_DAMAGED;
	if (!derive_key_id(exchange->key, id))
		return TPM_NO_MEMORY;
	return memcmp(id, sealed->id, sizeof(id)) ? TPM_DAMAGED : TPM_DONE;
}

/* The part of the task that needs no TPM. */
static enum tpm_verdict prepare(struct tpm_exchange *exchange, struct sealed_key *sealed)
{
	enum tpm_verdict result = TPM_DONE;

	switch (exchange->task) {
	case TPM_OPEN:
		result = sealed_key_read(exchange->file, exchange->file_length, sealed);
		break;
	case TPM_SEAL:
		result = derive_key_id(exchange->key, sealed->id) ? TPM_DONE : TPM_NO_MEMORY;
		break;
	case TPM_GUARD_PREPARE:
		return guarded_secret_prepare(exchange);
	default:
		return TPM_DONE;
	}
	memcpy(exchange->id, sealed->id, sizeof(sealed->id));
	return result;
}

static enum tpm_verdict run(struct talk *talk, struct tpm_exchange *exchange, struct sealed_key *sealed)
{
	if (!talk->esys)
		return talk_verdict(talk);
	switch (exchange->task) {
	case TPM_SEAL:
		return seal(talk, exchange, sealed);
	case TPM_OPEN:
		return open_sealed(talk, exchange, sealed);
	case TPM_GUARD:
		return guarded_secret_make(talk, exchange);
	case TPM_RELEASE:
		return guarded_secret_release(talk, exchange);
	case TPM_COUNT:
		return guarded_secret_count(talk, exchange);
	default:
		return guarded_secret_remove(talk, exchange);
	}
}

void task_run(struct tpm_exchange *exchange, int descriptor, bool managed)
{
	struct sealed_key sealed = { 0 };
	enum tpm_verdict result = prepare(exchange, &sealed);
	struct talk talk;

	if (result == TPM_DONE && exchange->task != TPM_GUARD_PREPARE) {
		talk_begin(&talk, descriptor, managed);
		result = run(&talk, exchange, &sealed);
		exchange->code = result == TPM_DONE ? 0 : talk.code;
		talk_end(&talk);
	}
	if (result != TPM_DONE)
		explicit_bzero(exchange->key, sizeof(exchange->key));
	exchange->verdict = result;
}
