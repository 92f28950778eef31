// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/certificate/container/container_write.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "helper/common/translate.h"
#include "helper/keychain/certificate/certificate_parse.h"
#include "helper/keychain/certificate/container/container_parts.h"
#include "helper/keychain/certificate/container/container_write_openssh.h"
#include "helper/keychain/certificate/container/container_write_pkcs12.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/key_parse.h"
#include "helper/keychain/include/keychain-status.h"

#define SALT_SIZE	16

/* The keys and certificates of @container are the parts of the file: v_Data, and labl where there is one. */
struct writer {
	struct container container;
	const struct container_writing *how;	/* with the numbers that are meant */
	BIO *file;
};

static int out_of_memory(struct container *container)
{
	return container_fail(container, errSecAllocate, _("Out of memory."));
}

static int unknown_key(struct container *container)
{
	return container_fail(container, errSecDecode,
			      _("A key is of no known kind, as a symmetric one is: what it is can only be written as it is "
				"(raw)."));
}

static PKCS8_PRIV_KEY_INFO *private_of(const struct value *part)
{
	size_t length = 0;
	const void *der = value_bytes(value_get(part, "v_Data"), &length);

	return der ? key_parse_private(der, length) : NULL;
}

static X509_PUBKEY *public_of(const struct value *part)
{
	size_t length = 0;
	const void *der = value_bytes(value_get(part, "v_Data"), &length);

	return der ? key_parse_public(der, length) : NULL;
}

bool container_is_public(const struct value *item)
{
	X509_PUBKEY *key CLEANUP(free_public_key) = public_of(item);

	ERR_clear_error();
	return key;
}

/* ---- parts ---- */

static bool is_there(const struct value *list, const struct value *data)
{
	for (size_t number = 0; number < value_count(list); number++)
		if (value_equal(value_get(value_at(list, number), "v_Data"), data))
			return true;
	return false;
}

static int add_part(struct writer *writer, struct value *list, const struct value *data, const struct value *label)
{
	struct value *part;

	if (!value_is(data, VALUE_DATA))
		return container_fail(&writer->container, errSecDecode, _("An item has no value that could be written."));
	if (is_there(list, data))
		return errSecSuccess;
	part = value_dictionary();
	if (value_set(part, "v_Data", value_copy(data)) || (label && value_set(part, "labl", value_copy(label)))) {
		value_free(part);
		return out_of_memory(&writer->container);
	}
	return value_append(list, part) ? out_of_memory(&writer->container) : errSecSuccess;
}

static int add_item(struct writer *writer, const struct value *item)
{
	const char *class = value_as_string(value_get(item, "class"));
	const struct value *data = value_get(item, "v_Data"), *label = value_get(item, "labl");
	const struct value *key_label = value_get(item, "key_labl");
	int status;

	if (class && !strcmp(class, "cert"))
		return add_part(writer, writer->container.certificates, data, label);
	if (class && !strcmp(class, "keys"))
		return add_part(writer, writer->container.keys, data, label);
	if (!class || strcmp(class, "idnt"))
		return container_fail(&writer->container, errSecParam,
				      _("A password is no certificate or key: it can be written as it is (raw) or as JSON."));
	status = add_part(writer, writer->container.keys, data, key_label ? key_label : label);
	return status ? status : add_part(writer, writer->container.certificates, value_get(item, "certdata"), label);
}

/* ---- PEM and DER ---- */

static X509_SIG *encrypt(const struct writer *writer, PKCS8_PRIV_KEY_INFO *key)
{
	const struct secret *passphrase = writer->how->passphrase;
	X509_ALGOR *algorithm = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), writer->how->iterations, NULL, SALT_SIZE, NULL,
						  NID_hmacWithSHA256);
	X509_SIG *encrypted = algorithm ? PKCS8_set0_pbe((const char *)passphrase->data, (int)passphrase->length, key,
							 algorithm) : NULL;

	if (!encrypted)
		X509_ALGOR_free(algorithm);
	return encrypted;
}

static bool write_private(const struct writer *writer, PKCS8_PRIV_KEY_INFO *key)
{
	X509_SIG *encrypted CLEANUP(free_sig) = writer->how->passphrase ? encrypt(writer, key) : NULL;
	bool pem = writer->how->form == CONTAINER_PEM;

	if (writer->how->passphrase)
		return encrypted && (pem ? PEM_write_bio_PKCS8(writer->file, encrypted)
					 : i2d_PKCS8_bio(writer->file, encrypted));
	return pem ? PEM_write_bio_PKCS8_PRIV_KEY_INFO(writer->file, key)
		   : i2d_PKCS8_PRIV_KEY_INFO_bio(writer->file, key);
}

static bool write_public(const struct writer *writer, const X509_PUBKEY *key)
{
	return writer->how->form == CONTAINER_PEM ? PEM_write_bio_X509_PUBKEY(writer->file, key)
						  : ASN1_i2d_bio_of(X509_PUBKEY, i2d_X509_PUBKEY, writer->file, key);
}

static bool write_public_half(const struct writer *writer, const PKCS8_PRIV_KEY_INFO *private)
{
	EVP_PKEY *key CLEANUP(free_pkey) = EVP_PKCS82PKEY(private);
	X509_PUBKEY *public = NULL;
	bool written = key && X509_PUBKEY_set(&public, key) && write_public(writer, public);

	X509_PUBKEY_free(public);
	return written;
}

