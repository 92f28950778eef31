// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Private keys of OpenSSH become the keys that they are; others are refused with the reason.
 */
#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "helper/keychain/certificate/container/bcrypt_kdf.h"
#include "helper/keychain/include/keychain-status.h"
#include "tests/certificate/openssh.h"
#include "tests/unit/lib/read_container.h"
#include "tests/unit/lib/tap.h"

static int read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static bool has_hash(const struct value *item, const char *hexadecimal)
{
	size_t length;
	const unsigned char *bytes = value_bytes(value_get(item, "klbl"), &length);
	char text[64] = "";

	for (size_t at = 0; at < length && at < 20; at++)
		sprintf(text + 2 * at, "%02x", bytes[at]);
	return !strcmp(text, hexadecimal);
}

static void test_keys(void)
{
	for (size_t number = 0; number < sizeof(openssh_keys) / sizeof(*openssh_keys); number++) {
		const struct openssh_key *key = &openssh_keys[number];
		const struct value *item;
		const char *label;

		answer = OPENSSH_PASSPHRASE;
		check(read_text(key->file) == 0 && value_count(items) == 1 && asked == key->sealed);
		item = value_at(items, 0);
		label = value_as_string(value_get(item, "labl"));
		check(has_hash(item, key->klbl) && value_as_boolean(value_get(item, "priv")));
		check(key->label ? label && !strcmp(label, key->label) : !label);
		if (key->sealed) {
			answer = "incorrect horse";
			check(read_text(key->file) == errSecAuthFailed && !items && message);
			answer = "";
			check(read_text(key->file) == errSecAuthFailed && !items && message);
			answer = NULL;
			check(read_text(key->file) == errSecInteractionNotAllowed && !items && message);
		}
		tap_test("OpenSSH: %s", key->kind);
	}
}

static void test_refused(void)
{
	static const char *const others[][2] = {
		{ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== a comment", "-m PKCS8" },
		{ "ssh-rsa-cert-v01@openssh.com AAAA", "X.509" },
		{ "sk-ssh-ed25519@openssh.com AAAA", "FIDO" },
		{ "PuTTY-User-Key-File-3: ssh-ed25519\r\n", "puttygen" },
		{ "---- BEGIN SSH2 PUBLIC KEY ----\n", "ssh-keygen -i" },
	};

	answer = OPENSSH_PASSPHRASE;
	for (size_t number = 0; number < sizeof(openssh_refused) / sizeof(*openssh_refused); number++) {
		check(read_text(openssh_refused[number].file) == errSecDecode && !items && !asked);
		check(message && strstr(message, openssh_refused[number].reason));
	}
	for (size_t number = 0; number < sizeof(others) / sizeof(*others); number++) {
		check(read_text(others[number][0]) == errSecDecode && !items && !asked);
		check(message && strstr(message, others[number][1]));
	}
	tap_test("security keys, certificates of OpenSSH, DSA, public keys and other forms are refused with the reason");
}

/* Each byte of a key that is not sealed, changed, and its end cut off. */
static void test_damage(void)
{
	BIO *file = BIO_new_mem_buf(openssh_keys[0].file, -1), *made;
	char *name, *header, *text;
	unsigned char *bytes;
	long length, text_length;
	int taken = 0;

	check(PEM_read_bio(file, &name, &header, &bytes, &length));
	for (long at = 0; at < 2 * length; at++) {
		if (at < length)
			bytes[at] ^= 0x10;
		made = BIO_new(BIO_s_mem());
		PEM_write_bio(made, name, "", bytes, at < length ? length : at - length);
		text_length = BIO_get_mem_data(made, &text);
		if (!read_bytes(text, (size_t)text_length)) {
			check(value_count(items) == 1 && has_hash(value_at(items, 0), openssh_keys[0].klbl));
			taken++;
		} else {
			check(!items && message);
		}
		BIO_free(made);
		if (at < length)
			bytes[at] ^= 0x10;
	}
	/* The public key beside it, the comment's letters. */
	check(taken < length / 2);
	tap_test("damage: never another key, and a message");
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(bytes);
	BIO_free(file);
}

/* The numbers of an RSA key that is not sealed, one after the other with its lowest bit changed. */
static void test_rsa_numbers(void)
{
	static const char *const names[] = { "n", "e", "d", "inverse", "p", "q" };
	const struct openssh_key *rsa = openssh_keys;
	char *name, *header, *text;
	unsigned char *bytes, *at;
	BIO *file, *made;
	long length, text_length;

	while (rsa->sealed || strncmp(rsa->kind, "RSA", 3))
		rsa++;
	file = BIO_new_mem_buf(rsa->file, -1);
	check(PEM_read_bio(file, &name, &header, &bytes, &length));
	/* The first is that of the public key. */
	at = memmem(bytes, (size_t)length, "ssh-rsa", 7);
	at = memmem(at + 7, (size_t)(bytes + length - at - 7), "ssh-rsa", 7);
	at += 7;
	for (size_t number = 0; number < sizeof(names) / sizeof(names[0]); number++) {
		at += 4 + ((size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3]);
		at[-1] ^= number == 1 ? 2 : 1;
		made = BIO_new(BIO_s_mem());
		PEM_write_bio(made, name, "", bytes, length);
		text_length = BIO_get_mem_data(made, &text);
		if (!check(read_bytes(text, (size_t)text_length) == errSecDecode && !items))
			printf("# %s\n", names[number]);
		BIO_free(made);
		at[-1] ^= number == 1 ? 2 : 1;
	}
	tap_test("numbers of an RSA key that do not belong together are refused");
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(bytes);
	BIO_free(file);
}

/* Values of OpenBSD's regression test. */
static void test_kdf(void)
{
	static const uint8_t first[] = { 0x5b, 0xbf, 0x0c, 0xc2, 0x93, 0x58, 0x7f, 0x1c, 0x36, 0x35, 0x55,
					 0x5c, 0x27, 0x79, 0x65, 0x98, 0xd4, 0x7e, 0x57, 0x90, 0x71, 0xbf,
					 0x42, 0x7e, 0x9d, 0x8f, 0xbe, 0x84, 0x2a, 0xba, 0x34, 0xd9 };
	static const uint8_t second[] = { 0xc1, 0x2b, 0x56, 0x62, 0x35, 0xee, 0xe0, 0x4c,
					  0x21, 0x25, 0x98, 0x97, 0x0a, 0x57, 0x9a, 0x67 };
	uint8_t key[64];

	check(bcrypt_kdf("password", 8, (const uint8_t *)"salt", 4, 4, key, sizeof(first)) &&
	      !memcmp(key, first, sizeof(first)));
	check(bcrypt_kdf("password", 8, (const uint8_t *)"", 1, 4, key, sizeof(second)) &&
	      !memcmp(key, second, sizeof(second)));
	check(!bcrypt_kdf("", 0, (const uint8_t *)"salt", 4, 4, key, 32));
	check(!bcrypt_kdf("password", 8, (const uint8_t *)"", 0, 4, key, 32));
	check(!bcrypt_kdf("password", 8, (const uint8_t *)"salt", 4, 0, key, 32));
	check(!bcrypt_kdf("password", 8, (const uint8_t *)"salt", 4, 1, key, BCRYPT_KDF_MAX_KEY + 1));
	tap_test("bcrypt_pbkdf");
}

int main(void)
{
	tap_start();
	test_kdf();
	test_keys();
	test_refused();
	test_damage();
	test_rsa_numbers();
	value_free(items);
	free(message);
	return tap_end();
}
