// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of every form are taken apart into the items that were put in.
 */
#include <errno.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "helper/keychain/certificate/container/container.h"
#include "helper/keychain/certificate/key.h"
#include "helper/keychain/include/keychain-status.h"
#include "tests/certificate/make.h"
#include "tests/unit/lib/read_container.h"
#include "tests/unit/lib/tap.h"

#define PASSPHRASE	"correct horse"
#define CLAIMED		2	/* iterations, of those the file asks for */

static EVP_PKEY *key, *edwards;
static X509 *certificate, *authority;
static struct bytes key_bytes, certificate_bytes;


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

	return found_class && !strcmp(found_class, class) && length == data->length && !memcmp(found, data->data, length);
}

static bool has_label(size_t number, const char *label)
{
	const char *found = value_as_string(value_get(value_at(items, number), "labl"));

	return label ? found && !strcmp(found, label) : !found;
}

static bool joined(size_t a, size_t b)
{
	return value_equal(value_get(value_at(items, a), "klbl"), value_get(value_at(items, b), "pkhh"));
}

static void test_der(void)
{
	struct bytes traditional = traditional_der(key), public = public_der(key), twice;

	check(!read_bytes(key_bytes.data, key_bytes.length) && value_count(items) == 1);
	check(has_data(0, "keys", &key_bytes) && has_label(0, NULL) && !asked);
	check(!read_bytes(traditional.data, traditional.length) && value_count(items) == 1);
	check(has_data(0, "keys", &key_bytes));
	check(!read_bytes(public.data, public.length) && value_count(items) == 1 && has_data(0, "keys", &public));
	check(!read_bytes(certificate_bytes.data, certificate_bytes.length) && value_count(items) == 1);
	check(has_data(0, "cert", &certificate_bytes) && has_label(0, "The Name") && !message);
	tap_test("DER: key, traditional key as PKCS#8, public key, certificate");

	twice.length = 2 * certificate_bytes.length;
	twice.data = malloc(twice.length);
	memcpy(twice.data, certificate_bytes.data, certificate_bytes.length);
	memcpy(twice.data + certificate_bytes.length, certificate_bytes.data, certificate_bytes.length);
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
	PEM_write_bio_X509_AUX(file, authority);
	PEM_write_bio_PrivateKey_traditional(file, key, NULL, NULL, 0, NULL, NULL);
	PEM_write_bio_PUBKEY(file, edwards);
	BIO_puts(file, "\n");
	check(!read_file(file) && value_count(items) == 4 && !asked);
	check(has_data(0, "keys", &key_bytes) && has_label(0, "The Name") && has_data(2, "cert", &certificate_bytes));
	check(joined(0, 2) && !joined(0, 3));
	check(has_label(3, "The Authority"));
	tap_test("PEM: keys first, their labels from certificates, text around");
}

static void test_twice(void)
{
	BIO *file = BIO_new(BIO_s_mem());
	struct bytes public = public_der(key);

	PEM_write_bio_X509(file, certificate);
	PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	PEM_write_bio_X509(file, authority);
	PEM_write_bio_PrivateKey_traditional(file, key, NULL, NULL, 0, NULL, NULL);
	PEM_write_bio_X509_AUX(file, certificate);
	PEM_write_bio_PUBKEY(file, key);
	PEM_write_bio_PUBKEY(file, key);
	check(!read_file(file) && value_count(items) == 4);
	check(has_data(0, "keys", &key_bytes) && has_data(1, "keys", &public));
	check(has_data(2, "cert", &certificate_bytes) && has_label(3, "The Authority"));
	tap_test("what PEM has twice, in whatever form, is one item");
	OPENSSL_free(public.data);
}

/* ---- what other programs write ---- */

static struct bytes element(unsigned char tag, const struct bytes *parts, size_t count)
{
	unsigned char *at;
	struct bytes made;
	size_t length = 0;

