// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/common/translate.h"
#include "helper/keychain/certificate/container/container_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "helper/keychain/certificate/certificate.h"
#include "helper/keychain/certificate/container/container_work.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/key.h"
#include "helper/keychain/certificate/key_parse.h"
#include "helper/keychain/include/keychain-status.h"

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
	return container_fail(container, errSecAllocate, _("Out of memory."));
}

int container_lacks_cipher(struct container *container, const char *name)
{
	return container_fail(container, errSecDecode,
			      _("The key is encrypted by %s, which libcrypto does not have here: install its provider \"legacy\", or "
				"convert the key where there is one by \"openssl pkcs8 -topk8 -v2 aes-256-cbc -provider default "
				"-provider legacy -in FILE -out OTHER\"."), name);
}

int container_ask(struct container *container)
{
	char problem[SECRET_PROBLEM_SIZE];
	int length;

	if (container->passphrase.data)
		return errSecSuccess;
	if (secret_new(&container->passphrase, CONTAINER_MAX_PASSPHRASE + 1)) {
		secret_problem(CONTAINER_MAX_PASSPHRASE + 1, problem);
		return container_fail(container, errSecAllocate, _("The passphrase has no place: %s."), problem);
	}
	length = container->read_passphrase ? container->read_passphrase(container->context,
									 (char *)container->passphrase.data,
									 CONTAINER_MAX_PASSPHRASE) : -ENOKEY;
	if (length < 0) {
		secret_free(&container->passphrase);
		return container_fail(
			container, errSecInteractionNotAllowed,
			_("The file is encrypted, and there is no passphrase to be had (%s): run it on a "
			"terminal, or give the passphrase as the first line of standard input."),
			length == -ENOKEY ? _("no terminal") : translate_errno(length));
	}
	container->passphrase.data[length] = 0;
	container->passphrase.length = (size_t)length;
	return errSecSuccess;
}

/* Certificates are the same by their bytes; keys, which come in several forms, by the public half and by which half. */
static bool is_same(const struct value *one, const struct value *other)
{
	if (!value_get(one, "klbl"))
		return value_equal(value_get(one, "v_Data"), value_get(other, "v_Data"));
	return value_equal(value_get(one, "klbl"), value_get(other, "klbl")) &&
	       value_equal(value_get(one, "kcls"), value_get(other, "kcls"));
}

/* The item of @list that @item is once more; NULL: none. A list that is too long to be added is not looked through. */
static struct value *find_same(struct value *list, const struct value *item)
{
	size_t count = value_count(list);

	for (size_t number = 0; count <= VALUE_MAX_ENTRIES && number < count; number++)
		if (is_same(value_at(list, number), item))
			return value_at(list, number);
	return NULL;
}

/* A part that a file has twice, as some programs write chains, is one item. Where the first has no name it gets the second's. */
static int merge(struct container *container, struct value *present, struct value *item)
{
	const struct value *label = value_get(item, "labl");
	int error = !value_get(present, "labl") && label ? value_set(present, "labl", value_copy(label)) : 0;

	value_free(item);
	return error ? out_of_memory(container) : errSecSuccess;
}

/* Takes @data. */
static int add_item(struct container *container, struct value *list, struct value *item,
		    const char *class, struct value *data)
{
	struct value *present;

	if (value_set(item, "v_Data", data) || value_set(item, "class", value_string(class))) {
		value_free(item);
		return out_of_memory(container);
	}
	present = find_same(list, item);
	if (present)
		return merge(container, present, item);
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
				      _("The file holds a certificate that cannot be read."));
	}
	return add_item(container, container->certificates, item, "cert", value_data(der, length));
}

/* Takes @data, a key as it is stored. */
static int add_key(struct container *container, struct value *data, const char *name)
{
	struct value *item = value_dictionary();
	int status = item && data ? errSecSuccess : errSecAllocate;
	char problem[KEY_PROBLEM_SIZE] = "";
	const void *der;
	size_t length;

	if (!status) {
		der = value_bytes(data, &length);
		status = key_attributes(der, length, item);
		if (status)
			key_problem(der, length, problem);
	}
	if (!status && name && value_set(item, "labl", value_string(name)))
		status = errSecAllocate;
	if (!status)
		return add_item(container, container->keys, item, "keys", data);
	value_free(item);
	value_free(data);
	if (status == errSecAllocate)
		return out_of_memory(container);
	return container_fail(container, status, _("A key in the file cannot be taken: %s."), problem);
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

static int add_public(struct container *container, X509_PUBKEY *key)
{
	int length = i2d_X509_PUBKEY(key, NULL);
	struct value *data = length > 0 ? value_data_new((size_t)length) : NULL;
	size_t size;
	unsigned char *at = value_bytes_mutable(data, &size);

	if (at)
		i2d_X509_PUBKEY(key, &at);
	return add_key(container, data, NULL);
}

int container_add_key(struct container *container, const char *what, const void *der, size_t length,
		      const char *name)
{
	PKCS8_PRIV_KEY_INFO *private CLEANUP(free_pkcs8) =
		key_parse_private(der, length);
	X509_PUBKEY *public CLEANUP(free_public_key) =
		private ? NULL : key_parse_public(der, length);
	char problem[KEY_PROBLEM_SIZE];

	if (private)
		return container_add_private(container, private, name);
	if (public)
		return add_public(container, public);
	key_problem(der, length, problem);
	return container_fail(container, errSecDecode, _("%s cannot be taken: %s."), what, problem);
}

unsigned char *container_decrypt(const X509_SIG *encrypted, const char *passphrase, int length,
				 size_t *ret_length)
{
	const ASN1_OCTET_STRING *text;
	const X509_ALGOR *algorithm;
	unsigned char *der = NULL;
	int der_length = 0;

	X509_SIG_get0(encrypted, &algorithm, &text);
	if (!PKCS12_pbe_crypt(algorithm, passphrase, length, ASN1_STRING_get0_data(text),
			      ASN1_STRING_length(text), &der, &der_length, 0))
		return NULL;
	if (key_resembles(der, (size_t)der_length)) {
		*ret_length = (size_t)der_length;
		return der;
	}
	OPENSSL_clear_free(der, (size_t)der_length);
	return NULL;
}

int container_add_encrypted(struct container *container, const X509_SIG *encrypted)
{
	char name[CONTAINER_NAME_SIZE];
	const X509_ALGOR *algorithm;
	unsigned char *der;
	size_t length;
	int status;

	X509_SIG_get0(encrypted, &algorithm, NULL);
	if (!container_has_cipher(algorithm, name))
		return container_lacks_cipher(container, name);
	if (!container_bounded_work(algorithm))
		return container_fail(container, errSecDecode,
				      _("The key's passphrase asks for more than %d iterations."),
				      CONTAINER_MAX_ITERATIONS);
	status = container_ask(container);
	if (status)
		return status;
	der = container_decrypt(encrypted, (char *)container->passphrase.data,
				(int)container->passphrase.length, &length);
	if (!der)
		return container_fail(container, errSecAuthFailed,
				      _("The passphrase is not that of the key."));
	status = container_add_key(container, _("The key"), der, length, NULL);
	OPENSSL_clear_free(der, length);
	return status;
}
