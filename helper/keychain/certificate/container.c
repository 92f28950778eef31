// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/certificate/container.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "helper/keychain/certificate/certificate.h"
#include "helper/keychain/certificate/container_parts.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/key.h"
#include "helper/keychain/certificate/key_parse.h"
#include "helper/keychain/libkeychain/keychain-status.h"

int container_fail(struct container *container, int status, const char *format, ...)
{
	va_list arguments;

	ERR_clear_error();
	if (container->message)
		return status;
	va_start(arguments, format);
	if (vasprintf(&container->message, format, arguments) < 0)
		container->message = NULL;
	va_end(arguments);
	return status;
}

static int out_of_memory(struct container *container)
{
	return container_fail(container, errSecAllocate, "Out of memory.");
}

int container_ask(struct container *container)
{
	int length;

	if (container->passphrase.data)
		return errSecSuccess;
	if (secret_new(&container->passphrase, CONTAINER_MAX_PASSPHRASE + 1))
		return container_fail(container, errSecAllocate,
				      "No locked memory for the passphrase.");
	length = container->source ? container->source->read(container->source->context,
							     (char *)container->passphrase.data,
							     CONTAINER_MAX_PASSPHRASE) : -ENOKEY;
	if (length < 0) {
		secret_free(&container->passphrase);
		return container_fail(
			container, errSecInteractionNotAllowed,
			"The file is encrypted, and there is no passphrase to be had (%s).",
			strerror(-length));
	}
	container->passphrase.data[length] = 0;
	container->passphrase.length = (size_t)length;
	return errSecSuccess;
}

/* Takes @data. */
static int add_item(struct container *container, struct value *list, struct value *item,
		    const char *class, struct value *data)
{
	if (value_set(item, "v_Data", data) || value_set(item, "class", value_string(class))) {
		value_free(item);
		return out_of_memory(container);
	}
	return value_append(list, item) ? out_of_memory(container) : errSecSuccess;
}

int container_add_certificate(struct container *container, const void *der, size_t length,
			      const char *name)
{
	struct value *item = value_dictionary();
	int status = item ? certificate_attributes(der, length, item) : errSecAllocate;

	if (!status && name && value_set(item, "labl", value_string(name)))
		status = errSecAllocate;
	if (status) {
		value_free(item);
		if (status == errSecAllocate)
			return out_of_memory(container);
		return container_fail(container, status,
				      "The file holds a certificate that cannot be read.");
	}
	return add_item(container, container->certificates, item, "cert", value_data(der, length));
}

/* Takes @data, a key as it is stored. */
static int add_key(struct container *container, struct value *data, const char *name)
{
	struct value *item = value_dictionary();
	int status = item && data ? errSecSuccess : errSecAllocate;
	const void *der;
	size_t length;

	if (!status) {
		der = value_bytes(data, &length);
		status = key_attributes(der, length, item);
	}
	if (!status && name && value_set(item, "labl", value_string(name)))
		status = errSecAllocate;
	if (!status)
		return add_item(container, container->keys, item, "keys", data);
	value_free(item);
	value_free(data);
	if (status == errSecAllocate)
		return out_of_memory(container);
	return container_fail(container, status,
			      "The file holds a key of a kind that is not known: RSA, elliptic "
			      "curves with a name, Ed25519, Ed448, X25519 and X448 are.");
}

int container_add_private(struct container *container, PKCS8_PRIV_KEY_INFO *key, const char *name)
{
	int length = i2d_PKCS8_PRIV_KEY_INFO(key, NULL);
	struct value *data = length > 0 ? value_data_new((size_t)length) : NULL;
	size_t size;
	unsigned char *at = value_bytes_mutable(data, &size);

	if (at)
		i2d_PKCS8_PRIV_KEY_INFO(key, &at);
	return add_key(container, data, name);
}

int container_add_public(struct container *container, X509_PUBKEY *key)
{
	int length = i2d_X509_PUBKEY(key, NULL);
	struct value *data = length > 0 ? value_data_new((size_t)length) : NULL;
	size_t size;
	unsigned char *at = value_bytes_mutable(data, &size);

	if (at)
		i2d_X509_PUBKEY(key, &at);
	return add_key(container, data, NULL);
}

