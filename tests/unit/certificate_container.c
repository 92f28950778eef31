// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of every form are taken apart into the items that were put in.
 */
#include <errno.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "helper/keychain/certificate/container.h"
#include "helper/keychain/libkeychain/keychain-status.h"
#include "tests/certificate/make.h"
#include "tests/unit/tap.h"

#define PASSPHRASE	"correct horse"
#define CLAIMED		2	/* iterations, of those the file asks for */

static EVP_PKEY *key, *edwards;
static X509 *certificate, *authority;
static struct bytes key_bytes, certificate_bytes;

static struct value *items;
static char *message;
static const char *answer;
static int asked;

static int give(void *context, char *buffer, size_t size)
{
	(void)context;
	asked++;
	if (!answer)
		return -ENOKEY;
	if (strlen(answer) > size)
		return -EMSGSIZE;
	memcpy(buffer, answer, strlen(answer));
	return (int)strlen(answer);
}

static const struct container_passphrase passphrase = { .read = give };

static int read_bytes(const void *bytes, size_t length)
{
	value_free(items);
	free(message);
	asked = 0;
	return container_items(bytes, length, &passphrase, &items, &message);
}

/* Takes what was written. */
static int read_file(BIO *file)
{
	char *bytes;
	long length = BIO_get_mem_data(file, &bytes);
	int status = read_bytes(bytes, (size_t)length);

	BIO_free(file);
	return status;
}

static bool has_data(size_t number, const char *class, const struct bytes *data)
{
	const struct value *item = value_at(items, number);
	const char *found_class = value_as_string(value_get(item, "class"));
	size_t length;
	const void *found = value_bytes(value_get(item, "v_Data"), &length);

	return found_class && !strcmp(found_class, class) && length == data->length &&
	       !memcmp(found, data->data, length);
}

static bool has_label(size_t number, const char *label)
{
	const char *found = value_as_string(value_get(value_at(items, number), "labl"));

	return label ? found && !strcmp(found, label) : !found;
}

static bool joined(size_t a, size_t b)
{
	return value_equal(value_get(value_at(items, a), "klbl"),
			   value_get(value_at(items, b), "pkhh"));
}

static void test_der(void)
{
	struct bytes traditional = traditional_der(key), public = public_der(key), twice;

	check(!read_bytes(key_bytes.data, key_bytes.length) && value_count(items) == 1);
	check(has_data(0, "keys", &key_bytes) && has_label(0, NULL) && !asked);
	check(!read_bytes(traditional.data, traditional.length) && value_count(items) == 1);
	check(has_data(0, "keys", &key_bytes));
	check(!read_bytes(public.data, public.length) && value_count(items) == 1 &&
	      has_data(0, "keys", &public));
	check(!read_bytes(certificate_bytes.data, certificate_bytes.length) &&
	      value_count(items) == 1);
	check(has_data(0, "cert", &certificate_bytes) && has_label(0, "The Name") && !message);
	tap_test("DER: key, traditional key as PKCS#8, public key, certificate");

	twice.length = 2 * certificate_bytes.length;
	twice.data = malloc(twice.length);
	memcpy(twice.data, certificate_bytes.data, certificate_bytes.length);
	memcpy(twice.data + certificate_bytes.length, certificate_bytes.data,
	       certificate_bytes.length);
	check(read_bytes(twice.data, twice.length) == errSecDecode && !items && message);
	check(read_bytes("", 0) == errSecDecode && !items && message);
	check(read_bytes("hello", 5) == errSecDecode && !items && message);
	for (size_t length = 0; length < certificate_bytes.length; length++)
		check(read_bytes(certificate_bytes.data, length) == errSecDecode && !items);
	tap_test("other bytes are refused with a message");
	free(twice.data);
	OPENSSL_free(traditional.data);
	OPENSSL_free(public.data);
}

static void test_pem(void)
{
	BIO *file = BIO_new(BIO_s_mem());

	BIO_puts(file, "Any text may stand before, between and after.\n");
	PEM_write_bio_X509(file, certificate);
	BIO_puts(file, "Bag Attributes\n");
	PEM_write_bio_X509(file, authority);
	PEM_write_bio_PrivateKey_traditional(file, key, NULL, NULL, 0, NULL, NULL);
	PEM_write_bio_PUBKEY(file, edwards);
	PEM_write_bio_X509_AUX(file, authority);
	BIO_puts(file, "\n");
	check(!read_file(file) && value_count(items) == 5 && !asked);
	check(has_data(0, "keys", &key_bytes) && has_label(0, "The Name") &&
	      has_data(2, "cert", &certificate_bytes));
	check(joined(0, 2) && !joined(0, 3));
	check(has_label(3, "The Authority") && has_label(4, "The Authority"));
	tap_test("PEM: keys first, their labels from certificates, text around");
}

