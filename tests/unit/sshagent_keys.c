// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of the SSH agent: what they are made of, keys of each type as ssh-add sends them, and bytes that are none.
 */
#include "helper/sshagent/agent/signable.h"
#include "helper/sshagent/key/pattern.h"
#include "lib/ssh_keys.h"
#include "lib/tap.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#define BYTES(text) ((struct bytes){ (const uint8_t *)(text), sizeof(text) - 1 })

static void test_reader(void)
{
	struct reader from = reader_of_bytes(BYTES("\x07\0\0\1\2\0\0\0\3abc\0\0\0\1\0\2"));

	check(reader_u8(&from) == 7 && reader_u32(&from) == 0x102 && bytes_are(reader_string(&from), "abc"));
	check(reader_text(&from).length == 0 && from.failed && !reader_u8(&from) && !reader_done(&from) && reader_ended(&from));
	tap_test("numbers and strings; a NUL is no text, and the first failure sticks");

	from = reader_of_bytes(BYTES("\xff\xff\xff\xff" "abc"));
	check(!reader_string(&from).length && from.failed);
	from = reader_of_bytes(BYTES("\0\0\0\4abc"));
	check(!reader_string(&from).length && from.failed);
	from = reader_of_bytes(BYTES("\0\0\0"));
	check(!reader_u32(&from) && from.failed);
	from = reader_of(NULL, 0);
	check(reader_done(&from) && !reader_u8(&from) && from.failed);
	tap_test("lengths over what is there");

	from = reader_of_bytes(BYTES("\0\0\0\3\0\0\5"));
	check(reader_number(&from, 1).length == 1 && reader_done(&from));
	from = reader_of_bytes(BYTES("\0\0\0\1\x80"));
	check(!reader_number(&from, 8).length && from.failed);
	from = reader_of_bytes(BYTES("\0\0\0\2\1\1"));
	check(!reader_number(&from, 1).length && from.failed);
	tap_test("numbers: negative ones and those that are too long are none");
}

static void test_buffer(void)
{
	static const uint8_t zeros[65536];
	struct buffer buffer = BUFFER_NONE;
	size_t begun;

	buffer_u8(&buffer, 1);
	begun = buffer_begin(&buffer);
	buffer_number(&buffer, BYTES("\x80"));
	buffer_number(&buffer, BYTES(""));
	buffer_end(&buffer, begun);
	check(bytes_equal(buffer_content(&buffer), BYTES("\1\0\0\0\x0a\0\0\0\2\0\x80\0\0\0\0")));
	for (size_t at = 0; at < 17; at++)
		buffer_bytes(&buffer, (struct bytes){ zeros, sizeof(zeros) });
	check(buffer.failed && buffer.length <= 1 << 20);
	buffer_clear(&buffer);
	check(!buffer.failed && !buffer.length);
	buffer_free(&buffer);
	tap_test("what is put together, up to a limit");
}

static bool reads(struct bytes record, struct private_key *key)
{
	struct reader from = reader_of_bytes(record);

	private_key_read(&from, key);
	return reader_done(&from);
}

/* Whether it signs, with that name, and the signature is good for the data and for no other. */
static void check_signature(const struct private_key *key, const struct public_key *public, uint32_t flags, const char *name)
{
	struct buffer signature = BUFFER_NONE;
	struct reader from;

	if (!check(private_key_sign(key, BYTES("data"), flags, &signature)))
		return;
	from = reader_of_bytes(buffer_content(&signature));
	check(bytes_are(reader_string(&from), name));
	check(public_key_verify(public, BYTES("data"), buffer_content(&signature)));
	check(!public_key_verify(public, BYTES("date"), buffer_content(&signature)));
	signature.data[signature.length - 1] ^= 1;
	check(!public_key_verify(public, BYTES("data"), buffer_content(&signature)));
	buffer_free(&signature);
}

/* All that is a beginning of it is none, and neither is it with a byte that is another one. @step: not each of many. */
static void check_damaged(const struct buffer *record, size_t step)
{
	struct private_key key, whole;
	uint8_t *copy;
	size_t wrong = 0;

	check(reads(buffer_content(record), &whole));
	for (size_t length = 0; length < record->length; length++) {
		copy = malloc(length + 1);
		memcpy(copy, record->data, length);
		wrong += reads((struct bytes){ copy, length }, &key);
		free(copy);
	}
	check(!wrong);
	copy = malloc(record->length);
	for (size_t at = 0; at < record->length; at += step) {
		memcpy(copy, record->data, record->length);
		copy[at] ^= 1;
		wrong += reads((struct bytes){ copy, record->length }, &key) && private_key_check(&key);
	}
	if (!check(!wrong))
		printf("# %zu of %zu\n", wrong, record->length);
	free(copy);
}

