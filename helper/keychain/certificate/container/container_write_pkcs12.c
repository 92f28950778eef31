// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two safes, as all programs read them: certificates, encrypted as a whole, and keys, each encrypted by itself.
 */
#include <string.h>

#include <openssl/pkcs12.h>

#include "helper/common/translate.h"
#include "helper/keychain/certificate/certificate.h"
#include "helper/keychain/certificate/certificate_parse.h"
#include "helper/keychain/certificate/container/container_write_pkcs12.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/key.h"
#include "helper/keychain/certificate/key_parse.h"
#include "helper/keychain/include/keychain-status.h"

#define SALT_SIZE	16

static int failed(struct container *container)
{
	return container_fail(container, errSecInternal, _("The PKCS#12 file could not be made."));
}

/* Label and local key ID, the hash of the public key. */
static bool describe(PKCS12_SAFEBAG *bag, const struct value *part, const struct value *hash)
{
	const char *label = value_as_name(value_get(part, "labl"));
	size_t length = 0;
	const void *bytes = value_bytes(hash, &length);

	if (label && *label && !PKCS12_add_friendlyname_utf8(bag, label, (int)strlen(label)))
		return false;
	return !bytes || PKCS12_add_localkeyid(bag, (unsigned char *)bytes, (int)length);
}

/* Takes @bag. */
static int push(struct container *container, STACK_OF(PKCS12_SAFEBAG) *bags, PKCS12_SAFEBAG *bag, const struct value *part,
		const struct value *hash)
{
	if (bag && describe(bag, part, hash) && sk_PKCS12_SAFEBAG_push(bags, bag))
		return errSecSuccess;
	PKCS12_SAFEBAG_free(bag);
	return failed(container);
}

static PKCS12_SAFEBAG *key_bag(PKCS8_PRIV_KEY_INFO *key, const struct container_writing *how)
{
	const struct secret *passphrase = how->passphrase;
	PKCS8_PRIV_KEY_INFO *copy;
	PKCS12_SAFEBAG *bag;

	if (passphrase)
		return PKCS12_SAFEBAG_create_pkcs8_encrypt(NID_aes_256_cbc, (const char *)passphrase->data,
							   (int)passphrase->length, NULL, SALT_SIZE, how->iterations,
							   key);
	copy = ASN1_item_dup(ASN1_ITEM_rptr(PKCS8_PRIV_KEY_INFO), key);
	bag = copy ? PKCS12_SAFEBAG_create0_p8inf(copy) : NULL;
	if (!bag)
		PKCS8_PRIV_KEY_INFO_free(copy);
	return bag;
}

/* The hash of the public key: klbl of a key, pkhh of a certificate. NULL: there is none. */
static struct value *hash_of(const void *der, size_t length, const char *name,
			     int (*attributes)(const void *der, size_t length, struct value *attributes))
{
	struct value *found CLEANUP(free_value) = value_dictionary();

	if (!found || attributes(der, length, found) || !value_get(found, name))
		return NULL;
	return value_copy(value_get(found, name));
}

static int add_key(struct container *container, STACK_OF(PKCS12_SAFEBAG) *bags, const struct value *part,
		   const struct container_writing *how)
{
	size_t length;
	const void *der = value_bytes(value_get(part, "v_Data"), &length);
	PKCS8_PRIV_KEY_INFO *key CLEANUP(free_pkcs8) = key_parse_private(der, length);
	X509_PUBKEY *public CLEANUP(free_public_key) = key ? NULL : key_parse_public(der, length);
	struct value *hash CLEANUP(free_value) = NULL;

	if (public)
		return container_fail(container, errSecParam, _("PKCS#12 holds no public keys: PEM, DER and OpenSSH do."));
	if (!key)
		return container_fail(container, errSecDecode,
				      _("A key is of no known kind, as a symmetric one is: what it is can only be written as it "
					"is (raw)."));
	hash = hash_of(der, length, "klbl", key_attributes);
	return push(container, bags, key_bag(key, how), part, hash);
}

