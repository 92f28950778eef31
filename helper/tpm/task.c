// SPDX-License-Identifier: GPL-2.0-or-later
#include "task.h"

#include <stdbool.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "key_id.h"
#include "sealed_key.h"
#include "transport.h"
#include "verdict.h"

#define TIME_NS	((TPM_EXCHANGE_SECONDS - 2) * UINT64_C(1000000000))

/* Errors of a parameter differ by its number, and by which error it is. */
#define OF_PARAMETER	(TPM2_RC_N_MASK | (TPM2_RC)0x03f)

/* A conversation with the TPM. */
struct talk {
	struct transport transport;
	ESYS_CONTEXT *esys;
	ESYS_TR storage;	/* the primary key of the owner hierarchy */
	ESYS_TR session;
	ESYS_TR object;
	TSS2_RC code;		/* the first error */
};

/* Key of a storage hierarchy, P-256: made from the hierarchy's seed, the same each time until the TPM is cleared. */
static const TPM2B_PUBLIC primary_template = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
				    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
		.parameters.eccDetail = {
			.symmetric = { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB },
			.scheme.scheme = TPM2_ALG_NULL,
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
	},
};

/* Data that never leaves its TPM; wrong authorisations, which there are none of, would not count. */
static const TPM2B_PUBLIC object_template = {
	.publicArea = {
		.type = TPM2_ALG_KEYEDHASH,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA,
		.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
	},
};

static const TPMT_SYM_DEF session_cipher = { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB };

static bool succeeds(struct talk *talk, TSS2_RC code)
{
	if (code && !talk->code)
		talk->code = code;
	return !code;
}

static bool begin(struct talk *talk, int descriptor)
{
	*talk = (struct talk){ .storage = ESYS_TR_NONE, .session = ESYS_TR_NONE, .object = ESYS_TR_NONE };
	transport_open(&talk->transport, descriptor, deadline_after(TIME_NS));
	return succeeds(talk, Esys_Initialize(&talk->esys, transport_tcti(&talk->transport), NULL));
}

/* A simulator, or a kernel without resource manager, would keep them. */
static void flush(struct talk *talk, ESYS_TR *object)
{
	if (*object != ESYS_TR_NONE && !talk->transport.silent)
		Esys_FlushContext(talk->esys, *object);
	*object = ESYS_TR_NONE;
}

static void end(struct talk *talk)
{
	if (!talk->esys)
		return;
	flush(talk, &talk->object);
	flush(talk, &talk->session);
	flush(talk, &talk->storage);
	Esys_Finalize(&talk->esys);
}

static enum tpm_verdict verdict(const struct talk *talk)
{
	return verdict_of(talk->code, talk->transport.silent);
}

static bool read_name(struct talk *talk, ESYS_TR object, uint8_t ret_name[SEALED_KEY_NAME])
{
	CLEANUP_FREE TPM2B_NAME *name = NULL;

	if (!succeeds(talk, Esys_TR_GetName(talk->esys, object, &name)))
		return false;
	if (name->size != SEALED_KEY_NAME)
		return succeeds(talk, TSS2_TCTI_RC_MALFORMED_RESPONSE);
	memcpy(ret_name, name->name, SEALED_KEY_NAME);
	return true;
}

static TSS2_RC make_primary(struct talk *talk, ESYS_TR hierarchy, ESYS_TR *ret_primary)
{
	static const TPM2B_SENSITIVE_CREATE nothing;
	static const TPM2B_DATA no_data;
	static const TPML_PCR_SELECTION no_pcr;

	return Esys_CreatePrimary(talk->esys, hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &nothing, &primary_template,
				  &no_data, &no_pcr, ret_primary, NULL, NULL, NULL, NULL);
}

/* The primary key that D is sealed under, and its Name. */
static bool open_storage(struct talk *talk, uint8_t ret_name[SEALED_KEY_NAME])
{
	return succeeds(talk, make_primary(talk, ESYS_TR_RH_OWNER, &talk->storage)) && read_name(talk, talk->storage, ret_name);
}

