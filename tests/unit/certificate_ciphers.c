// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys under ciphers of libcrypto's provider "legacy": read where it is there, and where not, said which cipher is lacking.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "helper/keychain/include/keychain-status.h"
#include "tests/certificate/make.h"
#include "tests/unit/lib/read_container.h"
#include "tests/unit/lib/tap.h"

#define PASSPHRASE	"correct horse"

static EVP_PKEY *key;
static struct bytes key_bytes;
/* Takes what was written. */
static int read_file(BIO *file)
{
	char *bytes;
	long length = BIO_get_mem_data(file, &bytes);
	int status = read_bytes(bytes, (size_t)length);

	BIO_free(file);
	return status;
}

static const struct form {
	const char *name;
	int algorithm;		/* of PBES1 or PKCS#12; 0: PBES2 */
	int cipher;		/* of PBES2, or of PEM with headers */
	bool headers;
} forms[] = {
	{ "pbeWithMD5AndDES-CBC", .algorithm = NID_pbeWithMD5AndDES_CBC },
	{ "pbeWithSHA1AndDES-CBC", .algorithm = NID_pbeWithSHA1AndDES_CBC },
	{ "pbeWithSHA1And128BitRC4", .algorithm = NID_pbe_WithSHA1And128BitRC4 },
	{ "des-cbc", .cipher = NID_des_cbc },
	{ "rc2-cbc", .cipher = NID_rc2_cbc },
	{ "DES-CBC", .cipher = NID_des_cbc, .headers = true },
	{ "SEED-CBC", .cipher = NID_seed_cbc, .headers = true },
};

#define FORMS	(sizeof(forms) / sizeof(*forms))

static BIO *written(const struct form *form)
{
	const EVP_CIPHER *cipher = form->cipher ? EVP_get_cipherbynid(form->cipher) : NULL;
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	BIO *file = BIO_new(BIO_s_mem());
	X509_SIG *sealed;

	if (form->headers) {
		check(PEM_write_bio_PrivateKey_traditional(file, key, cipher, (const unsigned char *)PASSPHRASE,
							   strlen(PASSPHRASE), NULL, NULL));
	} else {
		sealed = PKCS8_encrypt(form->algorithm ? form->algorithm : -1, cipher, PASSPHRASE, strlen(PASSPHRASE), NULL, 0, 2,
				       info);
		check(sealed && PEM_write_bio_PKCS8(file, sealed));
		X509_SIG_free(sealed);
	}
	PKCS8_PRIV_KEY_INFO_free(info);
	return file;
}

/* The bytes between the lines say nothing: a cipher that is lacking is told before they count. */
static BIO *claimed(const struct form *form)
{
	X509_ALGOR *algorithm = form->algorithm ? PKCS5_pbe_set(form->algorithm, 2, NULL, 0)
						: PKCS5_pbe2_set(EVP_aes_128_cbc(), 2, NULL, 0), *to;
	BIO *file = BIO_new(BIO_s_mem());
	X509_SIG *sealed = X509_SIG_new();
	ASN1_OCTET_STRING *text;
	PBE2PARAM *parameters;

	if (!form->algorithm) {
		parameters = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
		parameters->encryption->algorithm = OBJ_nid2obj(form->cipher);
		ASN1_TYPE_pack_sequence(ASN1_ITEM_rptr(PBE2PARAM), parameters, &algorithm->parameter);
		PBE2PARAM_free(parameters);
	}
	X509_SIG_getm(sealed, &to, &text);
	X509_ALGOR_copy(to, algorithm);
	ASN1_STRING_set(text, "0123456789abcdef", 16);
	if (form->headers)
		BIO_printf(file, "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: %s,%s\n\n"
			   "AAAAAAAAAAAAAAAAAAAAAA==\n-----END EC PRIVATE KEY-----\n", form->name,
			   form->cipher == NID_des_cbc ? "0011223344556677" : "00112233445566770011223344556677");
	else
		PEM_write_bio_PKCS8(file, sealed);
	X509_ALGOR_free(algorithm);
	X509_SIG_free(sealed);
	return file;
}