static bool has_key(const struct container *container, const struct value *hash)
{
	bool found = false;

	for (size_t number = 0; !found && number < value_count(container->keys); number++) {
		size_t length;
		const void *der = value_bytes(value_get(value_at(container->keys, number), "v_Data"), &length);
		struct value *other CLEANUP(free_value) = hash_of(der, length, "klbl", key_attributes);

		found = other && value_equal(other, hash);
	}
	return found;
}

static int add_certificate(struct container *container, STACK_OF(PKCS12_SAFEBAG) *bags, const struct value *part)
{
	size_t length;
	const void *der = value_bytes(value_get(part, "v_Data"), &length);
	X509 *certificate CLEANUP(free_x509) = certificate_parse(der, length);
	struct value *hash CLEANUP(free_value) = hash_of(der, length, "pkhh", certificate_attributes);

	if (!certificate)
		return container_fail(container, errSecDecode,
				      _("A certificate cannot be read: what it is can only be written as it is (raw)."));
	return push(container, bags, PKCS12_SAFEBAG_create_cert(certificate), part,
		    hash && has_key(container, hash) ? hash : NULL);
}

/* Takes @safe. */
static bool add_safe(STACK_OF(PKCS7) *safes, PKCS7 *safe)
{
	if (safe && sk_PKCS7_push(safes, safe))
		return true;
	PKCS7_free(safe);
	return false;
}

static int fill(struct container *container, STACK_OF(PKCS7) *safes, STACK_OF(PKCS12_SAFEBAG) *keys,
		STACK_OF(PKCS12_SAFEBAG) *certificates, const struct container_writing *how)
{
	const struct secret *passphrase = how->passphrase;
	int status = errSecSuccess;

	for (size_t number = 0; !status && number < value_count(container->keys); number++)
		status = add_key(container, keys, value_at(container->keys, number), how);
	for (size_t number = 0; !status && number < value_count(container->certificates); number++)
		status = add_certificate(container, certificates, value_at(container->certificates, number));
	if (!status && sk_PKCS12_SAFEBAG_num(certificates) &&
	    !add_safe(safes, passphrase ? PKCS12_pack_p7encdata(NID_aes_256_cbc, (const char *)passphrase->data,
								(int)passphrase->length, NULL, SALT_SIZE,
								how->iterations, certificates)
					: PKCS12_pack_p7data(certificates)))
		status = failed(container);
	if (!status && sk_PKCS12_SAFEBAG_num(keys) && !add_safe(safes, PKCS12_pack_p7data(keys)))
		status = failed(container);
	return status;
}

static int finish(struct container *container, BIO *file, STACK_OF(PKCS7) *safes, const struct container_writing *how)
{
	const struct secret *passphrase = how->passphrase;
	PKCS12 *made CLEANUP(free_pkcs12) = PKCS12_add_safes(safes, 0);
	const char *text = passphrase ? (const char *)passphrase->data : "";
	int length = passphrase ? (int)passphrase->length : 0;

	if (!made || !PKCS12_set_mac(made, text, length, NULL, SALT_SIZE, passphrase ? how->iterations : 1, EVP_sha256()) ||
	    !i2d_PKCS12_bio(file, made))
		return failed(container);
	return errSecSuccess;
}

int container_write_pkcs12(struct container *container, BIO *file, const struct container_writing *how)
{
	STACK_OF(PKCS12_SAFEBAG) *keys = sk_PKCS12_SAFEBAG_new_null();
	STACK_OF(PKCS12_SAFEBAG) *certificates = sk_PKCS12_SAFEBAG_new_null();
	STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();
	int status = keys && certificates && safes ? fill(container, safes, keys, certificates, how)
						   : failed(container);

	if (!status)
		status = finish(container, file, safes, how);
	sk_PKCS12_SAFEBAG_pop_free(keys, PKCS12_SAFEBAG_free);
	sk_PKCS12_SAFEBAG_pop_free(certificates, PKCS12_SAFEBAG_free);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return status;
}
