// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Organisations that open keybags: certificates, read and sealed to by keybag-organisation; the record in the form; the
 * certificate on the disk, with a stop at every call that changes a file, and with every such call failing.
 */
#include <errno.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/recovery_code.h"
#include "keybagd/organisation/organisation.h"
#include "keybagd/store/form_file.h"
#include "keybagd/store/organisation_file.h"
#include "keybagd/store/store.h"
#include "lib/random.h"
#include "lib/tap.h"

#define DAY	86400L

static const uint8_t uuid[KEYBAG_UUID_SIZE] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0x4d, 0xef, 0x80 };

/* ---- Trouble: the process ends at the call with number @trouble_at, or that call fails ------------------ */

static int calls, trouble_at, trouble_error;

static int trouble(void)
{
	if (!trouble_at || ++calls != trouble_at)
		return 0;
	if (!trouble_error)
		_exit(77);
	errno = trouble_error;
	return -1;
}

#define WRAPPED(type, name, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		if (trouble()) \
			return -1; \
		return __real_##name arguments; \
	}

WRAPPED(int, fsync, (int fd), (fd))
WRAPPED(int, renameat, (int from, const char *old, int to, const char *new), (from, old, to, new))
WRAPPED(int, unlinkat, (int folder, const char *name, int flags), (folder, name, flags))
WRAPPED(ssize_t, write, (int fd, const void *bytes, size_t length), (fd, bytes, length))

/* ---- Certificates ----------------------------------------------------------------------------------------- */

struct made {
	EVP_PKEY *key;
	X509 *certificate;
	uint8_t der[ORGANISATION_CERTIFICATE + 1];
	size_t length;
};

/* The parts of one that are not usual. */
struct unusual {
	const char *usage;
	long from, until;	/* s from now on */
	int names;		/* parts of its name, of 60 bytes each */
	bool no_identifier;
};

static EVP_PKEY *new_key(const char *type, const char *parameter)
{
	if (!strcmp(type, "RSA"))
		return EVP_PKEY_Q_keygen(NULL, NULL, type, (size_t)atoi(parameter));
	return !strcmp(type, "EC") ? EVP_PKEY_Q_keygen(NULL, NULL, type, parameter) : EVP_PKEY_Q_keygen(NULL, NULL, type);
}

static void extend(X509 *certificate, int kind, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_nconf_nid(NULL, &context, kind, value);
	check(extension && X509_add_ext(certificate, extension, -1));
	X509_EXTENSION_free(extension);
}

/* Signed by another key: those of X25519 sign nothing. */
static void make(struct made *made, EVP_PKEY *key, const struct unusual *unusual)
{
	EVP_PKEY *signer = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	uint8_t *at = made->der;

	made->key = key;
	made->certificate = X509_new();
	X509_set_version(made->certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(made->certificate), 7);
	X509_gmtime_adj(X509_getm_notBefore(made->certificate), unusual->from ? unusual->from : -DAY);
	X509_gmtime_adj(X509_getm_notAfter(made->certificate), unusual->until ? unusual->until : DAY);
	X509_set_pubkey(made->certificate, key);
	for (int i = 0; i <= unusual->names; i++)
		X509_NAME_add_entry_by_txt(X509_get_subject_name(made->certificate), i ? "OU" : "O", MBSTRING_UTF8, (const uint8_t *)
			(i ? "A department with a name that is about as long as names become" : "B\303\274ro\nEins\342\200\256\302\233."), -1, -1, 0);
	X509_set_issuer_name(made->certificate, X509_get_subject_name(made->certificate));
	if (!unusual->no_identifier)
		extend(made->certificate, NID_subject_key_identifier, "hash");
	if (unusual->usage)
		extend(made->certificate, NID_key_usage, unusual->usage);
	check(X509_sign(made->certificate, signer, EVP_sha256()) > 0);
	made->length = (size_t)i2d_X509(made->certificate, &at);
	EVP_PKEY_free(signer);
}

static void made_free(struct made *made)
{
	X509_free(made->certificate);
	EVP_PKEY_free(made->key);
}

static struct secret new_secret(void)
{
	struct secret secret = SECRET_NONE;

	check(secret_new(&secret, ORGANISATION_SECRET) == 0);
	secret.length = ORGANISATION_SECRET;
	memset(secret.data, 0x5a, ORGANISATION_SECRET);
	return secret;
}