int container_add_encrypted(struct container *container, const X509_SIG *encrypted)
{
	PKCS8_PRIV_KEY_INFO *key CLEANUP(free_pkcs8) = NULL;
	const X509_ALGOR *algorithm;
	int status;

	X509_SIG_get0(encrypted, &algorithm, NULL);
	if (!container_bounded_work(algorithm))
		return container_fail(container, errSecDecode,
				      "The key's passphrase asks for more than %d iterations.",
				      CONTAINER_MAX_ITERATIONS);
	status = container_ask(container);
	if (status)
		return status;
	key = PKCS8_decrypt(encrypted, (char *)container->passphrase.data,
			    (int)container->passphrase.length);
	if (!key)
		return container_fail(container, errSecAuthFailed,
				      "The passphrase is not that of the key.");
	return container_add_private(container, key, NULL);
}

/* One element of DER of whatever known kind. */
static int read_der(struct container *container, const unsigned char *der, size_t length)
{
	PKCS8_PRIV_KEY_INFO *private CLEANUP(free_pkcs8) =
		key_parse_private(der, length);
	X509_PUBKEY *public CLEANUP(free_public_key) =
		private ? NULL : key_parse_public(der, length);
	X509_SIG *encrypted CLEANUP(free_sig) = NULL;
	PKCS12 *pkcs12 CLEANUP(free_pkcs12) = NULL;
	struct value *probe CLEANUP(free_value) = value_dictionary();
	const unsigned char *at = der;

	if (private)
		return container_add_private(container, private, NULL);
	if (public)
		return container_add_public(container, public);
	if (probe && !certificate_attributes(der, length, probe))
		return container_add_certificate(container, der, length, NULL);
	encrypted = d2i_X509_SIG(NULL, &at, (long)length);
	if (encrypted)
		return container_add_encrypted(container, encrypted);
	at = der;
	pkcs12 = d2i_PKCS12(NULL, &at, (long)length);
	if (pkcs12)
		return container_read_pkcs12(container, pkcs12);
	return container_fail(container, errSecDecode,
			      "The file is neither PEM nor a certificate, a key or PKCS#12 "
			      "in DER, or it is damaged.");
}

/* A key without a name gets that of its certificate. */
static int name_keys(struct container *container)
{
	for (size_t key = 0; key < value_count(container->keys); key++) {
		struct value *item = value_at(container->keys, key);

		for (size_t other = 0; other < value_count(container->certificates); other++) {
			const struct value *certificate = value_at(container->certificates, other);
			const struct value *label = value_get(certificate, "labl");

			if (!value_get(item, "labl") && label &&
			    value_equal(value_get(certificate, "pkhh"), value_get(item, "klbl")) &&
			    value_set(item, "labl", value_copy(label)))
				return out_of_memory(container);
		}
	}
	return errSecSuccess;
}

/* Moves the certificates behind the keys. */
static int join(struct container *container, struct value **ret_items)
{
	struct value *items = value_array();
	const struct value *lists[] = { container->keys, container->certificates };

	for (size_t list = 0; items && list < 2; list++)
		for (size_t number = 0; number < value_count(lists[list]); number++)
			if (value_append(items, value_copy(value_at(lists[list], number)))) {
				value_free(items);
				return out_of_memory(container);
			}
	*ret_items = items;
	return items ? errSecSuccess : out_of_memory(container);
}

static bool is_pem(const void *bytes, size_t length)
{
	return length && memmem(bytes, length, "-----BEGIN ", 11) != NULL;
}

int container_items(const void *bytes, size_t length, const struct container_passphrase *passphrase,
		    struct value **ret_items, char **ret_message)
{
	struct container container = {
		.keys = value_array(),
		.certificates = value_array(),
		.source = passphrase,
	};
	int status;

	*ret_items = NULL;
	if (!container.keys || !container.certificates)
		status = out_of_memory(&container);
	else if (length > CONTAINER_MAX_SIZE)
		status = container_fail(&container, errSecParam, "The file is longer than %d MiB.",
					CONTAINER_MAX_SIZE >> 20);
	else if (is_pem(bytes, length))
		status = container_read_pem(&container, bytes, length);
	else
		status = read_der(&container, bytes, length);
	if (!status)
		status = name_keys(&container);
	if (!status)
		status = join(&container, ret_items);
	ERR_clear_error();
	value_free(container.keys);
	value_free(container.certificates);
	secret_free(&container.passphrase);
	if (ret_message)
		*ret_message = status ? container.message : NULL;
	if (!ret_message || !status)
		free(container.message);
	return status;
}
