// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bundles of certificates are read as far as they can be.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "helper/keychain/certificate/container/container.h"
#include "helper/keychain/certificate/container/container_bundle.h"
#include "helper/keychain/include/keychain-status.h"
#include "tests/certificate/make.h"
#include "tests/unit/lib/tap.h"

static EVP_PKEY *edwards;
static X509 *certificate, *authority;
static struct bytes certificate_bytes;
static struct value *items;

static bool has_data(size_t number, const char *class, const struct bytes *data)
{
	const struct value *item = value_at(items, number);
	const char *found_class = value_as_string(value_get(item, "class"));
	size_t length;
	const void *found = value_bytes(value_get(item, "v_Data"), &length);

	return found_class && !strcmp(found_class, class) && length == data->length &&
	       !memcmp(found, data->data, length);
}

static unsigned int left_out[8], left_out_count;

static void note_left_out(void *context, unsigned int block, const char *reason)
{
	(void)context;
	check(reason && *reason);
	if (left_out_count < 8)
		left_out[left_out_count++] = block;
}

static int read_bundle(BIO *file)
{
	char *bytes;
	long length = BIO_get_mem_data(file, &bytes);
	int status;

	value_free(items);
	left_out_count = 0;
	status = container_bundle(bytes, (size_t)length, note_left_out, NULL, &items);
	BIO_free(file);
	return status;
}

static void test_bundle(void)
{
	BIO *file = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(file, certificate);
	BIO_puts(file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	BIO_puts(file, "-----BEGIN CERTIFICATE-----\nM!I\n-----END CERTIFICATE-----\n");
	PEM_write_bio_X509_AUX(file, authority);
	BIO_puts(file, "-----BEGIN CERTIFICATE-----\nAAAA\n");
	PEM_write_bio_PUBKEY(file, edwards);
	PEM_write_bio_X509(file, authority);
	BIO_puts(file, "-----BEGIN CERTIFICATE-----\nMII");
	check(!read_bundle(file) && value_count(items) == 3 && has_data(0, "cert", &certificate_bytes));
	check(left_out_count == 5 && left_out[0] == 2 && left_out[1] == 3 && left_out[2] == 5 && left_out[3] == 6 &&
	      left_out[4] == 8);
	check(!read_bundle(BIO_new(BIO_s_mem())) && !value_count(items) && !left_out_count);
	file = BIO_new(BIO_s_mem());
	BIO_puts(file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	check(read_bundle(file) == errSecDecode && !items && left_out_count == 1);
	file = BIO_new(BIO_s_mem());
	BIO_puts(file, "no PEM");
	check(read_bundle(file) == errSecDecode && !items && !left_out_count);
	tap_test("of a bundle what is no certificate is left out, and named");
}

static void test_bundle_file(void)
{
	int file = memfd_create("bundle", MFD_CLOEXEC), folder = open("/", O_RDONLY | O_CLOEXEC);
	BIO *text = BIO_new_fd(file, BIO_NOCLOSE);

	/* Longer than is read at once. */
	for (int number = 0; number < 600; number++)
		PEM_write_bio_X509(text, certificate);
	BIO_free(text);
	lseek(file, 0, SEEK_SET);
	value_free(items);
	check(!container_bundle_file(file, NULL, NULL, &items) && value_count(items) == 600);
	value_free(items);
	check(!ftruncate(file, CONTAINER_MAX_SIZE + 1) && !lseek(file, 0, SEEK_SET));
	check(container_bundle_file(file, NULL, NULL, &items) == errSecParam && !items);
	check(container_bundle_file(folder, NULL, NULL, &items) == errSecIO && !items);
	close(file);
	close(folder);
	tap_test("a file of a bundle is read to its end, within its limit");
}

int main(void)
{
	edwards = make_key("ED25519");
	certificate = make_certificate(
		&(struct certificate_recipe){ .subject = { "CN=The Name" },
					      .key = edwards,
					      .issuer = { "CN=The Authority" },
					      .issuer_key = edwards });
	authority = make_certificate(
		&(struct certificate_recipe){ .subject = { "CN=The Authority" }, .key = edwards });
	certificate_bytes = certificate_der(certificate);
	tap_start();
	test_bundle();
	test_bundle_file();
	value_free(items);
	OPENSSL_free(certificate_bytes.data);
	X509_free(certificate);
	X509_free(authority);
	EVP_PKEY_free(edwards);
	return tap_end();
}