/* Whether the private key opens @sealed to the code of new_secret(). */
static bool opens(const struct made *made, const struct organisation_record *record)
{
	const uint8_t *at = record->sealed;
	CMS_ContentInfo *message = d2i_CMS_ContentInfo(NULL, &at, (long)record->sealed_length);
	uint8_t secret[RECOVERY_SECRET_SIZE], want[RECOVERY_SECRET_SIZE];
	BIO *out = BIO_new(BIO_s_mem());
	enum recovery_code_kind kind;
	char *text = NULL;
	long length;
	bool opened;

	memset(want, 0x5a, sizeof(want));
	opened = message && CMS_decrypt(message, made->key, made->certificate, NULL, out, CMS_BINARY) == 1;
	length = BIO_get_mem_data(out, &text);
	opened = opened && length == RECOVERY_CODE_LENGTH + 1 && text[RECOVERY_CODE_LENGTH] == '\n' &&
		 recovery_code_parse(text, RECOVERY_CODE_LENGTH, &kind, secret) == 0 && kind == RECOVERY_CODE_ORGANISATION &&
		 !memcmp(secret, want, sizeof(want));
	BIO_free(out);
	CMS_ContentInfo_free(message);
	return opened;
}

static const struct unusual usual = { 0 };

static void test_sealed(const char *type, const char *parameter, const char *usage)
{
	const struct unusual unusual = { .usage = usage };
	struct secret secret = new_secret();
	struct organisation_record record = { 0 };
	struct organisation organisation;
	uint8_t opaque[ORGANISATION_RECORD_MAX], digest[EVP_MAX_MD_SIZE];
	char problem[ORGANISATION_PROBLEM] = "";
	struct made made;
	ssize_t length;

	make(&made, new_key(type, parameter), &unusual);
	check(organisation_read(made.der, made.length, &organisation, problem) == 0);
	check(EVP_Digest(made.der, made.length, digest, NULL, EVP_sha256(), NULL));
	check(!memcmp(organisation.digest, digest, ORGANISATION_DIGEST));
	check(organisation.length == made.length && !memcmp(organisation.certificate, made.der, made.length));
	check(!strcmp(organisation.subject, "O=B\303\274ro\\0AEins??."));
	check(organisation_is_valid(&organisation));
	length = organisation_seal(&organisation, &secret, opaque, problem);
	check(length > 0 && organisation_record_read(opaque, (size_t)length, &record));
	check(!memcmp(record.digest, digest, ORGANISATION_DIGEST) && opens(&made, &record));
	if (*problem)
		printf("# %s\n", problem);
	made_free(&made);
	secret_free(&secret);
	tap_test("%s %s: sealed, and opened by its private key", type, parameter);
}

/* Not in the CMS of OpenSSL 3.0; where it is, it opens. */
static void test_x25519(void)
{
	struct organisation organisation;
	char problem[ORGANISATION_PROBLEM] = "";
	struct made made;
	int result;

	make(&made, new_key("X25519", ""), &usual);
	result = organisation_read(made.der, made.length, &organisation, problem);
	made_free(&made);
	if (!result) {
		test_sealed("X25519", "", "keyAgreement");
		return;
	}
	check(result == -EINVAL && strstr(problem, "X25519 where libcrypto's CMS has it"));
	tap_test("X25519: refused, for libcrypto's CMS lacks it");
}

static void refused(const struct made *made, int error, const char *reason)
{
	struct organisation organisation;
	char problem[ORGANISATION_PROBLEM] = "";

	check(organisation_read(made->der, made->length, &organisation, problem) == error);
	if (!check(strstr(problem, reason)))
		printf("# %s: %s\n", reason, problem);
}

static void refuse_key(EVP_PKEY *key, const struct unusual *unusual, int error, const char *reason)
{
	struct made made;

	make(&made, key, unusual);
	refused(&made, error, reason);
	made_free(&made);
}

/* One whose modulus anybody can factor. */
static EVP_PKEY *power_of_two(void)
{
	uint8_t der[] = { 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00, [9] = 0x80, [265] = 0x02, 0x03, 0x01, 0x00, 0x01 };
	const uint8_t *at = der;

	return d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, sizeof(der));
}

static void test_refused(void)
{
	static const struct unusual signs = { .usage = "digitalSignature" }, wraps = { .usage = "keyEncipherment" },
		agrees = { .usage = "keyAgreement" }, expired = { .from = -2 * DAY, .until = -DAY },
		coming = { .from = DAY, .until = 2 * DAY }, long_name = { .names = 6, .no_identifier = true };

	refuse_key(new_key("RSA", "1024"), &usual, -EINVAL, "too short");
	refuse_key(new_key("RSA", "2048"), &signs, -EINVAL, "key usage forbids");
	refuse_key(new_key("RSA", "2048"), &agrees, -EINVAL, "key usage forbids");
	refuse_key(new_key("EC", "P-256"), &wraps, -EINVAL, "key usage forbids");
	refuse_key(new_key("EC", "P-256"), &expired, -EKEYEXPIRED, "has expired");
	refuse_key(new_key("EC", "P-256"), &coming, -EKEYEXPIRED, "not valid yet");
	refuse_key(new_key("EC", "secp256k1"), &usual, -EINVAL, "another curve");
	refuse_key(new_key("ED25519", ""), &usual, -EINVAL, "nothing can be sealed");
	refuse_key(power_of_two(), &usual, -EINVAL, "not sound");
	refuse_key(new_key("RSA", "4096"), &long_name, -EINVAL, "does not fit into a keybag");
	tap_test("keys and dates that are refused, with the reason");
}