static void check_type(const struct buffer *record, size_t step, const char *name)
{
	struct buffer blob = BUFFER_NONE, plain = BUFFER_NONE;
	struct public_key public;
	struct private_key key;

	if (!check(reads(buffer_content(record), &key) && private_key_check(&key)))
		return;
	private_key_put_public(&key, &blob);
	check(public_key_read(buffer_content(&blob), &public));
	public_key_put_plain(&public, &plain);
	check(bytes_equal(buffer_content(&plain), buffer_content(&blob)));
	if (public.type->family == KEY_RSA) {
		check_signature(&key, &public, SIGN_RSA_SHA2_256, "rsa-sha2-256");
		check_signature(&key, &public, SIGN_RSA_SHA2_512, "rsa-sha2-512");
		check(!private_key_sign(&key, BYTES("data"), 0, &plain));
	} else {
		check_signature(&key, &public, 0, name);
	}
	check_damaged(record, step);
	buffer_free(&blob);
	buffer_free(&plain);
	tap_test("%s: read, signs; damaged it is none", name);
}

static void test_types(void)
{
	static const char *const curves[][2] = { { "P-256", "nistp256" }, { "P-384", "nistp384" }, { "P-521", "nistp521" } };
	struct buffer record = BUFFER_NONE;
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	char name[64];

	put_record_of_ed25519(key, &record);
	check_type(&record, 1, "ssh-ed25519");
	EVP_PKEY_free(key);
	for (size_t at = 0; at < 3; at++) {
		buffer_clear(&record);
		key = EVP_EC_gen(curves[at][0]);
		snprintf(name, sizeof(name), "ecdsa-sha2-%s", curves[at][1]);
		put_record_of_ecdsa(key, name, curves[at][1], &record);
		check_type(&record, 1, name);
		EVP_PKEY_free(key);
	}
	buffer_clear(&record);
	key = EVP_RSA_gen(1024);
	put_record_of_rsa(key, &record);
	check_type(&record, 3, "ssh-rsa");
	EVP_PKEY_free(key);
	buffer_clear(&record);
	key = EVP_RSA_gen(512);
	put_record_of_rsa(key, &record);
	{
		struct private_key read;

		check(reads(buffer_content(&record), &read) && !private_key_check(&read));
		check(!reads(BYTES("\0\0\0\7ssh-dss"), &read) && !reads(BYTES("\0\0\0\0"), &read) && !reads(BYTES(""), &read));
	}
	EVP_PKEY_free(key);
	buffer_free(&record);
	tap_test("short RSA, DSA and unknown types are none");
}

static void test_patterns(void)
{
	check(pattern_matches(BYTES(""), BYTES("")) && !pattern_matches(BYTES(""), BYTES("a")) && pattern_matches(BYTES("*"), BYTES("")));
	check(pattern_matches(BYTES("a*b*c"), BYTES("axbxbc")) && !pattern_matches(BYTES("a*b*c"), BYTES("axbxb")));
	check(pattern_matches(BYTES("?nna**"), BYTES("anna")) && !pattern_matches(BYTES("?anna"), BYTES("anna")));
	check(pattern_matches(BYTES("[ab]"), BYTES("[ab]")) && !pattern_matches(BYTES("[ab]"), BYTES("a")));
	check(pattern_matches(BYTES("*.example.org"), BYTES("a.b.example.org")) && !pattern_matches(BYTES("Anna"), BYTES("anna")));
	tap_test("patterns are those of OpenSSH");
}