static void test_encrypted(void)
{
	BIO *file;

	for (int form = 0; form < 3; form++) {
		for (int attempt = 0; attempt < 3; attempt++) {
			file = BIO_new(BIO_s_mem());
			if (form == 0)
				PEM_write_bio_PKCS8PrivateKey(file, key, EVP_aes_256_cbc(),
							      PASSPHRASE, strlen(PASSPHRASE), NULL,
							      NULL);
			else if (form == 1)
				PEM_write_bio_PrivateKey_traditional(
					file, key, EVP_aes_128_cbc(),
					(const unsigned char *)PASSPHRASE, strlen(PASSPHRASE), NULL,
					NULL);
			else
				i2d_PKCS8PrivateKey_bio(file, key, EVP_aes_256_cbc(), PASSPHRASE,
							strlen(PASSPHRASE), NULL, NULL);
			answer = attempt == 0	? PASSPHRASE
				 : attempt == 1 ? "incorrect horse"
						: NULL;
			if (attempt == 0) {
				check(!read_file(file) && value_count(items) == 1 &&
				      has_data(0, "keys", &key_bytes));
				check(asked == 1);
				continue;
			}
			check(read_file(file) ==
			      (attempt == 1 ? errSecAuthFailed : errSecInteractionNotAllowed));
			check(!items && message && !strstr(message, PASSPHRASE));
		}
	}
	tap_test("encrypted keys, PEM of both kinds and DER: passphrase right, wrong, not to be "
		 "had");
	file = BIO_new(BIO_s_mem());
	for (int copy = 0; copy < 2; copy++)
		PEM_write_bio_PKCS8PrivateKey(file, key, EVP_aes_256_cbc(), PASSPHRASE,
					      strlen(PASSPHRASE), NULL, NULL);
	answer = PASSPHRASE;
	check(!read_file(file) && value_count(items) == 2 && asked == 1);
	tap_test("the passphrase is asked for once a file");
}

/*
 * Of 256 wrong passphrases one leaves what looks like whole blocks, in the forms that authenticate
 * nothing, and of 80000 one what has the length that it says: it is as wrong as the others.
 */
static void test_lucky_passphrases(void)
{
	static const char *const leaves[] = { "\x04\x06remain", "\x30\x06remain",
					      "\x30\x04\x04\x02no", "\x30\x04\x02\x02no" };
	char wrong[32];

	answer = wrong;
	for (int number = 0; number < 2000; number++) {
		BIO *file = BIO_new(BIO_s_mem());

		snprintf(wrong, sizeof(wrong), "wrong %d", number);
		PEM_write_bio_PrivateKey_traditional(file, key, EVP_aes_128_cbc(),
						     (const unsigned char *)PASSPHRASE,
						     strlen(PASSPHRASE), NULL, NULL);
		check(read_file(file) == errSecAuthFailed && !items && message);
	}
	tap_test("2000 wrong passphrases of a key whose form authenticates nothing");

	answer = PASSPHRASE;
	for (size_t number = 0; number < sizeof(leaves) / sizeof(*leaves); number++) {
		const unsigned char *at = (const unsigned char *)leaves[number];
		ASN1_TYPE *left = d2i_ASN1_TYPE(NULL, &at, (long)strlen(leaves[number]));
		BIO *file = BIO_new(BIO_s_mem());

		check(left && PEM_ASN1_write_bio((i2d_of_void *)i2d_ASN1_TYPE,
						 PEM_STRING_ECPRIVATEKEY, file, left,
						 EVP_aes_128_cbc(),
						 (const unsigned char *)PASSPHRASE,
						 strlen(PASSPHRASE), NULL, NULL));
		check(read_file(file) == errSecAuthFailed && !items && message);
		ASN1_TYPE_free(left);
	}
	tap_test("what a wrong passphrase may leave: whole blocks, of the right length, but no key");
}

/* @cipher: of keys and certificates, 0 for the default, -1 for none. */
static BIO *pkcs12(const char *with, const char *name, int cipher, int mac_iterations)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	BIO *file = BIO_new(BIO_s_mem());
	const ASN1_INTEGER *iterations;
	PKCS12 *made;

	sk_X509_push(others, authority);
	made = PKCS12_create(with, name, key, certificate, others, cipher, cipher, 1,
			     mac_iterations, 0);
	/* Only claimed: making it would take as long as refusing it is to save. */
	if (mac_iterations == CLAIMED) {
		PKCS12_get0_mac(NULL, NULL, NULL, &iterations, made);
		ASN1_INTEGER_set((ASN1_INTEGER *)iterations, 20000000);
	}
	check(made && i2d_PKCS12_bio(file, made));
	PKCS12_free(made);
	sk_X509_free(others);
	return file;
}