/* The organisation of a keybag stays when its certificate expires: dates do not count then. */
static void test_expired_since(void)
{
	static const struct unusual expired = { .from = -2 * DAY, .until = -DAY };
	struct secret secret = new_secret();
	struct organisation organisation = { 0 };
	uint8_t opaque[ORGANISATION_RECORD_MAX];
	char problem[ORGANISATION_PROBLEM];
	struct made made;

	make(&made, new_key("EC", "P-256"), &expired);
	memcpy(organisation.certificate, made.der, made.length);
	organisation.length = (uint32_t)made.length;
	check(organisation_seal(&organisation, &secret, opaque, problem) == -EIO);
	EVP_Digest(made.der, made.length, organisation.digest, NULL, EVP_sha256(), NULL);
	check(organisation_seal(&organisation, &secret, opaque, problem) > 0);
	made_free(&made);
	secret_free(&secret);
	tap_test("sealed anew after the certificate has expired, to that very certificate alone");
}

static void put_pem(struct made *made, BIO *stream)
{
	char *text;
	long length = BIO_get_mem_data(stream, &text);

	made->length = (size_t)length;
	memcpy(made->der, text, made->length);
	BIO_free(stream);
}

static void test_files(void)
{
	struct random random = { .state = 3 };
	struct organisation organisation;
	char problem[ORGANISATION_PROBLEM];
	struct made made, file = { 0 };
	BIO *stream = BIO_new(BIO_s_mem());
	size_t i;
	int result;

	make(&made, new_key("EC", "P-256"), &usual);
	BIO_puts(stream, "subject: somebody\n");
	PEM_write_bio_X509(stream, made.certificate);
	put_pem(&file, stream);
	check(organisation_read(file.der, file.length, &organisation, problem) == 0);
	check(organisation.length == made.length && !memcmp(organisation.certificate, made.der, made.length));
	stream = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(stream, made.certificate);
	PEM_write_bio_X509(stream, made.certificate);
	put_pem(&file, stream);
	refused(&file, -EINVAL, "several certificates");
	stream = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(stream, made.certificate);
	PEM_write_bio_PrivateKey(stream, made.key, NULL, NULL, 0, NULL, NULL);
	put_pem(&file, stream);
	refused(&file, -EINVAL, "private key");
	tap_test("PEM: one certificate and nothing else");

	for (i = 0; i < made.length; i += 17) {
		memcpy(file.der, made.der, file.length = i);
		refused(&file, -EINVAL, "no certificate");
	}
	memcpy(file.der, made.der, made.length);
	file.der[made.length] = 0;
	file.length = made.length + 1;
	refused(&file, -EINVAL, "no certificate");
	file.length = sizeof(file.der);
	refused(&file, -EINVAL, "no certificate");
	for (i = 0; i < 150; i++) {
		memcpy(file.der, made.der, file.length = made.length);
		file.der[random_between(&random, 0, (u32)made.length - 1)] ^= (uint8_t)random_between(&random, 1, 255);
		result = organisation_read(file.der, file.length, &organisation, problem);
		check(!result || result == -EINVAL || result == -EKEYEXPIRED || (result == -EIO && strstr(problem, "has failed")));
	}
	made_free(&made);
	tap_test("cut off, extended, each with a byte changed: an answer");
}

/* ---- The record ------------------------------------------------------------------------------------------- */

static void test_record(void)
{
	uint8_t digest[ORGANISATION_RECORD_DIGEST], sealed[ORGANISATION_MAX_SEALED], opaque[ORGANISATION_RECORD_MAX + 1];
	struct organisation_record record = { .digest = digest, .sealed = sealed, .sealed_length = sizeof(sealed) }, back;

	memset(digest, 1, sizeof(digest));
	memset(sealed, 2, sizeof(sealed));
	check(organisation_record_write(&record, opaque) == ORGANISATION_RECORD_MAX);
	check(organisation_record_read(opaque, ORGANISATION_RECORD_MAX, &back) && back.sealed_length == sizeof(sealed));
	check(!memcmp(back.digest, digest, sizeof(digest)) && !memcmp(back.sealed, sealed, sizeof(sealed)));
	check(!organisation_record_read(opaque, ORGANISATION_RECORD_MAX + 1, &back));
	check(organisation_record_read(opaque, 41, &back) && back.sealed_length == 1);
	for (size_t i = 0; i <= 40; i++)
		check(!organisation_record_read(opaque, i, &back));
	for (size_t i = 0; i < 8; i++) {
		opaque[i] ^= 0x80;
		check(!organisation_record_read(opaque, ORGANISATION_RECORD_MAX, &back));
		opaque[i] ^= 0x80;
	}
	tap_test("the record in the form");
}