static int write_key(struct writer *writer, const struct value *part)
{
	PKCS8_PRIV_KEY_INFO *private CLEANUP(free_pkcs8) = private_of(part);
	X509_PUBKEY *public CLEANUP(free_public_key) = private ? NULL : public_of(part);
	bool written;

	if (!private && !public)
		return unknown_key(&writer->container);
	if (public)
		written = write_public(writer, public);
	else
		written = writer->how->public_halves ? write_public_half(writer, private) : write_private(writer, private);
	return written ? errSecSuccess : container_fail(&writer->container, errSecInternal, _("A key could not be written."));
}

static int write_certificate(struct writer *writer, const struct value *part)
{
	size_t length;
	const void *der = value_bytes(value_get(part, "v_Data"), &length);
	X509 *certificate CLEANUP(free_x509) = certificate_parse(der, length);
	bool pem = writer->how->form == CONTAINER_PEM;

	if (!certificate)
		return container_fail(&writer->container, errSecDecode,
				      _("A certificate cannot be read: what it is can only be written as it is (raw)."));
	/* The bytes as they are stored, not as they might be encoded anew. */
	if (pem ? PEM_write_bio(writer->file, PEM_STRING_X509, "", der, (long)length) <= 0
		: BIO_write(writer->file, der, (int)length) != (int)length)
		return out_of_memory(&writer->container);
	return errSecSuccess;
}

static int write_parts(struct writer *writer)
{
	const struct value *keys = writer->container.keys, *certificates = writer->container.certificates;
	int status = errSecSuccess;

	if (writer->how->form == CONTAINER_DER && value_count(keys) + value_count(certificates) != 1)
		return container_fail(&writer->container, errSecParam,
				      _("DER holds one certificate or one key: PEM and PKCS#12 hold several, and identities."));
	for (size_t number = 0; !status && number < value_count(keys); number++)
		status = write_key(writer, value_at(keys, number));
	for (size_t number = 0; !status && number < value_count(certificates); number++)
		status = write_certificate(writer, value_at(certificates, number));
	return status;
}

/* ---- the other forms, which take keys of libcrypto's ---- */

/* *ret_key: NULL after an error. */
static int key_of(struct writer *writer, const struct value *part, EVP_PKEY **ret_key, bool *ret_private)
{
	PKCS8_PRIV_KEY_INFO *private CLEANUP(free_pkcs8) = private_of(part);
	X509_PUBKEY *public CLEANUP(free_public_key) = private ? NULL : public_of(part);

	*ret_private = private;
	*ret_key = private ? EVP_PKCS82PKEY(private) : public ? X509_PUBKEY_get(public) : NULL;
	return *ret_key ? errSecSuccess : unknown_key(&writer->container);
}

static int write_openssh(struct writer *writer)
{
	const struct value *keys = writer->container.keys;
	int status = errSecSuccess;

	if (value_count(writer->container.certificates))
		return container_fail(&writer->container, errSecParam,
				      _("OpenSSH has no X.509 certificates: export the key alone (--class key)."));
	for (size_t number = 0; !status && number < value_count(keys); number++) {
		const struct value *part = value_at(keys, number);
		EVP_PKEY *key CLEANUP(free_pkey) = NULL;
		bool private;

		status = key_of(writer, part, &key, &private);
		if (status)
			return status;
		if (!private || writer->how->public_halves)
			status = container_write_openssh_public(&writer->container, writer->file, key, value_get(part, "labl"));
		else if (value_count(keys) > 1)
			status = container_fail(&writer->container, errSecParam,
						_("A file of OpenSSH holds one private key and nothing else: export them one by "
						  "one, or as PEM or PKCS#12."));
		else
			status = container_write_openssh(&writer->container, writer->file, key, value_get(part, "labl"),
							 writer->how);
	}
	return status;
}

static int write_form(struct writer *writer)
{
	switch (writer->how->form) {
	case CONTAINER_OPENSSH:
		return write_openssh(writer);
	case CONTAINER_PKCS12:
		if (writer->how->public_halves)
			return container_fail(&writer->container, errSecParam,
					      _("PKCS#12 holds no public keys: PEM, DER and OpenSSH do."));
		return container_write_pkcs12(&writer->container, writer->file, writer->how);
	default:
		return write_parts(writer);
	}
}

static int take_file(struct writer *writer, struct value **ret_file)
{
	char *bytes;
	long length = BIO_get_mem_data(writer->file, &bytes);

	*ret_file = length > 0 ? value_data(bytes, (size_t)length) : NULL;
	return *ret_file ? errSecSuccess : out_of_memory(&writer->container);
}

int container_write(const struct value *items, const struct container_writing *how, struct value **ret_file,
		    char **ret_message)
{
	BIO *file CLEANUP(free_bio) = BIO_new(BIO_s_mem());
	struct container_writing complete = *how;
	struct writer writer = {
		.container = { .keys = value_array(), .certificates = value_array() },
		.how = &complete,
		.file = file,
	};
	int status = file && writer.container.keys && writer.container.certificates ? errSecSuccess
										     : out_of_memory(&writer.container);

	*ret_file = NULL;
	if (!complete.iterations)
		complete.iterations = CONTAINER_ITERATIONS;
	if (!complete.rounds)
		complete.rounds = CONTAINER_ROUNDS;
	for (size_t number = 0; !status && number < value_count(items); number++)
		status = add_item(&writer, value_at(items, number));
	if (!status)
		status = write_form(&writer);
	if (!status)
		status = take_file(&writer, ret_file);
	ERR_clear_error();
	value_free(writer.container.keys);
	value_free(writer.container.certificates);
	*ret_message = status ? writer.container.message : NULL;
	if (!status)
		free(writer.container.message);
	return status;
}