/* In a process of its own: a provider that this one had loaded would help whoever reads. NULL: no provider has older ciphers. */
static BIO *written_apart(const struct form *form)
{
	BIO *file = BIO_new(BIO_s_mem());
	char bytes[4096];
	int ends[2], status;
	ssize_t length;
	pid_t child;

	check(pipe(ends) == 0);
	fflush(stdout);
	child = fork();
	if (!child) {
		char *made;
		long size;

		if (!OSSL_PROVIDER_load(NULL, "default") || !OSSL_PROVIDER_try_load(NULL, "legacy", 1))
			_exit(2);
		if (!key)
			key = make_key("P-256");
		size = BIO_get_mem_data(written(form), &made);
		_exit(write(ends[1], made, (size_t)size) != size);
	}
	close(ends[1]);
	while ((length = read(ends[0], bytes, sizeof(bytes))) > 0)
		BIO_write(file, bytes, (int)length);
	close(ends[0]);
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
		BIO_free(file);
		return NULL;
	}
	check(WIFEXITED(status) && !WEXITSTATUS(status));
	return file;
}

/* A process whose first use of libcrypto is to read: nothing has made a provider active. */
static void test_fresh(void)
{
	BIO *file = written_apart(&forms[0]);
	pid_t child;
	int status;

	if (!file) {
		tap_test("MD5 with DES, read first # SKIP no legacy provider here");
		return;
	}
	answer = PASSPHRASE;
	fflush(stdout);
	child = fork();
	if (!child)
		_exit(read_file(file) || asked != 1 || value_count(items) != 1);
	waitpid(child, &status, 0);
	check(WIFEXITED(status) && !WEXITSTATUS(status));
	BIO_free(file);
	tap_test("a process that reads MD5 with DES first finds both");
}

/* Runs first: a provider that was loaded once is found wherever one looks for it. */
static void test_lacking(void)
{
	answer = PASSPHRASE;
	OSSL_PROVIDER_set_default_search_path(NULL, "/nonexistent");
	for (size_t number = 0; number < FORMS; number++) {
		check(read_file(claimed(&forms[number])) == errSecDecode && !asked && !items && message);
		check(message && strstr(message, forms[number].name) && strstr(message, "openssl pkcs8 -topk8"));
	}
	OSSL_PROVIDER_set_default_search_path(NULL, NULL);
	tap_test("a cipher that is lacking is named, with the remedy, and no passphrase is asked for");
}

static void test_unknown(void)
{
	static const struct form unknown[] = { { "pbeWithMD2AndDES-CBC", .algorithm = NID_pbeWithMD2AndDES_CBC },
					       { "gost89", .cipher = NID_id_Gost28147_89 } };

	check(read_file(claimed(&unknown[0])) == errSecDecode && !asked && message && strstr(message, unknown[0].name));
	check(read_file(claimed(&unknown[1])) == errSecDecode && !asked && message && strstr(message, "GOST"));
	tap_test("a digest and a cipher that no provider has are lacking, too");
}

static void test_legacy(void)
{
	answer = PASSPHRASE;
	for (size_t number = 0; number < FORMS; number++) {
		BIO *file = written_apart(&forms[number]);
		const void *found;
		size_t length = 0;

		if (!file) {
			tap_test("keys under older ciphers # SKIP no legacy provider here");
			return;
		}
		check(!read_file(file) && asked == 1 && value_count(items) == 1);
		found = value_bytes(value_get(value_at(items, 0), "v_Data"), &length);
		check(length == key_bytes.length && !memcmp(found, key_bytes.data, length));
	}
	tap_test("keys under MD5 with DES, RC4, RC2, DES and SEED, in PKCS#8 and PEM with headers");
}

static void test_first(void)
{
	EVP_MD *digest;

	OSSL_PROVIDER_set_default_search_path(NULL, "/nonexistent");
	check(read_file(BIO_new_mem_buf("nothing", 7)) == errSecDecode);
	digest = EVP_MD_fetch(NULL, "SHA256", NULL);
	check(digest != NULL);
	EVP_MD_free(digest);
	tap_test("libcrypto keeps its default provider where a file is the first that it sees");
}

int main(void)
{
	tap_start();
	test_fresh();
	test_first();
	key = make_key("P-256");
	key_bytes = pkcs8_der(key);
	test_lacking();
	test_unknown();
	test_legacy();
	value_free(items);
	free(message);
	OPENSSL_free(key_bytes.data);
	EVP_PKEY_free(key);
	return tap_end();
}
