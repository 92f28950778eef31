// SPDX-License-Identifier: GPL-2.0-or-later
#include "certificate.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "common/crypto_free.h"
#include "common/utf8.h"

#define RSA_LEAST	2048
#define RSA_MOST	4096	/* what is sealed to it fits into a keybag */

DEFINE_CLEANUP(BIO, free_stream, BIO_free)

/* ---- Reading ------------------------------------------------------------------------------------ */

/* All of it: what stands behind is no part of a certificate. */
static X509 *read_der(const uint8_t *bytes, size_t length)
{
	const uint8_t *end = bytes;
	X509 *certificate = d2i_X509(NULL, &end, (long)length);

	if (certificate && end == bytes + length)
		return certificate;
	X509_free(certificate);
	return NULL;
}

/* One block of PEM; those of other kinds than certificates and keys, parameters of a curve, say, are passed over. */
static enum organisation_verdict take_block(const char *name, const uint8_t *bytes, size_t length, X509 **certificate)
{
	if (strstr(name, "PRIVATE KEY"))
		return ORGANISATION_PRIVATE_KEY;
	if (strcmp(name, PEM_STRING_X509) != 0 && strcmp(name, PEM_STRING_X509_OLD) != 0)
		return ORGANISATION_DONE;
	if (*certificate)
		return ORGANISATION_SEVERAL;
	*certificate = read_der(bytes, length);
	return *certificate ? ORGANISATION_DONE : ORGANISATION_NO_CERTIFICATE;
}

static enum organisation_verdict read_pem(const uint8_t *bytes, size_t length, X509 **certificate)
{
	CLEANUP(free_stream) BIO *stream = BIO_new_mem_buf(bytes, (int)length);
	enum organisation_verdict verdict = stream ? ORGANISATION_DONE : ORGANISATION_FAILED;
	char *name, *header;
	unsigned char *block;
	long size;

	while (verdict == ORGANISATION_DONE && PEM_read_bio(stream, &name, &header, &block, &size) == 1) {
		verdict = take_block(name, block, (size_t)size, certificate);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(block, (size_t)size);
	}
	if (verdict == ORGANISATION_DONE && !*certificate)
		return ORGANISATION_NO_CERTIFICATE;
	return verdict;
}

enum organisation_verdict certificate_read(const struct organisation_exchange *exchange, X509 **ret_certificate)
{
	enum organisation_verdict verdict;
	X509 *certificate = read_der(exchange->certificate, exchange->certificate_length);

	verdict = certificate ? ORGANISATION_DONE :
		  read_pem(exchange->certificate, exchange->certificate_length, &certificate);
	if (verdict == ORGANISATION_DONE)
		*ret_certificate = certificate;
	else
		X509_free(certificate);
	return verdict;
}

/* ---- Its key ------------------------------------------------------------------------------------ */

static enum organisation_verdict check_length(const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	if (bits < RSA_LEAST)
		return ORGANISATION_WEAK;
	return bits > RSA_MOST ? ORGANISATION_LONG : ORGANISATION_DONE;
}

/* By its name: parameters that are spelled out are another curve, whatever they say. */
static enum organisation_verdict check_curve(const EVP_PKEY *key)
{
	static const char *const curves[] = { "prime256v1", "secp384r1", "secp521r1" };
	char encoding[32], name[64];
	size_t length;

	if (!EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof(encoding), &length) ||
	    strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) != 0 || !EVP_PKEY_get_group_name(key, name, sizeof(name), &length))
		return ORGANISATION_CURVE;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (!strcmp(name, curves[i]))
			return ORGANISATION_DONE;
	return ORGANISATION_CURVE;
}

/*
 * A modulus that is prime, an exponent of 1, a point beside the curve: what is sealed to such a key is open, or
 * never opens.
 */
static bool is_sound(EVP_PKEY *key)
{
	CLEANUP(free_pkey_context) EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

	return context && EVP_PKEY_public_check(context) == 1;
}

static enum organisation_verdict check_kind(const EVP_PKEY *key, uint32_t *ret_usage)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		*ret_usage = KU_KEY_ENCIPHERMENT;
		return check_length(key);
	case EVP_PKEY_EC:
		*ret_usage = KU_KEY_AGREEMENT;
		return check_curve(key);
	case EVP_PKEY_X25519:
		*ret_usage = KU_KEY_AGREEMENT;
		return ORGANISATION_DONE;
	default:
		return ORGANISATION_ALGORITHM;
	}
}

enum organisation_verdict certificate_check_key(X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);
	enum organisation_verdict verdict;
	uint32_t usage;

	if (!key)
		return ORGANISATION_ALGORITHM;
	verdict = check_kind(key, &usage);
	if (verdict != ORGANISATION_DONE)
		return verdict;
	/* All bits where it says nothing of usage. */
	if (!(X509_get_key_usage(certificate) & usage))
		return ORGANISATION_USAGE;
	return is_sound(key) ? ORGANISATION_DONE : ORGANISATION_UNSOUND;
}

/* ---- Facts -------------------------------------------------------------------------------------- */

enum organisation_verdict certificate_check_dates(const X509 *certificate)
{
	/* 0: not a time. */
	if (X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0)
		return ORGANISATION_NOT_YET;
	return X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0 ? ORGANISATION_EXPIRED : ORGANISATION_DONE;
}

static bool seconds_of(const ASN1_TIME *time, int64_t *ret_seconds)
{
	struct tm parts;

	if (!ASN1_TIME_to_tm(time, &parts))
		return false;
	*ret_seconds = timegm(&parts);
	return true;
}

/* Cut off at a character, and none that speaks to a terminal or ends a line. */
static void put_subject(const char *text, size_t length, char ret_subject[ORGANISATION_SUBJECT])
{
	size_t end = length < ORGANISATION_SUBJECT ? length : ORGANISATION_SUBJECT - 1;

	while (end && end < length && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	memcpy(ret_subject, text, end);
	ret_subject[end] = 0;
	for (char *at = ret_subject; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	utf8_mend(ret_subject);
}

static bool describe_subject(X509 *certificate, char ret_subject[ORGANISATION_SUBJECT])
{
	CLEANUP(free_stream) BIO *stream = BIO_new(BIO_s_mem());
	char *text;
	long length;

	if (!stream || X509_NAME_print_ex(stream, X509_get_subject_name(certificate), 0,
					  XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
		return false;
	length = BIO_get_mem_data(stream, &text);
	if (length < 0)
		return false;
	put_subject(text, (size_t)length, ret_subject);
	return true;
}

enum organisation_verdict certificate_describe(X509 *certificate, struct organisation_exchange *exchange)
{
	CLEANUP(free_bytes) unsigned char *der = NULL;
	int length = i2d_X509(certificate, &der);

	if (length <= 0 || length > ORGANISATION_CERTIFICATE || !describe_subject(certificate, exchange->subject) ||
	    !seconds_of(X509_get0_notBefore(certificate), &exchange->not_before) ||
	    !seconds_of(X509_get0_notAfter(certificate), &exchange->not_after) ||
	    !EVP_Digest(der, (size_t)length, exchange->digest, NULL, EVP_sha256(), NULL))
		return ORGANISATION_FAILED;
	memcpy(exchange->certificate, der, (size_t)length);
	exchange->certificate_length = (uint32_t)length;
	return ORGANISATION_DONE;
}