	for (size_t number = 0; number < count; number++)
		length += parts[number].length;
	at = made.data = malloc(length + 4);
	*at++ = tag;
	if (length >= 128)
		*at++ = 0x81;
	*at++ = (unsigned char)length;
	for (size_t number = 0; number < count; number++) {
		memcpy(at, parts[number].data, parts[number].length);
		at += parts[number].length;
	}
	made.length = (size_t)(at - made.data);
	return made;
}

static struct bytes public_bits(EVP_PKEY *of)
{
	struct bytes whole = public_der(of);
	size_t bits = EVP_PKEY_is_a(of, "ED25519") ? 33 : 66;	/* with the byte of unused bits */

	memmove(whole.data, whole.data + whole.length - bits, bits);
	whole.length = bits;
	return whole;
}

enum version_2_form { IMPLICIT, EXPLICIT, WITHOUT, FORMS };

/* PKCS#8 version 2 (RFC 5958) of @of; its public half, which may be that of @other. */
static struct bytes version_2(EVP_PKEY *of, EVP_PKEY *other, bool attributes, enum version_2_form form)
{
	static unsigned char version[] = { 2, 1, 1 };
	/* keyUsage, digitalSignature: what Windows writes. */
	static unsigned char usage[] = { 0xa0, 0x0d, 0x30, 0x0b, 6, 3, 0x55, 0x1d, 0x0f, 0x31, 4, 3, 2, 0, 0x80 };
	struct bytes old = pkcs8_der(of), bits = public_bits(other), string = element(3, &bits, 1);
	struct bytes public = form == EXPLICIT ? element(0xa1, &string, 1) : element(0x81, &bits, 1);
	size_t head = old.data[1] & 0x80 ? 6 : 5;
	struct bytes parts[] = {
		{ version, sizeof(version) },
		{ old.data + head, old.length - head },
		{ usage, attributes ? sizeof(usage) : 0 },
		{ public.data, form == WITHOUT ? 0 : public.length },
	};
	struct bytes made = element(0x30, parts, 4);

	OPENSSL_free(old.data);
	OPENSSL_free(bits.data);
	free(string.data);
	free(public.data);
	return made;
}

static BIO *pem(const char *name, const struct bytes *der)
{
	BIO *file = BIO_new(BIO_s_mem());

	PEM_write_bio(file, name, "", der->data, (long)der->length);
	return file;
}

static bool same_key(const struct bytes *der, const struct value *expected)
{
	struct value *attributes = value_dictionary();
	bool same = !key_attributes(der->data, der->length, attributes) && value_get(attributes, "klbl") &&
		    value_equal(value_get(attributes, "klbl"), value_get(expected, "klbl"));

	value_free(attributes);
	return same;
}

/* Under PASSPHRASE. */
static BIO *encrypted(const struct bytes *der)
{
	X509_SIG *sealed = X509_SIG_new();
	X509_ALGOR *algorithm = PKCS5_pbe2_set(EVP_aes_256_cbc(), 1, NULL, 0), *to;
	ASN1_OCTET_STRING *text;
	BIO *file = BIO_new(BIO_s_mem());
	unsigned char *bytes;
	int length;

	X509_SIG_getm(sealed, &to, &text);
	X509_ALGOR_copy(to, algorithm);
	check(PKCS12_pbe_crypt(algorithm, PASSPHRASE, strlen(PASSPHRASE), der->data, (int)der->length, &bytes, &length,
			       1) != NULL);
	ASN1_STRING_set0(text, bytes, length);
	i2d_PKCS8_bio(file, sealed);
	X509_ALGOR_free(algorithm);
	X509_SIG_free(sealed);
	return file;
}

