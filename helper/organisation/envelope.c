// SPDX-License-Identifier: GPL-2.0-or-later
#include "envelope.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <string.h>

#include "common/crypto_free.h"
#include "common/organisation_record.h"
#include "common/recovery_code.h"

DEFINE_CLEANUP(BIO, free_stream, BIO_free)
DEFINE_CLEANUP(CMS_ContentInfo, free_message, CMS_ContentInfo_free)

/* Not what libcrypto chooses by itself: PKCS #1 1.5, and SHA-1 to derive the key that wraps. */
static bool choose_algorithms(CMS_RecipientInfo *recipient)
{
	EVP_PKEY_CTX *context = CMS_RecipientInfo_get0_pkey_ctx(recipient);

	if (!context)
		return false;
	switch (CMS_RecipientInfo_type(recipient)) {
	case CMS_RECIPINFO_TRANS:
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
		       EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) > 0 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) > 0;
	case CMS_RECIPINFO_AGREE:
		return EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()) > 0;
	default:
		return false;
	}
}

/* By its key's identifier where it has one: names of issuers may be long, and a keybag has little room. */
static unsigned int recipient_flags(X509 *certificate)
{
	return CMS_KEY_PARAM | (X509_get0_subject_key_id(certificate) ? CMS_USE_KEYID : 0);
}

static enum organisation_verdict seal(X509 *certificate, const char *text, size_t length, CMS_ContentInfo *message)
{
	CLEANUP(free_stream) BIO *stream = BIO_new_mem_buf(text, (int)length);
	CMS_RecipientInfo *recipient;

	if (!stream)
		return ORGANISATION_FAILED;
	recipient = CMS_add1_recipient_cert(message, certificate, recipient_flags(certificate));
	if (!recipient || !choose_algorithms(recipient))
		return ORGANISATION_ALGORITHM;
	return CMS_final(message, stream, NULL, CMS_BINARY) == 1 ? ORGANISATION_DONE : ORGANISATION_ALGORITHM;
}

static enum organisation_verdict put(CMS_ContentInfo *message, struct organisation_exchange *exchange)
{
	CLEANUP(free_bytes) unsigned char *der = NULL;
	int length = i2d_CMS_ContentInfo(message, &der);

	if (length <= 0)
		return ORGANISATION_FAILED;
	if (length > ORGANISATION_MAX_SEALED)
		return ORGANISATION_ROOM;
	memcpy(exchange->sealed, der, (size_t)length);
	exchange->sealed_length = (uint32_t)length;
	return ORGANISATION_DONE;
}

enum organisation_verdict envelope_seal(X509 *certificate, struct organisation_exchange *exchange)
{
	CLEANUP(free_message) CMS_ContentInfo *message =
		CMS_encrypt(NULL, NULL, EVP_aes_256_gcm(), CMS_PARTIAL | CMS_BINARY);
	char text[RECOVERY_CODE_LENGTH + 1];
	enum organisation_verdict verdict;

	if (!message)
		return ORGANISATION_FAILED;
	recovery_code_format(RECOVERY_CODE_ORGANISATION, exchange->secret, text);
	text[RECOVERY_CODE_LENGTH] = '\n';
	verdict = seal(certificate, text, sizeof(text), message);
	explicit_bzero(text, sizeof(text));
	return verdict == ORGANISATION_DONE ? put(message, exchange) : verdict;
}
