// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <openssl/err.h>

#include "helper/common/translate.h"
#include "helper/keychain/certificate/container/container_parts.h"
#include "helper/keychain/certificate/container/container_pkcs12.h"
#include "helper/keychain/certificate/container/container_work.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/include/keychain-status.h"

#define MAX_NESTING	4		/* of bags within bags */

/* The passphrase; no text and an empty one are two. */
struct opening {
	struct container *container;
	const char *passphrase;
	int length;
	bool known;		/* the passphrase, whatever it is */
	bool verified;		/* by the file's MAC, if it has one */
};

static int read_bags(struct opening *opening, STACK_OF(PKCS12_SAFEBAG) *bags, int depth);

static int damaged(const struct opening *opening)
{
	return container_fail(opening->container, errSecDecode,
			      _("The PKCS#12 file is damaged, or encrypted in a way "
			      "that is not known."));
}

/* Reports contents that cannot be decrypted. */
static int undecipherable(const struct opening *opening)
{
	if (opening->verified)
		return damaged(opening);
	return container_fail(opening->container, errSecAuthFailed,
			      _("The passphrase is not that of the PKCS#12 file, or the file is "
			      "damaged: it has no MAC that would tell."));
}

static int too_much_work(const struct opening *opening)
{
	return container_fail(opening->container, errSecDecode,
			      _("The PKCS#12 file asks for more than %d iterations."),
			      CONTAINER_MAX_ITERATIONS);
}

static int lacks_cipher(const struct opening *opening, const char *name)
{
	return container_fail(opening->container, errSecDecode,
			      _("The PKCS#12 file is encrypted by %s, which libcrypto does not have here: install its provider \"legacy\", "
				"or export the file anew under AES-256 where it was made."), name);
}

/* The bag's name in valid UTF-8, to be freed, or NULL. */
static unsigned char *friendly_name(PKCS12_SAFEBAG *bag)
{
	unsigned char *name = (unsigned char *)PKCS12_get_friendlyname(bag);
	size_t length = name ? strlen((char *)name) : 0;

	for (size_t at = 0; at < length;) {
		unsigned long character;
		int used = UTF8_getc(name + at, (int)(length - at), &character);

		if (used <= 0) {
			OPENSSL_free(name);
			return NULL;
		}
		at += (size_t)used;
	}
	if (length)
		return name;
	OPENSSL_free(name);
	return NULL;
}

static int add_certificate(const struct opening *opening, PKCS12_SAFEBAG *bag, const char *name)
{
	X509 *certificate CLEANUP(free_x509) = PKCS12_SAFEBAG_get1_cert(bag);
	unsigned char *der CLEANUP(free_bytes) = NULL;
	int length = certificate ? i2d_X509(certificate, &der) : 0;

	if (length <= 0)
		return damaged(opening);
	return container_add_certificate(opening->container, der, (size_t)length, name);
}

/* Asks for the passphrase, unless it is known. */
static int ask(struct opening *opening)
{
	struct container *container = opening->container;
	int status = opening->known ? errSecSuccess : container_ask(container);

	if (opening->known || status)
		return status;
	opening->passphrase = (const char *)container->passphrase.data;
	opening->length = (int)container->passphrase.length;
	opening->known = true;
	return errSecSuccess;
}

static int add_shrouded(struct opening *opening, PKCS12_SAFEBAG *bag, const char *name)
{
	const X509_SIG *encrypted = PKCS12_SAFEBAG_get0_pkcs8(bag);
	char cipher[CONTAINER_NAME_SIZE];
	const X509_ALGOR *algorithm;
	unsigned char *der;
	size_t length;
	int status;

	X509_SIG_get0(encrypted, &algorithm, NULL);
	if (!container_has_cipher(algorithm, cipher))
		return lacks_cipher(opening, cipher);
	if (!container_bounded_work(algorithm))
		return too_much_work(opening);
	status = ask(opening);
	if (status)
		return status;
	der = container_decrypt(encrypted, opening->passphrase, opening->length, &length);
	if (!der)
		return undecipherable(opening);
	status = container_add_key(opening->container, _("A key in the PKCS#12 file"), der, length, name);
	OPENSSL_clear_free(der, length);
	return status;
}

static int read_bag(struct opening *opening, PKCS12_SAFEBAG *bag, int depth)
{
	unsigned char *bytes CLEANUP(free_bytes) = friendly_name(bag);
	const char *name = (const char *)bytes;

	switch (PKCS12_SAFEBAG_get_nid(bag)) {
	case NID_keyBag:
		return container_add_private(opening->container,
					     (PKCS8_PRIV_KEY_INFO *)PKCS12_SAFEBAG_get0_p8inf(bag),
					     name);
	case NID_pkcs8ShroudedKeyBag:
		return add_shrouded(opening, bag, name);
	case NID_certBag:
		if (PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate)
			return add_certificate(opening, bag, name);
		break;
	case NID_safeContentsBag:
		return read_bags(opening,
				 (STACK_OF(PKCS12_SAFEBAG) *)PKCS12_SAFEBAG_get0_safes(bag),
				 depth + 1);
	}
	return container_fail(opening->container, errSecDecode,
			      _("The PKCS#12 file holds something besides keys and "
			      "X.509 certificates."));
}