/* As a device signs: @made has the private half. */
static void put_touched(const struct private_key *made, const char *type, struct buffer *to)
{
	struct buffer assertion = BUFFER_NONE, signature = BUFFER_NONE;
	struct reader from;
	uint8_t digest[32];

	check(EVP_Q_digest(NULL, "SHA256", NULL, "ssh:one", 7, digest, NULL));
	buffer_bytes(&assertion, (struct bytes){ digest, sizeof(digest) });
	buffer_bytes(&assertion, BYTES("\1\0\0\0\7"));
	check(EVP_Q_digest(NULL, "SHA256", NULL, "data", 4, digest, NULL));
	buffer_bytes(&assertion, (struct bytes){ digest, sizeof(digest) });
	check(private_key_sign(made, buffer_content(&assertion), 0, &signature));
	from = reader_of_bytes(buffer_content(&signature));
	reader_string(&from);
	buffer_text(to, type);
	buffer_string(to, reader_string(&from));
	buffer_bytes(to, BYTES("\1\0\0\0\7"));
	buffer_free(&assertion);
	buffer_free(&signature);
}

/* No byte of it may be another one, and none may be missing. */
static void check_touched(const struct public_key *public, struct buffer *signature)
{
	size_t wrong = 0;

	check(public_key_verify_fido(public, BYTES("data"), buffer_content(signature)));
	check(!public_key_verify_fido(public, BYTES("date"), buffer_content(signature)));
	check(!public_key_verify(public, BYTES("data"), buffer_content(signature)));
	for (size_t at = 0; at < signature->length; at++) {
		signature->data[at] ^= 1;
		wrong += public_key_verify_fido(public, BYTES("data"), buffer_content(signature));
		signature->data[at] ^= 1;
		wrong += public_key_verify_fido(public, BYTES("data"), (struct bytes){ signature->data, at });
	}
	check(!wrong);
}

/* The private form of one of a curve has the application behind the public half, as the public one. */
static void test_security_key_of_curve(void)
{
	EVP_PKEY *made = EVP_EC_gen("P-256");
	struct buffer record = BUFFER_NONE, blob = BUFFER_NONE, signature = BUFFER_NONE;
	struct private_key key;
	struct public_key public, other;
	uint8_t point[133];
	size_t length;

	check(EVP_PKEY_get_octet_string_param(made, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &length));
	buffer_text(&record, "sk-ecdsa-sha2-nistp256@openssh.com");
	buffer_text(&record, "nistp256");
	buffer_string(&record, (struct bytes){ point, length });
	buffer_text(&record, "ssh:one");
	buffer_u8(&record, 1);
	buffer_text(&record, "handle");
	buffer_text(&record, "");
	check(reads(buffer_content(&record), &key) && private_key_check(&key) && bytes_are(key.public.application, "ssh:one"));
	private_key_put_public(&key, &blob);
	check(public_key_read(buffer_content(&blob), &public) && bytes_are(public.application, "ssh:one") && bytes_are(key.handle, "handle"));
	buffer_clear(&record);
	put_record_of_ecdsa(made, "ecdsa-sha2-nistp256", "nistp256", &record);
	check(reads(buffer_content(&record), &key));
	put_touched(&key, "sk-ecdsa-sha2-nistp256@openssh.com", &signature);
	check_touched(&public, &signature);
	other = public;
	other.application = BYTES("ssh:two");
	check(!public_key_verify_fido(&other, BYTES("data"), buffer_content(&signature)));
	check(!public_key_verify_fido(&key.public, BYTES("data"), buffer_content(&signature)));
	buffer_free(&signature);
	buffer_free(&record);
	buffer_free(&blob);
	EVP_PKEY_free(made);
	tap_test("security keys of a curve, and their signatures");
}

static void put_login(struct bytes blob, struct buffer *to)
{
	buffer_text(to, "session");
	buffer_u8(to, 50);
	buffer_text(to, "anna");
	buffer_text(to, "ssh-connection");
	buffer_text(to, "publickey");
	buffer_u8(to, 1);
	buffer_text(to, "sk-ssh-ed25519@openssh.com");
	buffer_string(to, blob);
}

