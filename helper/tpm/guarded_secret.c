// SPDX-License-Identifier: GPL-2.0-or-later
#include "guarded_secret.h"

#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "common/cleanup.h"
#include "derive.h"
#include "guarded_file.h"
#include "nv_writer.h"

#define CONTENT		8	/* of an index: u32 wrong answers, u32 how many it bears, big-endian */
#define MOST_PUBLIC	512

/*
 * Nobody but the key of its policy writes it: not the owner, whose password is empty, and not who knows the passcode. It has no way
 * to be written that a policy of deletion or of the platform would open.
 */
#define ATTRIBUTES	(TPM2_NT_PIN_FAIL << TPMA_NV_TPM2_NT_SHIFT | TPMA_NV_POLICYWRITE | TPMA_NV_OWNERREAD | TPMA_NV_NO_DA)

/* Opens by its policy alone: no password. */
static const TPM2B_PUBLIC object_template = {
	.publicArea = {
		.type = TPM2_ALG_KEYEDHASH,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_NODA,
		.authPolicy.size = SHA256_DIGEST_LENGTH,
		.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
	},
};

static void put_big_endian(uint8_t *at, uint32_t number)
{
	for (size_t i = 0; i < 4; i++)
		at[i] = (uint8_t)(number >> 8 * (3 - i));
}

