// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PKCS#12 that lacks what is optional: contents of its parts, a MAC, encryption.
 */
#include <string.h>

#include <openssl/pkcs12.h>

#include "helper/keychain/include/keychain-status.h"
#include "tests/certificate/make.h"
#include "tests/unit/lib/read_container.h"
#include "tests/unit/lib/tap.h"

#define PASSPHRASE	"correct horse"

/* Takes @made. */
static int read_pkcs12(PKCS12 *made)
{
	unsigned char *der = NULL;
	int length = i2d_PKCS12(made, &der), status;

	check(length > 0);
	status = read_bytes(der, (size_t)length);
	OPENSSL_free(der);
	PKCS12_free(made);
	return status;
}

/* ---- contents that are not there ---- */

/* One part of the kind that the last byte of its identifier says; it has no content. */
static void test_no_content(void)
{
	unsigned char file[] = {
		0x30, 0x23, 0x02, 0x01, 0x03, 0x30, 0x1e, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x07, 0x01, 0xa0, 0x11, 0x04, 0x0f, 0x30, 0x0d, 0x30, 0x0b,
		0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06,
	};
	static const unsigned char empty[] = {
		0x30, 0x10, 0x02, 0x01, 0x03, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01,
	};

	answer = PASSPHRASE;
	for (unsigned char kind = 1; kind <= 6; kind++) {
		file[sizeof(file) - 1] = kind;
		check(read_bytes(file, sizeof(file)) == errSecDecode && message && !items);
	}
	check(read_bytes(empty, sizeof(empty)) == errSecDecode && message && !items);
	tap_test("a part without a content, of each kind, and a file without one are damage");
}

/* An encrypted part; @text: whether there is something encrypted in it. */
static PKCS12 *encrypted_part(bool text)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
	STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();
	PKCS7 *safe = PKCS12_pack_p7encdata(NID_aes_256_cbc, PASSPHRASE, strlen(PASSPHRASE), NULL, 0, 1, bags);
	PKCS12 *made;

	if (!text) {
		ASN1_OCTET_STRING_free(safe->d.encrypted->enc_data->enc_data);
		safe->d.encrypted->enc_data->enc_data = NULL;
	}
	sk_PKCS7_push(safes, safe);
	made = PKCS12_add_safes(safes, 0);
	sk_PKCS12_SAFEBAG_free(bags);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return made;
}

static void test_no_text(void)
{
	answer = PASSPHRASE;
	check(read_pkcs12(encrypted_part(true)) == errSecDecode && message && strstr(message, "neither"));
	check(read_pkcs12(encrypted_part(false)) == errSecDecode && message && strstr(message, "damaged"));
	tap_test("an encrypted part with nothing encrypted in it is damage");
}

/* ---- no MAC ---- */

/* A certificate and its key, without a MAC; @passphrase NULL: in the clear. */
static PKCS12 *without_mac(const char *passphrase)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	STACK_OF(PKCS7) *safes = NULL;
	EVP_PKEY *key = make_key("P-256");
	X509 *certificate = make_certificate(&(struct certificate_recipe){ .subject = { "CN=anna" }, .key = key, .until = 1000 });
	PKCS12 *made;

	check(PKCS12_add_cert(&bags, certificate) != NULL);
	check(PKCS12_add_key(&bags, key, 0, 1, passphrase ? NID_aes_256_cbc : -1, passphrase) != NULL);
	check(PKCS12_add_safe(&safes, bags, passphrase ? NID_aes_256_cbc : -1, 1, passphrase) == 1);
	made = PKCS12_add_safes(safes, 0);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return made;
}

static void test_no_mac(void)
{
	answer = NULL;
	check(read_pkcs12(without_mac(NULL)) == errSecSuccess && items && value_count(items) == 2 && !asked);
	tap_test("no passphrase is asked for where nothing is encrypted and no MAC is under one");

	check(read_pkcs12(without_mac(PASSPHRASE)) == errSecInteractionNotAllowed && message && asked == 1);
	answer = PASSPHRASE;
	check(read_pkcs12(without_mac(PASSPHRASE)) == errSecSuccess && asked == 1 && value_count(items) == 2);
	answer = "wrong";
	check(read_pkcs12(without_mac(PASSPHRASE)) == errSecAuthFailed && message && asked == 1);
	tap_test("where something is, it is asked for, once");
}

int main(void)
{
	tap_start();
	test_no_content();
	test_no_text();
	test_no_mac();
	value_free(items);
	free(message);
	return tap_end();
}