/* Outlives that the TPM is cleared. Zeros where it has a password, or is off: no fault. */
static void name_endorsement(struct talk *talk, uint8_t ret_name[SEALED_KEY_NAME])
{
	ESYS_TR primary = ESYS_TR_NONE;
	TSS2_RC before = talk->code;

	memset(ret_name, 0, SEALED_KEY_NAME);
	if (!make_primary(talk, ESYS_TR_RH_ENDORSEMENT, &primary) && !read_name(talk, primary, ret_name))
		memset(ret_name, 0, SEALED_KEY_NAME);
	flush(talk, &primary);
	/* But for a TPM that has fallen silent. */
	if (!talk->transport.silent)
		talk->code = before;
	else
		succeeds(talk, TSS2_TCTI_RC_IO_ERROR);
}

/* A session whose key only the holder of the primary key can derive: what is encrypted by it nobody reads on the bus. */
static bool open_session(struct talk *talk, TPMA_SESSION direction)
{
	return succeeds(talk, Esys_StartAuthSession(talk->esys, talk->storage, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
						    NULL, TPM2_SE_HMAC, &session_cipher, TPM2_ALG_SHA256, &talk->session)) &&
	       succeeds(talk, Esys_TRSess_SetAttributes(talk->esys, talk->session, direction | TPMA_SESSION_CONTINUESESSION, 0xff));
}

static bool make_object(struct talk *talk, const uint8_t *key, struct sealed_key *sealed)
{
	static const TPM2B_DATA no_data;
	static const TPML_PCR_SELECTION no_pcr;
	TPM2B_SENSITIVE_CREATE sensitive = { .sensitive.data.size = TPM_EXCHANGE_KEY };
	CLEANUP_FREE TPM2B_PRIVATE *private_area = NULL;
	CLEANUP_FREE TPM2B_PUBLIC *public_area = NULL;
	size_t public_length = 0, private_length = 0;
	TSS2_RC code;

	memcpy(sensitive.sensitive.data.buffer, key, TPM_EXCHANGE_KEY);
	code = Esys_Create(talk->esys, talk->storage, talk->session, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &object_template, &no_data,
			   &no_pcr, &private_area, &public_area, NULL, NULL, NULL);
	explicit_bzero(&sensitive, sizeof(sensitive));
	if (!succeeds(talk, code) ||
	    !succeeds(talk, Tss2_MU_TPM2B_PUBLIC_Marshal(public_area, sealed->public_area, SEALED_KEY_PUBLIC, &public_length)) ||
	    !succeeds(talk, Tss2_MU_TPM2B_PRIVATE_Marshal(private_area, sealed->private_area, SEALED_KEY_PRIVATE, &private_length)))
		return false;
	sealed->public_length = (uint16_t)public_length;
	sealed->private_length = (uint16_t)private_length;
	return true;
}

static enum tpm_verdict seal(struct talk *talk, struct tpm_exchange *exchange)
{
	struct sealed_key sealed = { 0 };

	if (!open_storage(talk, sealed.storage_name))
		return verdict(talk);
	name_endorsement(talk, sealed.endorsement_name);
	if (talk->code || !open_session(talk, TPMA_SESSION_DECRYPT) || !make_object(talk, exchange->key, &sealed))
		return verdict(talk);
	memcpy(sealed.id, exchange->id, sizeof(sealed.id));
	exchange->file_length = (uint32_t)sealed_key_write(&sealed, exchange->file);
	return TPM_DONE;
}

/* Why the file is of another primary key. */
static enum tpm_verdict compare_endorsement(struct talk *talk, const struct sealed_key *sealed)
{
	static const uint8_t unknown[SEALED_KEY_NAME];
	uint8_t name[SEALED_KEY_NAME];

	name_endorsement(talk, name);
	if (talk->code)
		return verdict(talk);
	if (!memcmp(name, unknown, sizeof(name)) || !memcmp(sealed->endorsement_name, unknown, sizeof(name)))
		return TPM_CHANGED;
	return memcmp(name, sealed->endorsement_name, sizeof(name)) ? TPM_REPLACED : TPM_CLEARED;
}

