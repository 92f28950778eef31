// SPDX-License-Identifier: GPL-2.0-or-later
#include "talk.h"

#include <string.h>
#include <tss2/tss2_mu.h>

#include "common/cleanup.h"
#include "common/deadline.h"
#include "verdict.h"

#define TIME_NS	((TPM_EXCHANGE_SECONDS - 2) * UINT64_C(1000000000))

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

static const TPMT_SYM_DEF session_cipher = { .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB };

bool talk_succeeds(struct talk *talk, TSS2_RC code)
{
	if (code && !talk->code)
		talk->code = code;
	return !code;
}

bool talk_begin(struct talk *talk, int descriptor, bool managed)
{
	*talk = (struct talk){
		.storage = ESYS_TR_NONE, .session = ESYS_TR_NONE, .policy = ESYS_TR_NONE, .object = ESYS_TR_NONE,
		.managed = managed,
	};
	transport_open(&talk->transport, descriptor, deadline_after(TIME_NS));
	return talk_succeeds(talk, Esys_Initialize(&talk->esys, transport_tcti(&talk->transport), NULL));
}

void talk_flush(struct talk *talk, ESYS_TR *object)
{
	if (*object != ESYS_TR_NONE && !talk->transport.silent)
		Esys_FlushContext(talk->esys, *object);
	*object = ESYS_TR_NONE;
}

void talk_end(struct talk *talk)
{
	if (!talk->esys)
		return;
	if (!talk->managed) {
		talk_flush(talk, &talk->object);
		talk_flush(talk, &talk->policy);
		talk_flush(talk, &talk->session);
		talk_flush(talk, &talk->storage);
	}
	Esys_Finalize(&talk->esys);
}

enum tpm_verdict talk_verdict(const struct talk *talk)
{
	return verdict_of(talk->code, talk->transport.silent);
}

