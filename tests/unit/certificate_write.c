// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files that were written are read back as the items that they were written from.
 */
#include <string.h>

#include <openssl/pem.h>

#include "helper/keychain/certificate/container/container.h"
#include "helper/keychain/certificate/container/container_write.h"
#include "helper/keychain/include/keychain-status.h"
#include "tests/certificate/make.h"
#include "tests/unit/lib/read_container.h"
#include "tests/unit/lib/tap.h"

#define PASSPHRASE	"correct h\xc3\xb6rse"

static const char *const kinds[] = { "RSA", "P-256", "P-384", "P-521", "ED25519", "X25519", "ED448", "X448", "secp256k1" };
#define KINDS		(sizeof(kinds) / sizeof(*kinds))
#define OPENSSH_KINDS	5	/* the first ones */

static struct bytes keys[KINDS], publics[KINDS], certificate_bytes, authority_bytes;
static struct secret secret;

/* Little work, where how much it is is not the matter. */
static int iterations = 2;
static uint32_t rounds = 1;

static struct value *file;

static struct value *item(const char *class, const struct bytes *data, const char *label)
{
	struct value *made = value_dictionary();

	check(!value_set(made, "class", value_string(class)) &&
	      !value_set(made, "v_Data", value_data(data->data, data->length)));
	if (label)
		check(!value_set(made, "labl", value_string(label)));
	return made;
}

/* Takes @written; encrypted where @sealed. */
static int write_items(enum container_form form, bool sealed, bool public_halves, struct value *written)
{
	const struct container_writing how = { form, public_halves, sealed ? &secret : NULL, iterations, rounds };
	int status;

	value_free(file);
	free(message);
	status = container_write(written, &how, &file, &message);
	value_free(written);
	return status;
}

static int read_back(void)
{
	size_t length;
	const void *bytes = value_bytes(file, &length);

	return read_bytes(bytes, length);
}

static struct value *array(struct value *one, struct value *two)
{
	struct value *made = value_array();

	check(!value_append(made, one) && (!two || !value_append(made, two)));
	return made;
}

static bool is(size_t number, const char *class, const struct bytes *data, const char *label)
{
	const struct value *found = value_at(items, number);
	const char *found_class = value_as_string(value_get(found, "class"));
	const char *found_label = value_as_string(value_get(found, "labl"));
	size_t length;
	const void *bytes = value_bytes(value_get(found, "v_Data"), &length);

	return found_class && !strcmp(found_class, class) && length == data->length && !memcmp(bytes, data->data, length) &&
	       (label ? found_label && !strcmp(found_label, label) : !found_label);
}

static bool holds(const struct value *bytes, const void *part, size_t part_length)
{
	size_t length;
	const void *all = value_bytes(bytes, &length);

	return memmem(all, length, part, part_length);
}

/* As is, of one key; the wrong passphrase and none. */
static void check_key(enum container_form form, size_t kind, const char *label)
{
	answer = PASSPHRASE;
	check(!write_items(form, true, false, array(item("keys", &keys[kind], label), NULL)));
	check(!read_back() && value_count(items) == 1 && asked == 1);
	check(is(0, "keys", &keys[kind], form == CONTAINER_PKCS12 || form == CONTAINER_OPENSSH ? label : NULL));
	answer = "incorrect horse";
	check(read_back() == errSecAuthFailed && !items);
	answer = NULL;
	check(read_back() == errSecInteractionNotAllowed && !items);
	check(!write_items(form, false, false, array(item("keys", &keys[kind], label), NULL)));
	check(!read_back() && value_count(items) == 1 && !asked);
	check(is(0, "keys", &keys[kind], form == CONTAINER_PKCS12 || form == CONTAINER_OPENSSH ? label : NULL));
}

static void test_private(void)
{
	for (size_t kind = 0; kind < KINDS; kind++) {
		check_key(CONTAINER_PEM, kind, "label");
		check_key(CONTAINER_DER, kind, "label");
		check_key(CONTAINER_PKCS12, kind, "a \xc3\xa4 label");
		if (kind < OPENSSH_KINDS)
			check_key(CONTAINER_OPENSSH, kind, "a \xc3\xa4 label");
		else
			check(write_items(CONTAINER_OPENSSH, true, false, array(item("keys", &keys[kind], NULL), NULL)) ==
			      errSecDecode && message && !file);
		tap_test("%s in every form, encrypted and in the clear", kinds[kind]);
	}
}

static void test_public(void)
{
	for (size_t kind = 0; kind < KINDS; kind++) {
		for (int form = CONTAINER_PEM; form <= CONTAINER_DER; form++) {
			check(!write_items((enum container_form)form, false, false, array(item("keys", &publics[kind], NULL), NULL)));
			check(!read_back() && value_count(items) == 1 && is(0, "keys", &publics[kind], NULL));
			check(!write_items((enum container_form)form, true, true, array(item("keys", &keys[kind], NULL), NULL)));
			check(!read_back() && value_count(items) == 1 && !asked && is(0, "keys", &publics[kind], NULL));
		}
		check(write_items(CONTAINER_PKCS12, true, false, array(item("keys", &publics[kind], NULL), NULL)) == errSecParam);
		check(write_items(CONTAINER_OPENSSH, true, true, array(item("keys", &keys[kind], "of a\nline"), NULL)) ==
		      (kind < OPENSSH_KINDS ? errSecSuccess : errSecDecode));
		/* One line. */
		if (kind < OPENSSH_KINDS)
			check(!holds(file, "of a", 4) && !holds(file, "line", 4));
	}
	tap_test("public keys, and public halves of private ones");
}