static void test_version_2(void)
{
	EVP_PKEY *kinds[] = { key, edwards };

	answer = PASSPHRASE;
	for (int number = 0; number < 2 * 2 * FORMS; number++) {
		EVP_PKEY *of = kinds[number & 1];
		struct bytes made = version_2(of, of, number & 2, number / 4), old = pkcs8_der(of);
		struct value *expected = value_dictionary();

		check(!key_attributes(old.data, old.length, expected) && same_key(&made, expected));
		check(!read_bytes(made.data, made.length) && value_count(items) == 1 && (number & 2 || has_data(0, "keys", &old)));
		check(value_equal(value_get(value_at(items, 0), "klbl"), value_get(expected, "klbl")));
		check(!read_file(pem("PRIVATE KEY", &made)) && value_count(items) == 1);
		check(!read_file(encrypted(&made)) && value_count(items) == 1 && (number & 2 || has_data(0, "keys", &old)));
		for (size_t length = 0; length < made.length; length++)
			check(read_bytes(made.data, length) == errSecDecode);
		value_free(expected);
		OPENSSL_free(old.data);
		free(made.data);
	}
	tap_test("PKCS#8 version 2, attributes, public half of both spellings or none, encrypted or not: as version 1");

	for (int number = 0; number < 2; number++) {
		EVP_PKEY *other = make_key(number ? "ED25519" : "P-256");
		struct bytes made = version_2(kinds[number], other, false, IMPLICIT);

		check(read_bytes(made.data, made.length) == errSecDecode && message && strstr(message, "halves"));
		free(made.data);
		EVP_PKEY_free(other);
	}
	tap_test("PKCS#8 version 2 with the public half of another key is refused, with the reason");
}

static void test_explicit_parameters(void)
{
	EVP_PKEY *explicit = make_key("P-256");
	struct bytes traditional, pkcs8, public;

	check(EVP_PKEY_set_utf8_string_param(explicit, "encoding", "explicit"));
	traditional = traditional_der(explicit);
	pkcs8 = pkcs8_der(explicit);
	public = public_der(explicit);
	check(read_bytes(traditional.data, traditional.length) == errSecDecode && message && strstr(message, "named_curve"));
	check(read_bytes(pkcs8.data, pkcs8.length) == errSecDecode && message && strstr(message, "named_curve"));
	check(read_bytes(public.data, public.length) == errSecDecode && message && strstr(message, "named_curve"));
	check(read_file(pem("PRIVATE KEY", &pkcs8)) == errSecDecode && message && strstr(message, "named_curve"));
	check(read_file(pem("EC PRIVATE KEY", &traditional)) == errSecDecode && message && strstr(message, "named_curve"));
	answer = PASSPHRASE;
	check(read_file(encrypted(&pkcs8)) == errSecDecode && message && strstr(message, "named_curve"));
	tap_test("elliptic curves written out as parameters are refused, with the reason and the remedy");
	OPENSSL_free(traditional.data);
	OPENSSL_free(pkcs8.data);
	OPENSSL_free(public.data);
	EVP_PKEY_free(explicit);
}

/* The file with each end of line as @end, and @before each line. */
static BIO *spaced(BIO *file, const char *end, const char *before)
{
	BIO *made = BIO_new(BIO_s_mem());
	char *text;
	long length = BIO_get_mem_data(file, &text);

	BIO_puts(made, before);
	for (long at = 0; at < length; at++) {
		if (text[at] != '\n') {
			BIO_write(made, text + at, 1);
			continue;
		}
		BIO_puts(made, end);
		if (at + 1 < length)
			BIO_puts(made, before);
	}
	BIO_free(file);
	return made;
}

static void test_spacing(void)
{
	static const char *const spacings[][2] = { { "\r\n", "" }, { "\r", "" }, { "\n\n", "" }, { "\r\r\n", "" },
						   { "\r\n\r\n", "" }, { " \n", "\t  " }, { "\n \n\n", "" } };

	answer = PASSPHRASE;
	for (size_t number = 0; number < sizeof(spacings) / sizeof(*spacings); number++) {
		BIO *file = BIO_new(BIO_s_mem());

		BIO_puts(file, "Some text: first\n");
		PEM_write_bio_PrivateKey_traditional(file, key, EVP_aes_128_cbc(), (const unsigned char *)PASSPHRASE,
						     strlen(PASSPHRASE), NULL, NULL);
		PEM_write_bio_X509(file, certificate);
		check(!read_file(spaced(file, spacings[number][0], spacings[number][1])) && value_count(items) == 2);
		check(has_data(0, "keys", &key_bytes) && has_data(1, "cert", &certificate_bytes));
	}
	tap_test("PEM with lines that end by CR, by two ends, that have space around them");
}

