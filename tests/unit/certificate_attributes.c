// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attributes of certificates and keys, and names, against what is known of what was made.
 */
#include <string.h>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/sha.h>

#include "helper/keychain/certificate/certificate.h"
#include "helper/keychain/certificate/key.h"
#include "helper/keychain/certificate/name.h"
#include "helper/keychain/include/keychain-status.h"
#include "tests/certificate/make.h"
#include "tests/unit/lib/tap.h"

static struct value *attributes;

static void start(void)
{
	value_free(attributes);
	attributes = value_dictionary();
}

static bool is_data(const char *name, const void *bytes, size_t length)
{
	size_t found_length;
	const void *found = value_bytes(value_get(attributes, name), &found_length);

	return value_is(value_get(attributes, name), VALUE_DATA) && found_length == length &&
	       (!length || !memcmp(found, bytes, length));
}

static bool is_text(const char *name, const char *text)
{
	const char *found = value_as_string(value_get(attributes, name));

	return found && !strcmp(found, text);
}

static bool is_number(const char *name, int64_t number)
{
	return value_is(value_get(attributes, name), VALUE_INTEGER) &&
	       value_as_integer(value_get(attributes, name)) == number;
}

static bool is_use(const char *name, bool use)
{
	return value_is(value_get(attributes, name), VALUE_BOOLEAN) &&
	       value_as_boolean(value_get(attributes, name)) == use;
}

static bool normalises(const void *bytes, size_t length, const void *want, size_t want_length)
{
	struct value *value = name_normalise(bytes, length);
	size_t found_length;
	const void *found = value_bytes(value, &found_length);
	bool same = value && found_length == want_length &&
		    (!want_length || !memcmp(found, want, want_length));

	value_free(value);
	return same;
}

static void test_certificate(EVP_PKEY *key)
{
	X509 *certificate = make_certificate(&(struct certificate_recipe){
		.subject = { "C:P=DE", "O=Example", "CN=www.example.org" }, .key = key,
		.issuer = { "CN:P=  Some   Root ca " }, .issuer_key = key, .serial = "00ff0102",
		.key_identifier = "0badc0de",
	});
	struct bytes der = certificate_der(certificate);
	static const unsigned char serial[] = { 0, 0xff, 1, 2 },
				   identifier[] = { 0x0b, 0xad, 0xc0, 0xde };
	static const unsigned char issuer[] =
		"\x31\x15\x30\x13\x06\x03\x55\x04\x03\x13\x0cSOME ROOT CA";
	struct bytes subject = name_der(X509_get_subject_name(certificate));
	int length, other_length;

	start();
	check(certificate_attributes(der.data, der.length, attributes) == errSecSuccess);
	check(is_number("ctyp", 3));
	check(is_number("cenc", CERTIFICATE_ENCODING_DER));
	check(is_data("slnr", serial, sizeof(serial)));
	check(is_data("skid", identifier, sizeof(identifier)));
	check(is_text("labl", "www.example.org"));
	check(is_data("subj", subject.data + 2, subject.length - 2));
	check(is_data("issr", issuer, sizeof(issuer) - 1));
	tap_test("a certificate's version, names, serial number, key identifier and label");

	length = (int)der.length;
	start();
	for (other_length = 0; other_length < length; other_length++)
		check(certificate_attributes(der.data, (size_t)other_length, attributes) ==
		      errSecDecode);
	check(value_count(attributes) == 0);
	der.data = OPENSSL_realloc(der.data, der.length + 1);
	der.data[der.length] = 0;
	check(certificate_attributes(der.data, der.length + 1, attributes) == errSecDecode);
	tap_test("cut off anywhere, or followed by a byte, it is none");
	OPENSSL_free(subject.data);
	OPENSSL_free(der.data);
	X509_free(certificate);
}

static void check_label(EVP_PKEY *key, struct certificate_recipe recipe, const char *want)
{
	X509 *certificate;
	struct bytes der;

	recipe.key = key;
	certificate = make_certificate(&recipe);
	der = certificate_der(certificate);
	start();
	check(certificate_attributes(der.data, der.length, attributes) == errSecSuccess);
	check(want ? is_text("labl", want) : !value_get(attributes, "labl"));
	check(!value_get(attributes, "skid"));
	OPENSSL_free(der.data);
	X509_free(certificate);
}

static void test_labels(EVP_PKEY *key)
{
	check_label(key, (struct certificate_recipe){ .subject = { "CN=a", "OU=b", "CN=c" } }, "c");
	check_label(key, (struct certificate_recipe){ .subject = { "O=a", "OU=b" } }, "b");
	check_label(key, (struct certificate_recipe){ .subject = { "C:P=DE", "O=a \xc3\xa4" } },
		    "a \xc3\xa4");
	check_label(key,
		    (struct certificate_recipe){
			    .alternative_names = "DNS:d.example,email:a@example.org" },
		    "a@example.org");
	check_label(key,
		    (struct certificate_recipe){ .alternative_names = "DNS:d.example,IP:10.0.0.1" },
		    "d.example");
	check_label(key, (struct certificate_recipe){ .subject = { "C:P=DE" } }, NULL);
	check_label(key, (struct certificate_recipe){ .subject = { NULL } }, NULL);
	check(is_data("subj", "", 0));
	tap_test("labels: common name, unit, organisation, e-mail address, host; none");
}