static int read_bags(struct opening *opening, STACK_OF(PKCS12_SAFEBAG) *bags, int depth)
{
	int status = depth < MAX_NESTING ? errSecSuccess : damaged(opening);

	for (int number = 0; !status && number < sk_PKCS12_SAFEBAG_num(bags); number++)
		status = read_bag(opening, sk_PKCS12_SAFEBAG_value(bags, number), depth);
	return status;
}

/* The content of a part is optional, and so is the text of what is encrypted; not every libcrypto looks before it reads them. */
static bool has_content(const PKCS7 *safe)
{
	if (PKCS7_type_is_encrypted(safe))
		return safe->d.encrypted && safe->d.encrypted->enc_data && safe->d.encrypted->enc_data->enc_data;
	return safe->d.ptr;
}

static int read_safe(struct opening *opening, PKCS7 *safe)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	char cipher[CONTAINER_NAME_SIZE];
	int status;

	if (!has_content(safe))
		return damaged(opening);
	if (PKCS7_type_is_encrypted(safe) && !container_has_cipher(safe->d.encrypted->enc_data->algorithm, cipher))
		return lacks_cipher(opening, cipher);
	if (PKCS7_type_is_data(safe))
		bags = PKCS12_unpack_p7data(safe);
	else if (PKCS7_type_is_encrypted(safe) && !container_bounded_work(safe->d.encrypted->enc_data->algorithm))
		return too_much_work(opening);
	else if (PKCS7_type_is_encrypted(safe) && (status = ask(opening)))
		return status;
	else if (PKCS7_type_is_encrypted(safe))
		bags = PKCS12_unpack_p7encdata(safe, opening->passphrase, opening->length);
	if (bags)
		status = read_bags(opening, bags, 0);
	else if (PKCS7_type_is_encrypted(safe))
		status = undecipherable(opening);
	else
		status = damaged(opening);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return status;
}

static bool verifies(PKCS12 *file, const char *passphrase, int length, struct opening *opening)
{
	if (!PKCS12_verify_mac(file, passphrase, length))
		return false;
	opening->passphrase = passphrase;
	opening->length = length;
	opening->known = true;
	opening->verified = true;
	return true;
}

static bool is_bounded(const ASN1_INTEGER *number, long most)
{
	return !number || (ASN1_INTEGER_get(number) >= 0 && ASN1_INTEGER_get(number) <= most);
}

/* PBMAC1 of RFC 9579 has numbers of its own, and the file's do not count. */
static bool pbmac1_is_bounded(const X509_ALGOR *algorithm)
{
#if OPENSSL_VERSION_NUMBER >= 0x30400000L
	const ASN1_OBJECT *object;
	PBKDF2PARAM *parameters;
	bool bounded;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	if (OBJ_obj2nid(object) != NID_pbmac1)
		return true;
	parameters = PBMAC1_get1_pbkdf2_param(algorithm);
	bounded = parameters && is_bounded(parameters->iter, CONTAINER_MAX_ITERATIONS) &&
		  is_bounded(parameters->keylength, EVP_MAX_MD_SIZE);
	PBKDF2PARAM_free(parameters);
	return bounded;
#else
	(void)algorithm;
	return true;
#endif
}

/* Finds the passphrase that the MAC is under; asks only where none will not do. */
static int authenticate(struct opening *opening, PKCS12 *file)
{
	struct container *container = opening->container;
	const ASN1_INTEGER *iterations = NULL;
	const X509_ALGOR *algorithm = NULL;
	int status;

	PKCS12_get0_mac(NULL, &algorithm, NULL, &iterations, file);
	if (!is_bounded(iterations, CONTAINER_MAX_ITERATIONS) || (algorithm && !pbmac1_is_bounded(algorithm)))
		return too_much_work(opening);
	/* Without a MAC only what is encrypted needs one, if there is any. */
	if (!PKCS12_mac_present(file) || verifies(file, NULL, 0, opening) || verifies(file, "", 0, opening))
		return errSecSuccess;
	status = ask(opening);
	if (status)
		return status;
	if (!verifies(file, opening->passphrase, opening->length, opening))
		return container_fail(container, errSecAuthFailed,
				      _("The passphrase is not that of the PKCS#12 file."));
	return errSecSuccess;
}

int container_read_pkcs12(struct container *container, PKCS12 *file)
{
	struct opening opening = { .container = container };
	int status = authenticate(&opening, file);
	STACK_OF(PKCS7) *safes = NULL;

	if (!status) {
		safes = PKCS12_unpack_authsafes(file);
		if (!safes)
			status = damaged(&opening);
	}
	for (int number = 0; !status && number < sk_PKCS7_num(safes); number++)
		status = read_safe(&opening, sk_PKCS7_value(safes, number));
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return status;
}