bool talk_read_name(struct talk *talk, ESYS_TR object, uint8_t ret_name[SEALED_KEY_NAME])
{
	CLEANUP_FREE TPM2B_NAME *name = NULL;

	if (!talk_succeeds(talk, Esys_TR_GetName(talk->esys, object, &name)))
		return false;
	if (name->size != SEALED_KEY_NAME)
		return talk_succeeds(talk, TSS2_TCTI_RC_MALFORMED_RESPONSE);
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

bool talk_open_storage(struct talk *talk, uint8_t ret_name[SEALED_KEY_NAME])
{
	return talk_succeeds(talk, make_primary(talk, ESYS_TR_RH_OWNER, &talk->storage)) && talk_read_name(talk, talk->storage, ret_name);
}

static bool take_context_in(struct talk *talk, const struct tpm_exchange *exchange)
{
	TPMS_CONTEXT context;
	size_t used = 0;

	return exchange->context_length &&
	       !Tss2_MU_TPMS_CONTEXT_Unmarshal(exchange->context, exchange->context_length, &used, &context) &&
	       !Esys_ContextLoad(talk->esys, &context, &talk->storage);
}

/* Nothing depends on it. */
static void put_context_out(struct talk *talk, struct tpm_exchange *exchange)
{
	CLEANUP_FREE TPMS_CONTEXT *context = NULL;
	size_t length = 0;

	exchange->context_length = 0;
	if (!Esys_ContextSave(talk->esys, talk->storage, &context) &&
	    !Tss2_MU_TPMS_CONTEXT_Marshal(context, exchange->context, TPM_EXCHANGE_CONTEXT, &length))
		exchange->context_length = (uint32_t)length;
}

bool talk_open_storage_kept(struct talk *talk, struct tpm_exchange *exchange, uint8_t ret_name[SEALED_KEY_NAME])
{
	if (take_context_in(talk, exchange))
		return talk_read_name(talk, talk->storage, ret_name);
	if (!talk_open_storage(talk, ret_name))
		return false;
	put_context_out(talk, exchange);
	return true;
}

void talk_name_endorsement(struct talk *talk, uint8_t ret_name[SEALED_KEY_NAME])
{
	ESYS_TR primary = ESYS_TR_NONE;
	TSS2_RC before = talk->code;

	memset(ret_name, 0, SEALED_KEY_NAME);
	if (!make_primary(talk, ESYS_TR_RH_ENDORSEMENT, &primary) && !talk_read_name(talk, primary, ret_name))
		memset(ret_name, 0, SEALED_KEY_NAME);
	talk_flush(talk, &primary);
	/* But for a TPM that has fallen silent. */
	if (!talk->transport.silent)
		talk->code = before;
	else
		talk_succeeds(talk, TSS2_TCTI_RC_IO_ERROR);
}

bool talk_open_session(struct talk *talk, TPMA_SESSION direction)
{
	return talk_succeeds(talk, Esys_StartAuthSession(talk->esys, talk->storage, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
						    NULL, TPM2_SE_HMAC, &session_cipher, TPM2_ALG_SHA256, &talk->session)) &&
	       talk_succeeds(talk, Esys_TRSess_SetAttributes(talk->esys, talk->session, direction | TPMA_SESSION_CONTINUESESSION, 0xff));
}

enum tpm_verdict talk_compare_endorsement(struct talk *talk, const uint8_t endorsement_name[SEALED_KEY_NAME])
{
	static const uint8_t unknown[SEALED_KEY_NAME];
	uint8_t name[SEALED_KEY_NAME];

	talk_name_endorsement(talk, name);
	if (talk->code)
		return talk_verdict(talk);
	if (!memcmp(name, unknown, sizeof(name)) || !memcmp(endorsement_name, unknown, sizeof(name)))
		return TPM_CHANGED;
	return memcmp(name, endorsement_name, sizeof(name)) ? TPM_REPLACED : TPM_CLEARED;
}

bool talk_seal(struct talk *talk, const TPM2B_PUBLIC *template, const uint8_t data[TPM_EXCHANGE_KEY],
	       struct sealed_object *ret_object)
{
	static const TPM2B_DATA no_data;
	static const TPML_PCR_SELECTION no_pcr;
	TPM2B_SENSITIVE_CREATE sensitive = { .sensitive.data.size = TPM_EXCHANGE_KEY };
	CLEANUP_FREE TPM2B_PRIVATE *private_area = NULL;
	CLEANUP_FREE TPM2B_PUBLIC *public_area = NULL;
	size_t public_length = 0, private_length = 0;
	TSS2_RC code;

	memcpy(sensitive.sensitive.data.buffer, data, TPM_EXCHANGE_KEY);
	code = Esys_Create(talk->esys, talk->storage, talk->session, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, template, &no_data, &no_pcr,
			   &private_area, &public_area, NULL, NULL, NULL);
	explicit_bzero(&sensitive, sizeof(sensitive));
	if (!talk_succeeds(talk, code) ||
	    !talk_succeeds(talk, Tss2_MU_TPM2B_PUBLIC_Marshal(public_area, ret_object->public_area, SEALED_KEY_PUBLIC,
							      &public_length)) ||
	    !talk_succeeds(talk, Tss2_MU_TPM2B_PRIVATE_Marshal(private_area, ret_object->private_area, SEALED_KEY_PRIVATE,
							       &private_length)))
		return false;
	ret_object->public_length = (uint16_t)public_length;
	ret_object->private_length = (uint16_t)private_length;
	return true;
}

bool talk_unseal(struct talk *talk, ESYS_TR authorisation, ESYS_TR encryption, uint8_t ret_data[TPM_EXCHANGE_KEY])
{
	CLEANUP_FREE TPM2B_SENSITIVE_DATA *data = NULL;
	bool right;

	if (!talk_succeeds(talk, Esys_Unseal(talk->esys, talk->object, authorisation, encryption, ESYS_TR_NONE, &data)))
		return false;
	right = data->size == TPM_EXCHANGE_KEY;
	if (right)
		memcpy(ret_data, data->buffer, TPM_EXCHANGE_KEY);
	explicit_bzero(data, sizeof(*data));
	return right;
}

/* A wrong object is the fault of whoever kept it, as the primary key is the right one. */
bool talk_load(struct talk *talk, const struct sealed_object *sealed, bool *ret_damaged)
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
	*ret_damaged = code == TPM2_RC_SENSITIVE || TALK_OF_PARAMETER(code) == (TPM2_RC_FMT1 | TPM2_RC_P);
	return talk_succeeds(talk, code);
}