static void test_names(void)
{
	X509_NAME *name = make_name((const char *const []){ "C:P=de", "CN=Mixed Case", NULL });
	struct bytes der = name_der(name);
	unsigned char want[64], raw[] = { 0x31, 0x80, 0x01 };
	struct value *once, *twice;
	size_t length;

	memcpy(want, der.data + 2, der.length - 2);
	/* The country is the first name: SET, SEQUENCE, OID of 3, PrintableString of 2. */
	memcpy(want + 11, "DE", 2);
	check(normalises(der.data, der.length, want, der.length - 2));
	check(normalises(der.data + 2, der.length - 2, want, der.length - 2));
	once = name_normalise(der.data, der.length);
	twice = name_normalise(value_bytes(once, &length), der.length - 2);
	check(value_equal(once, twice));
	tap_test("names with and without SEQUENCE have one normal form; it is its own");

	check(normalises("", 0, "", 0) && normalises("\x30\x00", 2, "", 0));
	check(normalises("text", 4, "text", 4));
	check(normalises(raw, sizeof(raw), raw, sizeof(raw)));
	for (length = 3; length < der.length; length++)
		check(normalises(der.data, length, der.data, length));
	tap_test("what is no name stays as it is");
	value_free(once);
	value_free(twice);
	OPENSSL_free(der.data);
	X509_NAME_free(name);
}

/* SHA-1 of the key inside SubjectPublicKeyInfo, found as its tail. */
static void hash_tail(const struct bytes *public, size_t length, unsigned char hash[20])
{
	SHA1(public->data + public->length - length, length, hash);
}

static void check_key(const char *kind, int type, int bits, size_t public_length, const char *uses)
{
	static const char *const names[] = {
		"encr", "decr", "drve", "sign", "vrfy", "wrap", "unwp"
	};
	EVP_PKEY *key = make_key(kind), *signer = make_key("P-256");
	X509 *certificate = make_certificate(&(struct certificate_recipe){
		.subject = { "CN=k" }, .key = key, .issuer = { "CN=r" }, .issuer_key = signer });
	struct bytes forms[] = { pkcs8_der(key), traditional_der(key), public_der(key) };
	struct bytes cert = certificate_der(certificate);
	unsigned char hash[20];

	hash_tail(&forms[2], public_length, hash);
	for (int form = 0; form < 3; form++) {
		start();
		check(key_attributes(forms[form].data, forms[form].length, attributes) ==
		      errSecSuccess);
		check(is_number("kcls", form < 2 ? KEY_PRIVATE : KEY_PUBLIC) &&
		      is_use("priv", form < 2));
		check(is_number("type", type) && is_number("bsiz", bits) &&
		      is_number("esiz", bits));
		check(is_data("klbl", hash, sizeof(hash)));
		for (int use = 0; use < 7 && form < 2; use++)
			check(is_use(names[use], strstr(uses, names[use]) != NULL));
		start();
		for (size_t length = 0; length < forms[form].length; length++)
			check(key_attributes(forms[form].data, length, attributes) == errSecDecode);
		check(!value_count(attributes));
		OPENSSL_free(forms[form].data);
	}
	start();
	check(certificate_attributes(cert.data, cert.length, attributes) == errSecSuccess);
	check(is_data("pkhh", hash, sizeof(hash)));
	tap_test("%s: attributes from PKCS#8, traditional form and public key; its certificate has "
		 "the same hash",
		 kind);
	OPENSSL_free(cert.data);
	X509_free(certificate);
	EVP_PKEY_free(signer);
	EVP_PKEY_free(key);
}

static void test_compressed(void)
{
	EVP_PKEY *key = make_key("P-256");
	struct bytes private = pkcs8_der(key), public;
	struct value *label;

	start();
	check(key_attributes(private.data, private.length, attributes) == errSecSuccess);
	label = value_copy(value_get(attributes, "klbl"));
	check(EVP_PKEY_set_utf8_string_param(key, "point-format", "compressed"));
	public = public_der(key);
	check(public.length < 64);
	start();
	check(key_attributes(public.data, public.length, attributes) == errSecSuccess);
	check(value_equal(label, value_get(attributes, "klbl")));
	tap_test("a compressed point has the hash of the uncompressed one");
	value_free(label);
	OPENSSL_free(private.data);
	OPENSSL_free(public.data);
	EVP_PKEY_free(key);
}

static void test_unknown_keys(void)
{
	static const unsigned char symmetric[32] = { 0x30, 0x1e, 2, 1, 0 };
	unsigned char *large = calloc(1, KEY_MAX_SIZE + 1);

	start();
	check(key_attributes(symmetric, sizeof(symmetric), attributes) == errSecDecode);
	check(key_attributes("", 0, attributes) == errSecDecode);
	memcpy(large, "\x30\x82\x7f\xfd", 4);
	check(key_attributes(large, KEY_MAX_SIZE + 1, attributes) == errSecDecode);
	check(!value_count(attributes));
	tap_test("other bytes are no key");
	free(large);
}

int main(void)
{
	EVP_PKEY *key = make_key("P-256");

	tap_start();
	test_certificate(key);
	test_labels(key);
	test_names();
	check_key("RSA", KEY_TYPE_RSA, 2048, 270, "decr sign unwp");
	check_key("P-256", KEY_TYPE_EC, 256, 65, "sign drve");
	check_key("P-521", KEY_TYPE_EC, 521, 133, "sign drve");
	check_key("ED25519", KEY_TYPE_ED25519, 256, 32, "sign");
	check_key("X25519", KEY_TYPE_X25519, 253, 32, "drve");
	check_key("ED448", KEY_TYPE_ED448, 456, 57, "sign");
	test_compressed();
	test_unknown_keys();
	value_free(attributes);
	EVP_PKEY_free(key);
	return tap_end();
}