static void add_all(BIO *file, const char *before_key, const char *before_certificate)
{
	BIO_puts(file, before_key);
	PEM_write_bio_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	BIO_puts(file, before_certificate);
	PEM_write_bio_X509(file, certificate);
	PEM_write_bio_X509(file, authority);
}

static void test_left_out(void)
{
	static const char *const quoted[][2] = { { "> ", "" }, { "", "> " }, { "text ", "" }, { "", "-----BEGIN CERTIFICATE-----\n" } };
	unsigned char *der = NULL;
	struct bytes twice;
	BIO *file;
	int length;
	X509_SIG *encrypted;
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);

	for (size_t number = 0; number < sizeof(quoted) / sizeof(*quoted); number++) {
		file = BIO_new(BIO_s_mem());
		add_all(file, quoted[number][0], quoted[number][1]);
		check(read_file(file) == errSecDecode && !items && message);
	}
	file = BIO_new(BIO_s_mem());
	add_all(file, "", "");
	BIO_puts(file, "----BEGIN CERTIFICATE-----\n");
	check(read_file(file) == errSecDecode && !items);
	tap_test("PEM of which a block would be left out is refused");

	file = BIO_new(BIO_s_mem());
	add_all(file, "\xef\xbb\xbf", "\xef\xbb\xbf");
	check(!read_file(file) && value_count(items) == 3 && has_data(0, "keys", &key_bytes) && has_data(1, "cert", &certificate_bytes));
	tap_test("PEM with the mark of UTF-8, at its beginning and where files were joined");

	file = BIO_new(BIO_s_mem());
	BIO_puts(file, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n");
	check(read_file(file) == errSecDecode && !items && message);
	tap_test("a file with neither a certificate nor a key is refused");

	answer = PASSPHRASE;
	encrypted = PKCS8_encrypt(-1, EVP_aes_256_cbc(), PASSPHRASE, strlen(PASSPHRASE), NULL, 0, 10, info);
	length = i2d_X509_SIG(encrypted, &der);
	twice = (struct bytes){ .data = malloc(2 * (size_t)length), .length = 2 * (size_t)length };
	memcpy(twice.data, der, (size_t)length);
	memcpy(twice.data + length, der, (size_t)length);
	check(!read_bytes(twice.data, (size_t)length) && value_count(items) == 1);
	check(read_bytes(twice.data, twice.length) == errSecDecode && !items && message);
	tap_test("two encrypted keys in DER, one behind the other, are refused");
	free(twice.data);
	OPENSSL_free(der);
	X509_SIG_free(encrypted);
	PKCS8_PRIV_KEY_INFO_free(info);
}