/* ---- The file --------------------------------------------------------------------------------------------- */

static struct organisation numbered(uint8_t number)
{
	struct organisation organisation = { .not_before = 1000 + number, .not_after = 2000 + number, .length = 500 };

	memset(organisation.digest, number, sizeof(organisation.digest));
	memset(organisation.certificate, number, organisation.length);
	snprintf(organisation.subject, sizeof(organisation.subject), "O=Number %u", number);
	return organisation;
}

static bool is_there(uint8_t number)
{
	struct organisation want = numbered(number), found;

	return organisation_file_read(uuid, want.digest, &found) == 0 && found.length == want.length &&
	       found.not_before == want.not_before && found.not_after == want.not_after &&
	       !strcmp(found.subject, want.subject) && !memcmp(found.certificate, want.certificate, want.length);
}

static int exchange(void)
{
	struct organisation old = numbered(1), new = numbered(2);
	int result = organisation_file_begin(uuid, &new, old.digest);

	return result ? result : organisation_file_place(uuid);
}

static void start_with_one(void)
{
	struct organisation old = numbered(1);

	check(organisation_file_remove(uuid) == 0);
	check(organisation_file_begin(uuid, &old, NULL) == 0 && organisation_file_place(uuid) == 0);
	check(is_there(1) && !is_there(2));
}

/* Where the form in effect is the old one, its certificate is there; and again when the change is made once more. */
static void test_file(int error)
{
	int status = 0, at;

	for (at = 1;; at++) {
		pid_t child;

		start_with_one();
		child = fork();
		if (!child) {
			trouble_at = at;
			trouble_error = error;
			_exit(exchange() ? 78 : 0);
		}
		waitpid(child, &status, 0);
		check(is_there(1) || is_there(2));
		if (!WIFEXITED(status) || !WEXITSTATUS(status))
			break;
		check(WEXITSTATUS(status) == (error ? 78 : 77));
		/* Until it is placed, which comes when the form of the new one is in effect. */
		if (!is_there(2))
			check(is_there(1));
		check(exchange() == 0 && is_there(2) && !is_there(1));
	}
	check(at > 4 && is_there(2));
	tap_test("exchanged, with each of %d calls %s", at - 1, error ? "failing" : "the last");
}

/* The power went between the form of the second one and its place: the third one must not take that from it. */
static void test_not_placed(void)
{
	struct organisation first = numbered(1), second = numbered(2), third = numbered(3);

	start_with_one();
	check(organisation_file_begin(uuid, &second, first.digest) == 0);
	check(is_there(1) && is_there(2));
	check(organisation_file_begin(uuid, &third, second.digest) == 0);
	check(is_there(2) && is_there(3) && !is_there(1));
	check(organisation_file_place(uuid) == 0 && is_there(3) && !is_there(2));
	form_file_destroy(uuid);
	check(!is_there(3));
	tap_test("one that is in effect is kept wherever it lies, and goes with its keybag");
}

static void test_bad_files(void)
{
	static const char *const bad[] = {
		"", "keybag-organisation 1\n", "keybag-organisation 2\n", "\n\n\n\n\n",
		"keybag-organisation 1\n0101\n1 2\nname\nbytes",
	};
	struct organisation found, want = numbered(1);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		organisation_file_remove(uuid);
		check(store_write_new(uuid, ORGANISATION_SUFFIX, bad[i], strlen(bad[i])) == 0);
		check(organisation_file_read(uuid, want.digest, &found) == -ENOENT);
	}
	organisation_file_remove(uuid);
	tap_test("a file that is none counts for nothing");
}

int main(void)
{
	char folder[] = "/tmp/helper_organisation.XXXXXX";

	tap_start();
	test_sealed("RSA", "2048", "keyEncipherment");
	test_sealed("RSA", "4096", NULL);
	test_sealed("EC", "P-256", "keyAgreement");
	test_sealed("EC", "P-384", NULL);
	test_sealed("EC", "P-521", NULL);
	test_x25519();
	test_refused();
	test_expired_since();
	test_files();
	test_record();
	check(mkdtemp(folder) && chdir(folder) == 0 && store_open() == 0);
	test_file(0);
	test_file(ENOSPC);
	test_not_placed();
	test_bad_files();
	check(rmdir(KEYBAG_BAG_FOLDER) == 0 && rmdir("bags/of/a") == 0 && rmdir("bags/of") == 0 && rmdir("bags") == 0 &&
	      chdir("/") == 0 && rmdir(folder) == 0);
	tap_test("nothing is left over");
	return tap_end();
}