static void test_security_keys(void)
{
	struct made_key made;
	struct buffer record = BUFFER_NONE, blob = BUFFER_NONE, login = BUFFER_NONE;
	struct private_key key;
	struct public_key public;

	make_ed25519(&made);
	buffer_text(&record, "sk-ssh-ed25519@openssh.com");
	buffer_string(&record, made.key.public.point);
	buffer_text(&record, "ssh:");
	buffer_u8(&record, 1);
	buffer_text(&record, "handle");
	buffer_text(&record, "");
	check(reads(buffer_content(&record), &key) && private_key_check(&key) && key.flags == 1 && bytes_are(key.handle, "handle"));
	check(!private_key_sign(&key, BYTES("data"), 0, &blob));
	private_key_put_public(&key, &blob);
	check(public_key_read(buffer_content(&blob), &public) && bytes_are(public.application, "ssh:"));
	check(signable_by_security_key(&key, buffer_content(&blob), BYTES("anything")));
	key.public.application = BYTES("https://example.org");
	check(!signable_by_security_key(&key, buffer_content(&blob), BYTES("anything")));
	check(!signable_by_security_key(&key, buffer_content(&blob), BYTES("SSHSIG and so on")));
	check(signable_by_security_key(&key, buffer_content(&blob), BYTES("SSHSIG\0\0\0\4file\0\0\0\0\0\0\0\6sha512\0\0\0\1h")));
	put_login(buffer_content(&blob), &login);
	check(signable_by_security_key(&key, buffer_content(&blob), buffer_content(&login)));
	check(!signable_by_security_key(&key, buffer_content(&made.public), buffer_content(&login)));
	buffer_free(&login);
	buffer_free(&record);
	buffer_free(&blob);
	free_made(&made);
	tap_test("security keys: read, and what they may sign");
}

static void test_certificates(void)
{
	const struct certificate_wish host = { "ssh-ed25519-cert-v01@openssh.com", CERTIFICATE_HOST, "*.example.org", 100, 200, "" };
	struct certificate_wish other = host;
	struct buffer certificate = BUFFER_NONE, record = BUFFER_NONE;
	struct made_key key, authority, stranger;
	struct public_key public;
	struct private_key private;

	make_ed25519(&key);
	make_ed25519(&authority);
	make_ed25519(&stranger);
	put_certificate(&key, &authority, &host, &certificate);
	check(public_key_read(buffer_content(&certificate), &public) && bytes_equal(public.point, key.key.public.point));
	check(public_key_certifies_host(&public, BYTES("a.example.org"), 100) && public_key_certifies_host(&public, BYTES("a.example.org"), 199));
	check(!public_key_certifies_host(&public, BYTES("a.example.org"), 99) && !public_key_certifies_host(&public, BYTES("a.example.org"), 200));
	check(!public_key_certifies_host(&public, BYTES("a.example.com"), 150));
	check(bytes_equal(public.authority, buffer_content(&authority.public)));
	check(!public_key_expired(buffer_content(&certificate), 199) && public_key_expired(buffer_content(&certificate), 200));
	check(!public_key_expired(buffer_content(&key.public), UINT64_MAX) && !public_key_expired(BYTES("none"), UINT64_MAX));
	certificate.data[60] ^= 1;
	check(!public_key_read(buffer_content(&certificate), &public) || !public_key_certifies_host(&public, BYTES("a.example.org"), 150));
	tap_test("certificates of hosts: by name, time and signature");

	for (unsigned int at = 0; at < 3; at++) {
		other = host;
		if (at == 0)
			other.kind = CERTIFICATE_USER;
		else if (at == 1)
			other.principal = NULL;
		else
			other.critical = "option";
		buffer_clear(&certificate);
		put_certificate(&key, &authority, &other, &certificate);
		check(public_key_read(buffer_content(&certificate), &public) && !public_key_certifies_host(&public, BYTES("a.example.org"), 150));
	}
	tap_test("others are of no host");

	for (unsigned int at = 0; at < 2; at++) {
		const struct made_key *owner = at ? &stranger : &key;

		buffer_clear(&record);
		buffer_text(&record, host.type);
		buffer_string(&record, buffer_content(&certificate));
		buffer_string(&record, owner->key.public.point);
		buffer_string(&record, owner->key.ed25519);
		check(reads(buffer_content(&record), &private) == !at);
		if (!at)
			check_signature(&private, &private.public, 0, "ssh-ed25519");
	}
	buffer_free(&certificate);
	buffer_free(&record);
	free_made(&key);
	free_made(&authority);
	free_made(&stranger);
	tap_test("a certificate with its key, and with another one's");
}

int main(void)
{
	tap_start();
	test_reader();
	test_buffer();
	test_types();
	test_security_keys();
	test_security_key_of_curve();
	test_patterns();
	test_certificates();
	return tap_end();
}