static uint32_t big_endian(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void name_of(const uint8_t *public_area, size_t length, uint8_t ret_name[SEALED_KEY_NAME])
{
	ret_name[0] = TPM2_ALG_SHA256 >> 8;
	ret_name[1] = TPM2_ALG_SHA256 & 0xff;
	SHA256(public_area, length, ret_name + 2);
}

/* The policy of one command about the entity with that Name, without a reference: part 3, PolicySigned and PolicySecret. */
static void policy_about(TPM2_CC command, const uint8_t name[SEALED_KEY_NAME], TPM2B_DIGEST *ret_policy)
{
	uint8_t input[SHA256_DIGEST_LENGTH + 4 + SEALED_KEY_NAME] = { 0 };

	put_big_endian(input + SHA256_DIGEST_LENGTH, command);
	memcpy(input + SHA256_DIGEST_LENGTH + 4, name, SEALED_KEY_NAME);
	ret_policy->size = SHA256_DIGEST_LENGTH;
	SHA256(input, sizeof(input), ret_policy->buffer);
	SHA256(ret_policy->buffer, SHA256_DIGEST_LENGTH, ret_policy->buffer);
}

/* The index that this key may write. */
static bool shape_index(uint32_t index, const TPM2B_PUBLIC *writer, TPM2B_NV_PUBLIC *ret_public)
{
	uint8_t bytes[MOST_PUBLIC], name[SEALED_KEY_NAME];
	size_t length = 0;

	if (Tss2_MU_TPMT_PUBLIC_Marshal(&writer->publicArea, bytes, sizeof(bytes), &length))
		return false;
	name_of(bytes, length, name);
	*ret_public = (TPM2B_NV_PUBLIC){
		.nvPublic = { .nvIndex = index, .nameAlg = TPM2_ALG_SHA256, .attributes = ATTRIBUTES, .dataSize = CONTENT },
	};
	policy_about(TPM2_CC_PolicySigned, name, &ret_public->nvPublic.authPolicy);
	return true;
}

static bool name_written(const TPM2B_NV_PUBLIC *index, uint8_t ret_name[SEALED_KEY_NAME])
{
	TPMS_NV_PUBLIC written = index->nvPublic;
	uint8_t bytes[MOST_PUBLIC];
	size_t length = 0;

	written.attributes |= TPMA_NV_WRITTEN;
	if (Tss2_MU_TPMS_NV_PUBLIC_Marshal(&written, bytes, sizeof(bytes), &length))
		return false;
	name_of(bytes, length, ret_name);
	return true;
}

enum tpm_verdict guarded_secret_prepare(struct tpm_exchange *exchange)
{
	TPM2B_NV_PUBLIC index;
	TPM2B_PUBLIC writer;

	if (RAND_bytes(exchange->key, sizeof(exchange->key)) != 1 || !nv_writer_make(exchange->writer, &exchange->writer_length) ||
	    !nv_writer_public(exchange->writer, exchange->writer_length, &writer) ||
	    !shape_index(exchange->index, &writer, &index) || !name_written(&index, exchange->name))
		return TPM_NO_MEMORY;
	return TPM_DONE;
}

static bool set_authorisation(TPM2B_AUTH *authorisation, const struct tpm_exchange *exchange)
{
	authorisation->size = TPM_EXCHANGE_KEY;
	return derive_authorisation(exchange->passcode_key, exchange->salt, authorisation->buffer);
}

static bool start_policy(struct talk *talk)
{
	static const TPMT_SYM_DEF no_cipher = { .algorithm = TPM2_ALG_NULL };

	return talk_succeeds(talk, Esys_StartAuthSession(talk->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
							 ESYS_TR_NONE, NULL, TPM2_SE_POLICY, &no_cipher, TPM2_ALG_SHA256,
							 &talk->policy));
}

/* The authorisation goes over the bus encrypted by the session. */
static enum tpm_verdict define_index(struct talk *talk, const TPM2B_NV_PUBLIC *index, const struct tpm_exchange *exchange,
				     ESYS_TR *ret_index)
{
	TPM2B_AUTH authorisation = { 0 };
	TSS2_RC code = TSS2_ESYS_RC_MEMORY;

	if (set_authorisation(&authorisation, exchange))
		code = Esys_NV_DefineSpace(talk->esys, ESYS_TR_RH_OWNER, talk->session, ESYS_TR_NONE, ESYS_TR_NONE, &authorisation,
					   index, ret_index);
	explicit_bzero(&authorisation, sizeof(authorisation));
	if (code == TPM2_RC_NV_DEFINED)
		return TPM_TAKEN;
	if (code == TPM2_RC_NV_SPACE)
		return TPM_NO_INDEX;
	if (TALK_ERROR(code) == TPM2_RC_ATTRIBUTES)
		return TPM_UNFIT;
	return talk_succeeds(talk, code) ? TPM_DONE : talk_verdict(talk);
}

/* By the signature over the nonce of this very session: it is good for no other. */
static bool satisfy_writer(struct talk *talk, const TPM2B_PUBLIC *writer, const struct tpm_exchange *exchange)
{
	static const TPM2B_DIGEST no_command;
	static const TPM2B_NONCE no_reference;
	CLEANUP_FREE TPM2B_NONCE *nonce = NULL;
	TPMT_SIGNATURE signature;
	ESYS_TR key = ESYS_TR_NONE;
	bool done = talk_succeeds(talk, Esys_LoadExternal(talk->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL, writer,
							  ESYS_TR_RH_NULL, &key)) &&
		    talk_succeeds(talk, Esys_TRSess_GetNonceTPM(talk->esys, talk->policy, &nonce)) &&
		    (nv_writer_sign(exchange->writer, exchange->writer_length, nonce, &signature) ||
		     talk_succeeds(talk, TSS2_ESYS_RC_MEMORY)) &&
		    talk_succeeds(talk, Esys_PolicySigned(talk->esys, key, talk->policy, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nonce,
							  &no_command, &no_reference, 0, &signature, NULL, NULL));

	talk_flush(talk, &key);
	return done;
}

static bool write_index(struct talk *talk, ESYS_TR index, const TPM2B_PUBLIC *writer, const struct tpm_exchange *exchange)
{
	TPM2B_MAX_NV_BUFFER content = { .size = CONTENT };

	put_big_endian(content.buffer + 4, TPM_EXCHANGE_TRIES);
	if (!start_policy(talk) || !satisfy_writer(talk, writer, exchange) ||
	    !talk_succeeds(talk, Esys_NV_Write(talk->esys, index, index, talk->policy, ESYS_TR_NONE, ESYS_TR_NONE, &content, 0)))
		return false;
	talk_flush(talk, &talk->policy);
	return true;
}

/* Finds an index as talk->esys knows it, and the Name of what is there. */
static enum tpm_verdict find_index(struct talk *talk, uint32_t index, ESYS_TR *ret_index, uint8_t ret_name[SEALED_KEY_NAME])
{
	TSS2_RC code = Esys_TR_FromTPMPublic(talk->esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ret_index);

	if (TALK_ERROR(code) == TPM2_RC_HANDLE)
		return TPM_GONE;
	return talk_succeeds(talk, code) && talk_read_name(talk, *ret_index, ret_name) ? TPM_DONE : talk_verdict(talk);
}

static bool is_one_of_ours(struct talk *talk, uint32_t number)
{
	CLEANUP_FREE TPM2B_NV_PUBLIC *public_area = NULL;
	uint8_t name[SEALED_KEY_NAME];
	ESYS_TR index = ESYS_TR_NONE;

	return find_index(talk, number, &index, name) == TPM_DONE &&
	       !Esys_NV_ReadPublic(talk->esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &public_area, NULL) &&
	       public_area->nvPublic.attributes == (ATTRIBUTES | TPMA_NV_WRITTEN) && public_area->nvPublic.dataSize == CONTENT;
}

/* The index with that number, if it has that Name. One with the other number of its pair is a later passcode's, as a rule. */
static enum tpm_verdict find_ours(struct talk *talk, uint32_t number, const uint8_t name[SEALED_KEY_NAME], ESYS_TR *ret_index)
{
	uint8_t present[SEALED_KEY_NAME];
	enum tpm_verdict result = find_index(talk, number, ret_index, present);

	if (result == TPM_GONE)
		return is_one_of_ours(talk, number ^ 1) ? TPM_OLDER : talk->code ? talk_verdict(talk) : TPM_GONE;
	if (result != TPM_DONE)
		return result;
	return memcmp(present, name, SEALED_KEY_NAME) ? TPM_FOREIGN : TPM_DONE;
}

/* By what it was made of, also where it was not written: the machine has stopped in between. */
static enum tpm_verdict check_name(struct talk *talk, ESYS_TR index, const uint8_t name[SEALED_KEY_NAME])
{
	CLEANUP_FREE TPM2B_NV_PUBLIC *public_area = NULL;
	uint8_t written[SEALED_KEY_NAME];

	if (!talk_succeeds(talk, Esys_NV_ReadPublic(talk->esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &public_area, NULL)))
		return talk_verdict(talk);
	if (!name_written(public_area, written))
		return TPM_FOREIGN;
	return memcmp(written, name, SEALED_KEY_NAME) ? TPM_FOREIGN : TPM_DONE;
}

static bool read_tries(struct talk *talk, ESYS_TR index, uint32_t *ret_tries)
{
	CLEANUP_FREE TPM2B_MAX_NV_BUFFER *content = NULL;
	uint32_t wrong, most;

	if (!talk_succeeds(talk, Esys_NV_Read(talk->esys, ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, CONTENT,
					      0, &content)))
		return false;
	if (content->size != CONTENT)
		return talk_succeeds(talk, TSS2_TCTI_RC_MALFORMED_RESPONSE);
	wrong = big_endian(content->buffer);
	most = big_endian(content->buffer + 4);
	*ret_tries = most > wrong ? most - wrong : 0;
	return true;
}

static enum tpm_verdict judge(struct talk *talk, TSS2_RC code, ESYS_TR index, struct tpm_exchange *exchange)
{
	switch (code == TPM2_RC_AUTH_UNAVAILABLE ? code : TALK_ERROR(code)) {
	case TPM2_RC_AUTH_UNAVAILABLE:
		exchange->tries = 0;
		return TPM_USED_UP;
	case TPM2_RC_BAD_AUTH:
	case TPM2_RC_AUTH_FAIL:
		/* It has counted, whether the count can be read or not. */
		if (!read_tries(talk, index, &exchange->tries))
			exchange->tries = TPM_EXCHANGE_TRIES_UNKNOWN;
		return TPM_WRONG;
	default:
		talk_succeeds(talk, code);
		return talk_verdict(talk);
	}
}

/* The passcode key to the index; a right one satisfies the policy of the object. */
static enum tpm_verdict satisfy_index(struct talk *talk, ESYS_TR index, struct tpm_exchange *exchange)
{
	static const TPM2B_DIGEST no_command;
	static const TPM2B_NONCE no_nonce, no_reference;
	TPM2B_AUTH authorisation = { 0 };
	TSS2_RC code = TSS2_ESYS_RC_MEMORY;

	if (!start_policy(talk))
		return talk_verdict(talk);
	if (set_authorisation(&authorisation, exchange))
		code = Esys_TR_SetAuth(talk->esys, index, &authorisation);
	explicit_bzero(&authorisation, sizeof(authorisation));
	if (!talk_succeeds(talk, code))
		return talk_verdict(talk);
	code = Esys_PolicySecret(talk->esys, index, talk->policy, talk->session, ESYS_TR_NONE, ESYS_TR_NONE, &no_nonce, &no_command,
				 &no_reference, 0, NULL, NULL);
	if (code)
		return judge(talk, code, index, exchange);
	exchange->tries = TPM_EXCHANGE_TRIES;
	return TPM_DONE;
}

static enum tpm_verdict release(struct talk *talk, ESYS_TR index, const struct guarded_file *file, struct tpm_exchange *exchange)
{
	bool damaged = false;
	enum tpm_verdict result;

	if (!talk_load(talk, &file->object, &damaged))
		return damaged ? TPM_DAMAGED : talk_verdict(talk);
	talk_flush(talk, &talk->storage);
	result = satisfy_index(talk, index, exchange);
	if (result != TPM_DONE)
		return result;
	/* The TPM ends it with its use. */
	if (!talk_succeeds(talk, Esys_TRSess_SetAttributes(talk->esys, talk->policy, 0, TPMA_SESSION_CONTINUESESSION)))
		return talk_verdict(talk);
	if (!talk_unseal(talk, talk->policy, talk->session, exchange->key))
		return talk->code ? talk_verdict(talk) : TPM_DAMAGED;
	talk->policy = ESYS_TR_NONE;
	return TPM_DONE;
}

static enum tpm_verdict make(struct talk *talk, struct guarded_file *file, struct tpm_exchange *exchange, ESYS_TR *index)
{
	TPM2B_PUBLIC writer, object = object_template;
	TPM2B_NV_PUBLIC shape;
	uint8_t name[SEALED_KEY_NAME];
	enum tpm_verdict result;

	if (!nv_writer_public(exchange->writer, exchange->writer_length, &writer) || !shape_index(exchange->index, &writer, &shape) ||
	    !name_written(&shape, file->index_name))
		return TPM_NO_MEMORY;
	if (memcmp(file->index_name, exchange->name, sizeof(exchange->name)) != 0)
		return TPM_DAMAGED;
	result = define_index(talk, &shape, exchange, index);
	if (result != TPM_DONE)
		return result;
	if (!write_index(talk, *index, &writer, exchange) || !talk_read_name(talk, *index, name))
		return talk_verdict(talk);
	if (memcmp(name, file->index_name, sizeof(name)) != 0)
		return TPM_ALTERED;
	policy_about(TPM2_CC_PolicySecret, file->index_name, &object.publicArea.authPolicy);
	return talk_seal(talk, &object, exchange->key, &file->object) ? TPM_DONE : talk_verdict(talk);
}

/* Opened once, before anything depends on it. */
enum tpm_verdict guarded_secret_make(struct talk *talk, struct tpm_exchange *exchange)
{
	struct guarded_file file = { .index = exchange->index };
	uint8_t secret[TPM_EXCHANGE_KEY];
	ESYS_TR index = ESYS_TR_NONE;
	enum tpm_verdict result;
	bool same;

	if (!talk_open_storage(talk, file.storage_name))
		return talk_verdict(talk);
	talk_name_endorsement(talk, file.endorsement_name);
	if (talk->code || !talk_open_session(talk, TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT))
		return talk_verdict(talk);
	result = make(talk, &file, exchange, &index);
	if (result != TPM_DONE)
		return result;
	memcpy(secret, exchange->key, sizeof(secret));
	result = release(talk, index, &file, exchange);
	same = !memcmp(secret, exchange->key, sizeof(secret));
	explicit_bzero(secret, sizeof(secret));
	if (result != TPM_DONE)
		return result == TPM_WRONG ? TPM_ALTERED : result;
	exchange->file_length = (uint32_t)guarded_file_write(&file, exchange->file);
	return same ? TPM_DONE : TPM_ALTERED;
}

enum tpm_verdict guarded_secret_release(struct talk *talk, struct tpm_exchange *exchange)
{
	uint8_t storage[SEALED_KEY_NAME];
	ESYS_TR index = ESYS_TR_NONE;
	struct guarded_file file;
	enum tpm_verdict result = guarded_file_read(exchange->file, exchange->file_length, &file), found;

	if (result != TPM_DONE)
		return result;
	/* Another TPM, or one that was cleared, has no such index, either: that is to be told first. */
	found = find_ours(talk, file.index, file.index_name, &index);
	if (talk->code || !talk_open_storage_kept(talk, exchange, storage))
		return talk_verdict(talk);
	if (memcmp(storage, file.storage_name, sizeof(storage)) != 0)
		return talk_compare_endorsement(talk, file.endorsement_name);
	if (found != TPM_DONE)
		return found;
	if (!talk_open_session(talk, TPMA_SESSION_ENCRYPT | TPMA_SESSION_DECRYPT))
		return talk_verdict(talk);
	return release(talk, index, &file, exchange);
}

enum tpm_verdict guarded_secret_count(struct talk *talk, struct tpm_exchange *exchange)
{
	ESYS_TR index = ESYS_TR_NONE;
	struct guarded_file file;
	enum tpm_verdict result = guarded_file_read(exchange->file, exchange->file_length, &file);

	if (result == TPM_DONE)
		result = find_ours(talk, file.index, file.index_name, &index);
	if (result == TPM_DONE && !read_tries(talk, index, &exchange->tries))
		result = talk_verdict(talk);
	return result;
}

enum tpm_verdict guarded_secret_remove(struct talk *talk, struct tpm_exchange *exchange)
{
	uint8_t present[SEALED_KEY_NAME];
	ESYS_TR index = ESYS_TR_NONE;
	enum tpm_verdict result = find_index(talk, exchange->index, &index, present);

	if (result == TPM_DONE)
		result = check_name(talk, index, exchange->name);
	if (result == TPM_DONE && !talk_succeeds(talk, Esys_NV_UndefineSpace(talk->esys, ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD,
									     ESYS_TR_NONE, ESYS_TR_NONE)))
		result = talk_verdict(talk);
	return result;
}
