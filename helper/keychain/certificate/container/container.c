// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/common/translate.h"
#include "helper/keychain/certificate/container/container.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/provider.h>

#include "helper/keychain/certificate/certificate.h"
#include "helper/keychain/certificate/container/container_openssh.h"
#include "helper/keychain/certificate/container/container_parts.h"
#include "helper/keychain/certificate/container/container_pem.h"
#include "helper/keychain/certificate/container/container_pkcs12.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/key_parse.h"
#include "helper/keychain/include/keychain-status.h"

static int out_of_memory(struct container *container)
{
	return container_fail(container, errSecAllocate, _("Out of memory."));
}

static int followed(struct container *container)
{
	return container_fail(container, errSecDecode,
			      _("The file has something behind its first certificate, key or PKCS#12 in DER: import each from a file of its own."));
}

/* One element of DER of whatever known kind. */
static int read_der(struct container *container, const unsigned char *der, size_t length)
{
	X509_SIG *encrypted CLEANUP(free_sig) = NULL;
	PKCS12 *pkcs12 CLEANUP(free_pkcs12) = NULL;
	struct value *probe CLEANUP(free_value) = value_dictionary();
	const char *problem = container_ssh_problem(der, length);
	const unsigned char *at = der;

	if (key_resembles(der, length))
		return container_add_key(container, _("The key"), der, length, NULL);
	if (probe && !certificate_attributes(der, length, probe))
		return container_add_certificate(container, der, length, NULL);
	encrypted = d2i_X509_SIG(NULL, &at, (long)length);
	if (encrypted)
		return at == der + length ? container_add_encrypted(container, encrypted) : followed(container);
	at = der;
	pkcs12 = d2i_PKCS12(NULL, &at, (long)length);
	if (pkcs12)
		return at == der + length ? container_read_pkcs12(container, pkcs12) : followed(container);
	if (problem)
		return container_fail(container, errSecDecode, "%s", problem);
	return container_fail(container, errSecDecode,
			      _("The file is neither PEM nor a certificate, a key or PKCS#12 "
			      "in DER, or it is damaged."));
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

/*
 * Other systems and older programs write RC2, RC4 and DES, which the default provider does not have. The legacy one finds digests,
 * and the process keeps its default provider, only where that is active before: the question sees to it.
 */
static OSSL_PROVIDER *load_legacy(void)
{
	return OSSL_PROVIDER_available(NULL, "default") ? OSSL_PROVIDER_try_load(NULL, "legacy", 1) : NULL;
}

int container_items(const void *bytes, size_t length, const struct container_passphrase *passphrase,
		    struct value **ret_items, char **ret_message)
{
	struct container container = {
		.keys = value_array(),
		.certificates = value_array(),
		.read_passphrase = passphrase ? passphrase->read : NULL,
		.context = passphrase ? passphrase->context : NULL,
	};
	OSSL_PROVIDER *legacy = load_legacy();
	int status;

	*ret_items = NULL;
	if (!container.keys || !container.certificates)
		status = out_of_memory(&container);
	else if (length > CONTAINER_MAX_SIZE)
		status = container_fail(&container, errSecParam, _("The file is longer than %d MiB."),
					CONTAINER_MAX_SIZE >> 20);
	else if (is_pem(bytes, length))
		status = container_read_pem(&container, bytes, length);
	else
		status = read_der(&container, bytes, length);
	if (!status && !value_count(container.keys) && !value_count(container.certificates))
		status = container_fail(&container, errSecDecode, _("The file has neither a certificate nor a key."));
	if (!status)
		status = name_keys(&container);
	if (!status)
		status = join(&container, ret_items);
	if (legacy)
		OSSL_PROVIDER_unload(legacy);
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