static void test_encrypted(void)
{
	BIO *file;

	for (int form = 0; form < 3; form++) {
		for (int attempt = 0; attempt < 3; attempt++) {
			file = BIO_new(BIO_s_mem());
			if (form == 0)
				PEM_write_bio_PKCS8PrivateKey(file, key, EVP_aes_256_cbc(),
							      PASSPHRASE, strlen(PASSPHRASE), NULL, NULL);
			else if (form == 1)
				PEM_write_bio_PrivateKey_traditional(
					file, key, EVP_aes_128_cbc(),
					(const unsigned char *)PASSPHRASE, strlen(PASSPHRASE), NULL, NULL);
			else
				i2d_PKCS8PrivateKey_bio(file, key, EVP_aes_256_cbc(), PASSPHRASE,
							strlen(PASSPHRASE), NULL, NULL);
			answer = attempt == 0	? PASSPHRASE
				 : attempt == 1 ? "incorrect horse"
						: NULL;
			if (attempt == 0) {
				check(!read_file(file) && value_count(items) == 1 && has_data(0, "keys", &key_bytes));
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
		PEM_write_bio_PKCS8PrivateKey(file, copy ? edwards : key, EVP_aes_256_cbc(), PASSPHRASE,
					      strlen(PASSPHRASE), NULL, NULL);
	answer = PASSPHRASE;
	check(!read_file(file) && value_count(items) == 2 && asked == 1);
	tap_test("the passphrase is asked for once a file");
}

/*
 * One of 256 wrong passphrases leaves what looks like whole blocks, in the forms that authenticate
 * nothing, and one of 80000 what has the length that it says: it is as wrong as the others.
 */
static void test_lucky_passphrases(void)
{
	static const char *const leaves[] = { "\x04\x06remain", "\x30\x06remain", "\x30\x04\x04\x02no", "\x30\x04\x02\x02no" };
	char wrong[32];

	answer = wrong;
	for (int number = 0; number < 2000; number++) {
		BIO *file = BIO_new(BIO_s_mem());

		snprintf(wrong, sizeof(wrong), "wrong %d", number);
		PEM_write_bio_PrivateKey_traditional(file, key, EVP_aes_128_cbc(),
						     (const unsigned char *)PASSPHRASE, strlen(PASSPHRASE), NULL, NULL);
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
						 (const unsigned char *)PASSPHRASE, strlen(PASSPHRASE), NULL, NULL));
		check(read_file(file) == errSecAuthFailed && !items && message);
		ASN1_TYPE_free(left);
	}
	tap_test("what a wrong passphrase may leave: whole blocks, of the right length, but no key");
}

static bool twice;	/* whether the certificates are in the file two times */

/* @cipher: of keys and certificates, 0 for the default, -1 for none. */
static BIO *pkcs12(const char *with, const char *name, int cipher, int mac_iterations)
{
	STACK_OF(X509) *others = sk_X509_new_null();
	BIO *file = BIO_new(BIO_s_mem());
	const ASN1_INTEGER *iterations;
	PKCS12 *made;

	sk_X509_push(others, authority);
	if (twice) {
		sk_X509_push(others, certificate);
		sk_X509_push(others, authority);
	}
	made = PKCS12_create(with, name, key, certificate, others, cipher, cipher, 1, mac_iterations, 0);
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
	check(asked == 1 && has_data(0, "keys", &key_bytes) && has_data(1, "cert", &certificate_bytes) && joined(0, 1));
	check(has_label(0, "Fr\xc3\xa4ulein") && has_label(1, "Fr\xc3\xa4ulein"));
	check(has_label(2, "The Authority"));
	check(!read_file(pkcs12(PASSPHRASE, NULL, 0, -1)) && value_count(items) == 3 && has_label(0, "The Name"));
	tap_test("PKCS#12: items, names; without a MAC");

	twice = true;
	check(!read_file(pkcs12(PASSPHRASE, "Name", 0, 1)) && value_count(items) == 3);
	twice = false;
	check(has_data(0, "keys", &key_bytes) && has_data(1, "cert", &certificate_bytes));
	check(has_label(1, "Name") && has_label(2, "The Authority"));
	tap_test("PKCS#12: what it has twice is one item");

	answer = NULL;
	check(!read_file(pkcs12("", NULL, 0, 1)) && value_count(items) == 3 && !asked);
	check(!read_file(pkcs12(NULL, NULL, 0, 1)) && value_count(items) == 3 && !asked);
	check(!read_file(pkcs12(NULL, NULL, -1, 1)) && value_count(items) == 3 && !asked);
	check(read_file(pkcs12(PASSPHRASE, NULL, 0, 1)) == errSecInteractionNotAllowed && message && !items);
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
	test_twice();
	test_version_2();
	test_explicit_parameters();
	test_spacing();
	test_left_out();
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