static void test_pkcs12(void)
{
	answer = PASSPHRASE;
	check(!read_file(pkcs12(PASSPHRASE, "Fr\xc3\xa4ulein", 0, 1)) && value_count(items) == 3);
	check(asked == 1 && has_data(0, "keys", &key_bytes) &&
	      has_data(1, "cert", &certificate_bytes) && joined(0, 1));
	check(has_label(0, "Fr\xc3\xa4ulein") && has_label(1, "Fr\xc3\xa4ulein"));
	check(has_label(2, "The Authority"));
	check(!read_file(pkcs12(PASSPHRASE, NULL, 0, -1)) && value_count(items) == 3 &&
	      has_label(0, "The Name"));
	tap_test("PKCS#12: items, names; without a MAC");

	answer = NULL;
	check(!read_file(pkcs12("", NULL, 0, 1)) && value_count(items) == 3 && !asked);
	check(!read_file(pkcs12(NULL, NULL, 0, 1)) && value_count(items) == 3 && !asked);
	check(!read_file(pkcs12(NULL, NULL, -1, 1)) && value_count(items) == 3 && !asked);
	check(read_file(pkcs12(PASSPHRASE, NULL, 0, 1)) == errSecInteractionNotAllowed && message &&
	      !items);
	answer = "";
	check(read_file(pkcs12(PASSPHRASE, NULL, 0, 1)) == errSecAuthFailed && message && !items);
	check(read_file(pkcs12(PASSPHRASE, NULL, 0, -1)) == errSecAuthFailed && message && !items);
	answer = PASSPHRASE;
	check(read_file(pkcs12(PASSPHRASE, NULL, 0, CLAIMED)) == errSecDecode && message && !items);
	tap_test("PKCS#12: empty passphrases without asking; none, wrong, too much work");
}

static void test_legacy(void)
{
	OSSL_PROVIDER *provider = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
	BIO *file;

	if (!provider) {
		tap_test("PKCS#12 with RC2 # SKIP no legacy provider here");
		return;
	}
	file = pkcs12(PASSPHRASE, NULL, NID_pbe_WithSHA1And40BitRC2_CBC, 1);
	OSSL_PROVIDER_unload(provider);
	answer = PASSPHRASE;
	check(!read_file(file) && value_count(items) == 3 && has_data(0, "keys", &key_bytes));
	tap_test("PKCS#12 with RC2, as older systems write it");
}

static void test_damage(void)
{
	BIO *file = BIO_new(BIO_s_mem()), *whole = pkcs12(PASSPHRASE, "name", 0, 1);
	long length, dsa_length;
	char *bytes, *dsa;

	answer = PASSPHRASE;
	length = BIO_get_mem_data(whole, &bytes);
	for (long at = 0; at < length; at += 7) {
		bytes[at] ^= 0x11;
		check(read_bytes(bytes, (size_t)length) != errSecSuccess ? !items && message
									 : !!items);
		bytes[at] ^= 0x11;
	}
	BIO_free(whole);
	PEM_write_bio_X509(file, certificate);
	dsa_length = BIO_get_mem_data(file, &dsa);
	dsa[dsa_length / 2] = '!';
	check(read_file(file) == errSecDecode && message);
	check(read_bytes("-----BEGIN CERTIFICATE-----\n", 28) == errSecDecode && message);
	check(read_bytes("-----BEGIN X-----\nAAAA\n-----END X-----\n", 39) == errSecDecode &&
	      strstr(message, " X,"));
	tap_test("damage is refused with a message that names the place");
}

int main(void)
{
	key = make_key("P-256");
	edwards = make_key("ED25519");
	certificate = make_certificate(
		&(struct certificate_recipe){ .subject = { "CN=The Name" },
					      .key = key,
					      .issuer = { "CN=The Authority" },
					      .issuer_key = edwards });
	authority = make_certificate(
		&(struct certificate_recipe){ .subject = { "CN=The Authority" }, .key = edwards });
	key_bytes = pkcs8_der(key);
	certificate_bytes = certificate_der(certificate);
	tap_start();
	test_der();
	test_pem();
	test_encrypted();
	test_lucky_passphrases();
	test_pkcs12();
	test_legacy();
	test_damage();
	value_free(items);
	free(message);
	OPENSSL_free(key_bytes.data);
	OPENSSL_free(certificate_bytes.data);
	X509_free(certificate);
	X509_free(authority);
	EVP_PKEY_free(key);
	EVP_PKEY_free(edwards);
	return tap_end();
}