static void test_identity(void)
{
	struct value *identity = item("idnt", &keys[1], "of both");

	check(!value_set(identity, "certdata", value_data(certificate_bytes.data, certificate_bytes.length)) &&
	      !value_set(identity, "key_labl", value_string("of the key")));
	answer = PASSPHRASE;
	/* The authority twice, and the key once more by itself. */
	check(!write_items(CONTAINER_PKCS12, true, false,
			   array(value_copy(identity), item("cert", &authority_bytes, "above"))));
	check(!read_back() && value_count(items) == 3 && asked == 1);
	check(is(0, "keys", &keys[1], "of the key") && is(1, "cert", &certificate_bytes, "of both") &&
	      is(2, "cert", &authority_bytes, "above"));
	check(!write_items(CONTAINER_PKCS12, false, false, array(value_copy(identity), NULL)));
	check(!read_back() && value_count(items) == 2 && !asked && is(0, "keys", &keys[1], "of the key"));
	check(!write_items(CONTAINER_PEM, true, false, array(value_copy(identity), item("cert", &certificate_bytes, NULL))));
	check(!read_back() && value_count(items) == 2 && asked == 1);
	check(is(0, "keys", &keys[1], "The Name") && is(1, "cert", &certificate_bytes, "The Name"));
	check(!write_items(CONTAINER_DER, true, false, array(item("cert", &certificate_bytes, NULL), NULL)));
	check(!read_back() && value_count(items) == 1 && !asked && is(0, "cert", &certificate_bytes, "The Name"));
	check(write_items(CONTAINER_DER, true, false, array(value_copy(identity), NULL)) == errSecParam && message && !file);
	check(write_items(CONTAINER_OPENSSH, true, false, array(identity, NULL)) == errSecParam && message);
	tap_test("identities and certificates, each part once, with its own label");
}

static void test_refused(void)
{
	struct bytes other = { (unsigned char *)"symmetric", 9 };

	for (int form = CONTAINER_PEM; form <= CONTAINER_OPENSSH; form++) {
		check(write_items((enum container_form)form, true, false, array(item("keys", &other, NULL), NULL)) == errSecDecode);
		check(message && !strstr(message, "symmetric\"") && !file);
		check(write_items((enum container_form)form, true, false, array(item("genp", &other, NULL), NULL)) == errSecParam);
		check(message && !file);
		if (form != CONTAINER_OPENSSH)
			check(write_items((enum container_form)form, true, false, array(item("cert", &other, NULL), NULL)) ==
			      errSecDecode && message);
	}
	check(write_items(CONTAINER_OPENSSH, true, false, array(item("keys", &keys[1], NULL), item("keys", &keys[2], NULL))) ==
	      errSecParam && message);
	tap_test("what a form cannot hold is refused with the reason");
}

/* Anybody can tell what it costs to guess, from the file alone. */
static void test_strength(void)
{
	static const char *const oids[] = { "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d",	/* PBES2 */
					    "\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x09",		/* hmacWithSHA256 */
					    "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a",	/* aes256-CBC */
					    "\x02\x03\x09\x27\xc0" };				/* 600000 */

	iterations = 0;
	rounds = 0;
	check(!write_items(CONTAINER_DER, true, false, array(item("keys", &keys[1], NULL), NULL)));
	for (size_t number = 0; number < sizeof(oids) / sizeof(*oids); number++)
		check(holds(file, oids[number], strlen(oids[number])));
	check(!write_items(CONTAINER_PKCS12, true, false, array(item("keys", &keys[1], NULL), NULL)));
	for (size_t number = 0; number < sizeof(oids) / sizeof(*oids); number++)
		check(holds(file, oids[number], strlen(oids[number])));
	check(!holds(file, keys[1].data + keys[1].length - 32, 32));
	tap_test("PBKDF2 with SHA-256 and 600000 iterations, AES-256");
}

int main(void)
{
	EVP_PKEY *made[KINDS];
	X509 *certificate, *authority;

	for (size_t kind = 0; kind < KINDS; kind++) {
		made[kind] = make_key(kinds[kind]);
		keys[kind] = pkcs8_der(made[kind]);
		publics[kind] = public_der(made[kind]);
	}
	certificate = make_certificate(&(struct certificate_recipe){ .subject = { "CN=The Name" }, .key = made[1],
								      .issuer = { "CN=Above" }, .issuer_key = made[4] });
	authority = make_certificate(&(struct certificate_recipe){ .subject = { "CN=Above" }, .key = made[4] });
	certificate_bytes = certificate_der(certificate);
	authority_bytes = certificate_der(authority);
	check(!secret_new(&secret, 64));
	memcpy(secret.data, PASSPHRASE, strlen(PASSPHRASE));
	secret.length = strlen(PASSPHRASE);
	tap_start();
	test_private();
	test_public();
	test_identity();
	test_refused();
	test_strength();
	value_free(file);
	value_free(items);
	free(message);
	secret_free(&secret);
	for (size_t kind = 0; kind < KINDS; kind++) {
		OPENSSL_free(keys[kind].data);
		OPENSSL_free(publics[kind].data);
		EVP_PKEY_free(made[kind]);
	}
	OPENSSL_free(certificate_bytes.data);
	OPENSSL_free(authority_bytes.data);
	X509_free(certificate);
	X509_free(authority);
	return tap_end();
}