/* Which object it is: a wrong one is the file's fault, as the primary key is the right one. */
static bool load_object(struct talk *talk, const struct sealed_key *sealed, bool *ret_damaged)
{
	TPM2B_PRIVATE private_area = { 0 };
	TPM2B_PUBLIC public_area = { 0 };
	size_t public_used = 0, private_used = 0;
	TSS2_RC code;

	*ret_damaged = Tss2_MU_TPM2B_PUBLIC_Unmarshal(sealed->public_area, sealed->public_length, &public_used, &public_area) ||
		       Tss2_MU_TPM2B_PRIVATE_Unmarshal(sealed->private_area, sealed->private_length, &private_used, &private_area) ||
		       public_used != sealed->public_length || private_used != sealed->private_length;
	if (*ret_damaged)
		return false;
	code = Esys_Load(talk->esys, talk->storage, talk->session, ESYS_TR_NONE, ESYS_TR_NONE, &private_area, &public_area,
			 &talk->object);
	*ret_damaged = code == TPM2_RC_SENSITIVE || (code & ~OF_PARAMETER) == (TPM2_RC_FMT1 | TPM2_RC_P);
	return succeeds(talk, code);
}

static bool unseal(struct talk *talk, struct tpm_exchange *exchange)
{
	CLEANUP_FREE TPM2B_SENSITIVE_DATA *data = NULL;
	bool right;

	if (!succeeds(talk, Esys_Unseal(talk->esys, talk->object, talk->session, ESYS_TR_NONE, ESYS_TR_NONE, &data)))
		return false;
	right = data->size == TPM_EXCHANGE_KEY;
	if (right)
		memcpy(exchange->key, data->buffer, TPM_EXCHANGE_KEY);
	explicit_bzero(data, sizeof(*data));
	return right;
}

static enum tpm_verdict open_sealed(struct talk *talk, const struct sealed_key *sealed, struct tpm_exchange *exchange)
{
	uint8_t name[SEALED_KEY_NAME], id[TPM_EXCHANGE_ID];
	bool damaged = false;

	if (!open_storage(talk, name))
		return verdict(talk);
	if (memcmp(name, sealed->storage_name, sizeof(name)) != 0)
		return compare_endorsement(talk, sealed);
	if (!open_session(talk, TPMA_SESSION_ENCRYPT) || !load_object(talk, sealed, &damaged))
		return damaged ? TPM_DAMAGED : verdict(talk);
	if (!unseal(talk, exchange))
		return talk->code ? verdict(talk) : TPM_DAMAGED;
	if (!key_id(exchange->key, id))
		return TPM_NO_MEMORY;
	return memcmp(id, sealed->id, sizeof(id)) ? TPM_DAMAGED : TPM_DONE;
}

static enum tpm_verdict run(struct talk *talk, struct tpm_exchange *exchange, const struct sealed_key *sealed)
{
	if (!talk->esys)
		return verdict(talk);
	return exchange->task == TPM_SEAL ? seal(talk, exchange) : open_sealed(talk, sealed, exchange);
}

void task_run(struct tpm_exchange *exchange, int descriptor)
{
	struct sealed_key sealed = { 0 };
	enum tpm_verdict result = TPM_DONE;
	struct talk talk;

	if (exchange->task == TPM_OPEN)
		result = sealed_key_read(exchange->file, exchange->file_length, &sealed);
	else if (!key_id(exchange->key, sealed.id))
		result = TPM_NO_MEMORY;
	memcpy(exchange->id, sealed.id, sizeof(sealed.id));
	if (result == TPM_DONE) {
		begin(&talk, descriptor);
		result = run(&talk, exchange, &sealed);
		exchange->code = result == TPM_DONE ? 0 : talk.code;
		end(&talk);
	}
	if (result != TPM_DONE)
		explicit_bzero(exchange->key, sizeof(exchange->key));
	exchange->verdict = result;
}
