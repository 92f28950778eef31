// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The PKCS#11 module on the library, on the engine: what programs get, call by call, in each state of the keybag, and from items that
 * are odd. The service between the two is a stand-in, the keybag one in this process.
 */
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "lib/pkcs11_program.h"
#include "lib/stand_in.h"

/* ---- tests ---- */

static unsigned int host_calls;

static CK_RV host_make(void **mutex)
{
	*mutex = &host_calls;
	return CKR_OK;
}

static CK_RV host_call(void *mutex)
{
	host_calls += mutex == &host_calls;
	return CKR_OK;
}

static void test_initialize(void)
{
	CK_C_INITIALIZE_ARGS arguments = { .CreateMutex = host_make };
	CK_INFO info;

	check(module->C_GetInfo(&info) == CKR_CRYPTOKI_NOT_INITIALIZED);
	check(module->C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED);
	check(module->C_DigestInit(1, NULL) == CKR_CRYPTOKI_NOT_INITIALIZED);
	check(module->C_Initialize(&arguments) == CKR_ARGUMENTS_BAD);
	arguments = (CK_C_INITIALIZE_ARGS){ .pReserved = &info };
	check(module->C_Initialize(&arguments) == CKR_ARGUMENTS_BAD);
	arguments = (CK_C_INITIALIZE_ARGS){ host_make, host_call, host_call, host_call, 0, NULL };
	check(module->C_Initialize(&arguments) == CKR_OK);
	check(module->C_GetInfo(&info) == CKR_OK && host_calls == 2);
	check(module->C_GetInfo(NULL) == CKR_ARGUMENTS_BAD);
	check(module->C_Finalize(&info) == CKR_ARGUMENTS_BAD);
	check(module->C_Finalize(NULL) == CKR_OK && host_calls >= 5);
	arguments.flags = CKF_OS_LOCKING_OK;
	host_calls = 0;
	check(module->C_Initialize(&arguments) == CKR_OK && module->C_Initialize(NULL) == CKR_CRYPTOKI_ALREADY_INITIALIZED);
	check(module->C_GetInfo(&info) == CKR_OK && !host_calls && !memcmp(info.manufacturerID, "Keybag   ", 9));
	check(module->C_DigestInit(1, NULL) == CKR_FUNCTION_NOT_SUPPORTED && module->C_CancelFunction(1) == CKR_FUNCTION_NOT_PARALLEL);
	tap_test("C_Initialize() takes the program's mutexes or the system's, once, and nothing else works before");
}

static void test_slot(void)
{
	CK_SLOT_ID slots[2];
	CK_ULONG count = 0;
	CK_TOKEN_INFO token;
	CK_SLOT_INFO slot;
	CK_SESSION_INFO info;
	CK_MECHANISM_TYPE types[64];
	CK_MECHANISM_INFO mechanism;

	check(module->C_GetSlotList(CK_TRUE, NULL, &count) == CKR_OK && count == 1);
	count = 0;
	check(module->C_GetSlotList(CK_TRUE, slots, &count) == CKR_BUFFER_TOO_SMALL && count == 1);
	count = 2;
	check(module->C_GetSlotList(CK_FALSE, slots, &count) == CKR_OK && count == 1 && module->C_GetSlotList(CK_FALSE, slots, NULL) == CKR_ARGUMENTS_BAD);
	check(module->C_GetSlotInfo(slots[0], &slot) == CKR_OK && slot.flags & CKF_TOKEN_PRESENT);
	check(module->C_GetSlotInfo(slots[0] + 1, &slot) == CKR_SLOT_ID_INVALID && module->C_GetTokenInfo(7, &token) == CKR_SLOT_ID_INVALID);
	check(module->C_GetTokenInfo(slots[0], &token) == CKR_OK && !(token.flags & CKF_LOGIN_REQUIRED) && token.flags & CKF_TOKEN_INITIALIZED);
	check(module->C_OpenSession(slots[0], 0, NULL, NULL, &session) == CKR_SESSION_PARALLEL_NOT_SUPPORTED);
	check(module->C_OpenSession(slots[0], CKF_SERIAL_SESSION, NULL, NULL, NULL) == CKR_ARGUMENTS_BAD);
	check(module->C_OpenSession(slots[0], CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK);
	check(module->C_GetSessionInfo(session, &info) == CKR_OK && info.state == CKS_RO_PUBLIC_SESSION);
	check(module->C_GetSessionInfo(session + 1, &info) == CKR_SESSION_HANDLE_INVALID && module->C_Logout(session) == CKR_USER_NOT_LOGGED_IN);
	check(module->C_Login(session, CKU_SO, NULL, 0) == CKR_USER_TYPE_INVALID && module->C_Login(session, 9, NULL, 0) == CKR_USER_TYPE_INVALID);
	check(module->C_GetMechanismList(slots[0], NULL, &count) == CKR_OK && count > 10);
	count--;
	check(module->C_GetMechanismList(slots[0], types, &count) == CKR_BUFFER_TOO_SMALL);
	check(module->C_GetMechanismList(slots[0], types, &count) == CKR_OK);
	for (CK_ULONG i = 0; i < count; i++)
		check(module->C_GetMechanismInfo(slots[0], types[i], &mechanism) == CKR_OK && mechanism.flags);
	check(module->C_GetMechanismInfo(slots[0], CKM_AES_CBC, &mechanism) == CKR_MECHANISM_INVALID);
	check(find(CKO_CERTIFICATE, NULL) == 0 && find(CKO_PRIVATE_KEY, NULL) == 0 && find(CKO_SECRET_KEY, NULL) == 0);
	tap_test("one slot, a token that asks for no login, sessions and mechanisms, and nothing in it");
}

static void test_sessions(void)
{
	CK_SESSION_HANDLE many[2000];
	CK_ULONG count = 0;
	CK_RV rv;

	do
		rv = module->C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &many[count]);
	while (rv == CKR_OK && ++count < 2000);
	check(rv == CKR_SESSION_COUNT && count == 1023);
	check(module->C_CloseSession(many[5]) == CKR_OK && module->C_CloseSession(many[5]) == CKR_SESSION_HANDLE_INVALID);
	check(module->C_CloseAllSessions(0) == CKR_OK && module->C_CloseSession(session) == CKR_SESSION_HANDLE_INVALID);
	check(module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK);
	tap_test("sessions are bounded, and their handles not given twice");
}

static const struct {
	const char *kind;
	CK_KEY_TYPE type;
	CK_ULONG size;
	CK_MECHANISM_TYPE mechanisms[8];
} kinds[] = {
	{ "RSA", CKK_RSA, 256, { CKM_RSA_PKCS, CKM_SHA1_RSA_PKCS, CKM_SHA224_RSA_PKCS, CKM_SHA256_RSA_PKCS, CKM_SHA512_RSA_PKCS, CKM_RSA_PKCS_PSS,
				 CKM_SHA256_RSA_PKCS_PSS } },
	{ "P-256", CKK_EC, 64, { CKM_ECDSA, CKM_ECDSA_SHA1, CKM_ECDSA_SHA256, CKM_ECDSA_SHA512 } },
	{ "P-521", CKK_EC, 132, { CKM_ECDSA, CKM_ECDSA_SHA384 } },
	{ "ED25519", CKK_EC_EDWARDS, 64, { CKM_EDDSA } },
};

static void test_kind(unsigned int number, struct bytes (*form)(EVP_PKEY *), bool certified)
{
	EVP_PKEY *key = make_key(kinds[number].kind);
	CK_OBJECT_HANDLE private, public;
	CK_ULONG length, type;
	struct bytes info = public_der(key);

	check(!served_add("keys", "a key", NULL, form(key)));
	if (certified)
		check(!served_add_certificate(key, "a certificate", "01"));
	private = find_one(CKO_PRIVATE_KEY, NULL);
	public = find_one(CKO_PUBLIC_KEY, NULL);
	check(attribute(private, CKA_LABEL).length == 5);
	memcpy(&type, attribute(private, CKA_KEY_TYPE).data, sizeof(type));
	check(type == kinds[number].type);
	check(attribute(public, CKA_PUBLIC_KEY_INFO).length == info.length && !memcmp(attribute(public, CKA_PUBLIC_KEY_INFO).data, info.data, info.length));
	check(attribute(private, CKA_ID).length == 20);
	for (unsigned int i = 0; kinds[number].mechanisms[i]; i++) {
		CK_MECHANISM_TYPE mechanism = kinds[number].mechanisms[i];

		check(sign(private, mechanism, &length) == CKR_OK && length == kinds[number].size);
		if (!check(verify(public, mechanism, length) == CKR_OK))
			printf("# %s, mechanism %#lx\n", kinds[number].kind, mechanism);
		check(verify(public, mechanism, length - 1) == CKR_SIGNATURE_LEN_RANGE);
		signature[length / 2] ^= 1;
		check(verify(public, mechanism, length) == CKR_SIGNATURE_INVALID);
	}
	check(attribute_result(private, kinds[number].type == CKK_RSA ? CKA_PRIME_1 : CKA_VALUE) == CKR_ATTRIBUTE_SENSITIVE);
	OPENSSL_free(info.data);
	EVP_PKEY_free(key);
	served_delete_all();
}

static void test_kinds(void)
{
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		test_kind(i, pkcs8_der, false);
		test_kind(i, pkcs8_der, true);
		if (kinds[i].type != CKK_EC_EDWARDS)
			test_kind(i, traditional_der, false);
	}
	tap_test("keys of each kind and form, with and without a certificate, sign by each mechanism; what is changed verifies not");
}

/* By libcrypto, of which the module has a context of its own. */
static void test_verified_by_others(void)
{
	EVP_PKEY *key = make_key("RSA");
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	CK_ULONG length;

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	check(sign(find_one(CKO_PRIVATE_KEY, NULL), CKM_SHA256_RSA_PKCS, &length) == CKR_OK);
	check(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1);
	check(EVP_DigestVerify(context, signature, length, data, sizeof(data)) == 1);
	check(!ERR_peek_error());
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	served_delete_all();
	tap_test("libcrypto verifies it, and has no errors noted");
}

static void test_buffers(void)
{
	EVP_PKEY *key = make_key("P-256");
	CK_OBJECT_HANDLE private, certificate;
	CK_ATTRIBUTE several[] = { { CKA_LABEL, signature, 2 }, { CKA_CLASS, signature, 8 }, { CKA_PRIME_1, signature, 8 }, { CKA_SUBJECT, NULL, 0 } };
	CK_MECHANISM bad = { CKM_SHA256_RSA_PKCS_PSS, NULL, 0 };
	CK_ULONG length = 0;

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	check(!served_add_certificate(key, "a certificate", "01"));
	private = find_one(CKO_PRIVATE_KEY, NULL);
	certificate = find_one(CKO_CERTIFICATE, NULL);
	check(module->C_Sign(session, data, 32, signature, &length) == CKR_OPERATION_NOT_INITIALIZED);
	check(module->C_SignInit(session, NULL, private) == CKR_ARGUMENTS_BAD && module->C_SignInit(session, &bad, private) == CKR_MECHANISM_PARAM_INVALID);
	check(begin(private, CKM_AES_CBC) == CKR_MECHANISM_INVALID && begin(private, CKM_RSA_PKCS) == CKR_KEY_TYPE_INCONSISTENT);
	check(begin(certificate, CKM_ECDSA) == CKR_KEY_HANDLE_INVALID && begin(12345, CKM_ECDSA) == CKR_KEY_HANDLE_INVALID);
	check(begin(find_one(CKO_PUBLIC_KEY, NULL), CKM_ECDSA) == CKR_KEY_FUNCTION_NOT_PERMITTED);
	check(begin(private, CKM_ECDSA) == CKR_OK && begin(private, CKM_ECDSA) == CKR_OPERATION_ACTIVE);
	check(module->C_Sign(session, data, 32, NULL, &length) == CKR_OK && length == 64);
	length = 63;
	check(module->C_Sign(session, data, 32, signature, &length) == CKR_BUFFER_TOO_SMALL && length == 64);
	check(module->C_Sign(session, data, 32, signature, &length) == CKR_OK && length == 64);
	check(module->C_Sign(session, data, 32, signature, &length) == CKR_OPERATION_NOT_INITIALIZED);
	check(begin(private, CKM_ECDSA) == CKR_OK && module->C_Sign(session, NULL, 32, signature, &length) == CKR_ARGUMENTS_BAD);
	check(begin(private, CKM_ECDSA_SHA256) == CKR_OK && module->C_SignUpdate(session, data, 30) == CKR_OK);
	check(module->C_SignUpdate(session, data + 30, 2) == CKR_OK && module->C_SignFinal(session, NULL, &length) == CKR_OK && length == 64);
	check(module->C_SignFinal(session, signature, &length) == CKR_OK);
	check(verify(find_one(CKO_PUBLIC_KEY, NULL), CKM_ECDSA_SHA256, length) == CKR_OK);
	check(begin(private, CKM_ECDSA) == CKR_OK && module->C_SignUpdate(session, signature, 2000) == CKR_OK);
	check(module->C_SignUpdate(session, signature, 65536) == CKR_DATA_LEN_RANGE && module->C_SignFinal(session, signature, &length) == CKR_OPERATION_NOT_INITIALIZED);
	check(module->C_GetAttributeValue(session, private, several, 4) != CKR_OK && several[0].ulValueLen == CK_UNAVAILABLE_INFORMATION &&
	      several[1].ulValueLen == 8 && several[2].ulValueLen == CK_UNAVAILABLE_INFORMATION && several[3].ulValueLen > 10);
	check(module->C_GetAttributeValue(session, private, NULL, 1) == CKR_ARGUMENTS_BAD && attribute_result(99999, CKA_LABEL) == CKR_OBJECT_HANDLE_INVALID);
	check(attribute_result(private, CKA_MODULUS) == CKR_ATTRIBUTE_TYPE_INVALID && attribute_result(certificate, 0x7777) == CKR_ATTRIBUTE_TYPE_INVALID);
	check(module->C_FindObjectsFinal(session) == CKR_OPERATION_NOT_INITIALIZED);
	check(module->C_FindObjectsInit(session, NULL, 0) == CKR_OK && module->C_FindObjectsInit(session, NULL, 0) == CKR_OPERATION_ACTIVE);
	check(module->C_FindObjects(session, found, 2, &length) == CKR_OK && length == 2);
	check(module->C_FindObjects(session, found, 2, &length) == CKR_OK && length == 1);
	check(module->C_FindObjects(session, found, 2, &length) == CKR_OK && length == 0 && module->C_FindObjectsFinal(session) == CKR_OK);
	EVP_PKEY_free(key);
	served_delete_all();
	tap_test("a buffer that is too small, or none, leaves what goes on; bad arguments end it");
}

static void set_state(const char *state)
{
	check(served_set(state));
}

static void test_locked(void)
{
	EVP_PKEY *key = make_key("RSA"), *alone = make_key("P-256"), *later = make_key("P-256");
	CK_OBJECT_HANDLE private, locked;
	CK_ULONG length;

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	check(!served_add_certificate(key, "a certificate", "01"));
	check(!served_add_certificate(key, "renewed", "02"));
	check(!served_add("keys", "alone", NULL, pkcs8_der(alone)));
	check(!served_add("keys", "later", "ck", pkcs8_der(later)));
	check(find(CKO_PRIVATE_KEY, NULL) == 3 && find(CKO_PUBLIC_KEY, NULL) == 3 && find(CKO_CERTIFICATE, NULL) == 2);
	private = find_one(CKO_PRIVATE_KEY, "a key");
	check(begin(private, CKM_RSA_PKCS) == CKR_OK);
	set_state("locked");
	length = sizeof(signature);
	check(module->C_Sign(session, data, 32, signature, &length) == CKR_USER_NOT_LOGGED_IN);
	check(module->C_Sign(session, data, 32, signature, &length) == CKR_OPERATION_NOT_INITIALIZED);
	check(begin(private, CKM_RSA_PKCS) == CKR_USER_NOT_LOGGED_IN);
	check(find(CKO_CERTIFICATE, NULL) == 2 && find(CKO_PRIVATE_KEY, NULL) == 2 && find(CKO_PUBLIC_KEY, NULL) == 2);
	check(sign(find_one(CKO_PRIVATE_KEY, "later"), CKM_ECDSA, &length) == CKR_OK);
	locked = find_one(CKO_PRIVATE_KEY, "a certificate");
	check(attribute(locked, CKA_MODULUS).length == 256 && attribute(locked, CKA_ID).length == 20 && attribute(locked, CKA_LABEL).length == 13);
	check(begin(locked, CKM_SHA256_RSA_PKCS) == CKR_USER_NOT_LOGGED_IN);
	check(attribute_result(private, CKA_LABEL) == CKR_OK);
	set_state("full");
	check(find(CKO_CERTIFICATE, NULL) == 2 && find(CKO_PRIVATE_KEY, NULL) == 1 && sign(locked, CKM_RSA_PKCS, &length) == CKR_USER_NOT_LOGGED_IN);
	set_state("unlocked");
	check(sign(locked, CKM_RSA_PKCS, &length) == CKR_OK && sign(private, CKM_RSA_PKCS, &length) == CKR_OK);
	check(find(CKO_PRIVATE_KEY, NULL) == 3);
	EVP_PKEY_free(key);
	EVP_PKEY_free(alone);
	EVP_PKEY_free(later);
	served_delete_all();
	tap_test("locked, also in the middle: certificates are there, their keys listed and not usable; after it all goes on");
}

static void test_deleted(void)
{
	EVP_PKEY *key = make_key("P-256");
	CK_OBJECT_HANDLE private, certificate;
	CK_ULONG length = sizeof(signature);

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	check(!served_add_certificate(key, "a certificate", "01"));
	private = find_one(CKO_PRIVATE_KEY, NULL);
	certificate = find_one(CKO_CERTIFICATE, NULL);
	check(begin(private, CKM_ECDSA) == CKR_OK);
	check(!served_delete("keys", "a key"));
	check(module->C_Sign(session, data, 32, signature, &length) == CKR_KEY_HANDLE_INVALID && begin(private, CKM_ECDSA) == CKR_KEY_HANDLE_INVALID);
	check(attribute_result(private, CKA_LABEL) == CKR_OBJECT_HANDLE_INVALID && attribute_result(certificate, CKA_VALUE) == CKR_OK);
	check(!served_delete("cert", "a certificate"));
	check(attribute_result(certificate, CKA_VALUE) == CKR_OBJECT_HANDLE_INVALID);
	/* Between the look at the key and the use of it. */
	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	private = find_one(CKO_PRIVATE_KEY, NULL);
	served_set_behind("v_PersistentRef", "locked");
	check(begin(private, CKM_ECDSA) == CKR_OK && module->C_Sign(session, data, 32, signature, &length) == CKR_USER_NOT_LOGGED_IN);
	set_state("unlocked");
	EVP_PKEY_free(key);
	served_delete_all();
	tap_test("what was deleted between finding and signing has no handle any more");
}

static void test_decrypt(void)
{
	CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, (void *)"label", 5 };
	CK_MECHANISM mechanisms[] = { { CKM_RSA_PKCS, NULL, 0 }, { CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep) } };
	EVP_PKEY *key = make_key("RSA");
	CK_OBJECT_HANDLE private;

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	private = find_one(CKO_PRIVATE_KEY, NULL);
	for (unsigned int i = 0; i < 2; i++) {
		EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
		unsigned char cipher[256], plain[256];
		size_t size = sizeof(cipher);
		CK_ULONG length = 0;
		CK_RV rv;

		check(EVP_PKEY_encrypt_init(context) == 1);
		if (i)
			check(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 && EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
			      EVP_PKEY_CTX_set0_rsa_oaep_label(context, OPENSSL_memdup("label", 5), 5) == 1);
		check(EVP_PKEY_encrypt(context, cipher, &size, data, 32) == 1);
		check(module->C_DecryptInit(session, &mechanisms[i], private) == CKR_OK);
		check(module->C_Decrypt(session, cipher, size, NULL, &length) == CKR_OK && length == 256);
		length = 31;
		check(module->C_Decrypt(session, cipher, size, plain, &length) == CKR_BUFFER_TOO_SMALL && length == 32);
		check(module->C_Decrypt(session, cipher, size, plain, &length) == CKR_OK && length == 32 && !memcmp(plain, data, 32));
		check(module->C_Decrypt(session, cipher, size, plain, &length) == CKR_OPERATION_NOT_INITIALIZED);
		length = sizeof(plain);
		cipher[100] ^= 1;
		check(module->C_DecryptInit(session, &mechanisms[i], private) == CKR_OK);
		rv = module->C_Decrypt(session, cipher, size, plain, &length);
		/* libcrypto 3.2 and later tell nobody that the padding of PKCS#1 is wrong: they make up bytes. */
		check(rv == CKR_ENCRYPTED_DATA_INVALID || (!i && rv == CKR_OK && (length != 32 || memcmp(plain, data, 32))));
		check(module->C_DecryptInit(session, &mechanisms[i], private) == CKR_OK &&
		      module->C_Decrypt(session, cipher, 255, plain, &length) == CKR_ENCRYPTED_DATA_LEN_RANGE);
		EVP_PKEY_CTX_free(context);
	}
	check(!ERR_peek_error());
	EVP_PKEY_free(key);
	served_delete_all();
	tap_test("what was encrypted by PKCS#1 and OAEP is decrypted; what is not of the key is not");
}

static void test_odd(void)
{
	EVP_PKEY *key = make_key("X25519"), *other = make_key("P-256");
	struct value *request = served_request("add", "keys", "named by hand");
	struct bytes der = pkcs8_der(other);
	CK_ULONG length;

	check(!served_add("keys", "an agreement", NULL, pkcs8_der(key)));
	check(!served_add("keys", "no key", NULL, (struct bytes){ OPENSSL_memdup(data, 32), 32 }));
	check(!served_add("keys", "public alone", NULL, public_der(other)));
	value_set(served_query(request), "v_Data", value_data(der.data, der.length));
	value_set(served_query(request), "klbl", value_data("x", 1));
	check(served_status(request) == 0);
	check(find(CKO_PRIVATE_KEY, NULL) == 1 && find(CKO_PUBLIC_KEY, NULL) == 2);
	check(sign(find_one(CKO_PRIVATE_KEY, NULL), CKM_ECDSA, &length) == CKR_OK);
	check(verify(find_one(CKO_PUBLIC_KEY, "named by hand"), CKM_ECDSA, length) == CKR_OK);
	check(verify(find_one(CKO_PUBLIC_KEY, "public alone"), CKM_ECDSA, length) == CKR_OK);
	OPENSSL_free(der.data);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	served_delete_all();
	tap_test("items that are no keys of a kind that is offered are left out, others have what they need");
}

/* Called by the module for no other reason, so here its own code of a damaged key is reached: the item says that it is one. */
static void test_damaged(void)
{
	EVP_PKEY *key = make_key("P-256");
	struct bytes der = pkcs8_der(key);
	CK_ULONG length;

	for (size_t cut = 0; cut < der.length; cut++) {
		struct value *request = served_request("add", "keys", "damaged");

		value_set(served_query(request), "v_Data", value_data(der.data, cut));
		value_set(served_query(request), "kcls", value_integer(1));
		value_set(served_query(request), "type", value_integer(73));
		value_set(served_query(request), "bsiz", value_integer(256));
		value_set(served_query(request), "klbl", value_data("12345678901234567890", 20));
		value_set(served_query(request), "sign", value_boolean(true));
		if (served_status(request))
			continue;
		if (!check(sign(find_one(CKO_PRIVATE_KEY, NULL), CKM_ECDSA, &length) == CKR_KEY_TYPE_INCONSISTENT))
			printf("# cut to %zu\n", cut);
		check(!served_delete("keys", "damaged"));
	}
	OPENSSL_free(der.data);
	EVP_PKEY_free(key);
	served_delete_all();
	tap_test("an item that says it is a key and is not, cut anywhere, signs nothing");
}

static void test_fork(void)
{
	EVP_PKEY *key = make_key("P-256");
	CK_OBJECT_HANDLE private;
	CK_ULONG length;
	int status;
	pid_t child;

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	private = find_one(CKO_PRIVATE_KEY, NULL);
	check(sign(private, CKM_ECDSA, &length) == CKR_OK);
	child = fork();
	if (!child) {
		bool good = sign(private, CKM_ECDSA, &length) == CKR_CRYPTOKI_NOT_INITIALIZED && module->C_Finalize(NULL) == CKR_CRYPTOKI_NOT_INITIALIZED &&
			    module->C_Initialize(NULL) == CKR_OK && module->C_CloseSession(session) == CKR_SESSION_HANDLE_INVALID &&
			    module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK &&
			    sign(find_one(CKO_PRIVATE_KEY, NULL), CKM_ECDSA, &length) == CKR_OK && module->C_Finalize(NULL) == CKR_OK;

		_exit(good ? 0 : 1);
	}
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	check(sign(private, CKM_ECDSA, &length) == CKR_OK);
	EVP_PKEY_free(key);
	served_delete_all();
	tap_test("a child of the program begins anew, and its parent goes on");
}

static void *sign_often(void *context)
{
	CK_OBJECT_HANDLE private = *(CK_OBJECT_HANDLE *)context;
	CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
	CK_SESSION_HANDLE own;
	unsigned char made[64];
	CK_ULONG length;
	unsigned long good = 0;

	if (module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &own) != CKR_OK)
		return NULL;
	for (int i = 0; i < 50; i++) {
		length = sizeof(made);
		good += module->C_SignInit(own, &mechanism, private) == CKR_OK &&
			module->C_Sign(own, data, 32, made, &length) == CKR_OK;
	}
	module->C_CloseSession(own);
	return (void *)good;
}

static void test_threads(void)
{
	EVP_PKEY *key = make_key("P-256");
	CK_OBJECT_HANDLE private;
	pthread_t threads[4];
	void *good;

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	private = find_one(CKO_PRIVATE_KEY, NULL);
	for (int i = 0; i < 4; i++)
		check(!pthread_create(&threads[i], NULL, sign_often, &private));
	for (int i = 0; i < 4; i++)
		check(!pthread_join(threads[i], &good) && (unsigned long)good == 50);
	EVP_PKEY_free(key);
	served_delete_all();
	tap_test("several threads");
}

static void test_many(void)
{
	char name[32], serial[16];
	CK_ATTRIBUTE label = { CKA_LABEL, NULL, 0 };
	CK_OBJECT_HANDLE first;
	uint64_t start;

	for (int i = 0; i < 1000; i++) {
		EVP_PKEY *key = make_key("P-256");

		snprintf(name, sizeof(name), "certificate %d", i);
		snprintf(serial, sizeof(serial), "%04x", i + 1);
		check(!served_add_certificate(key, name, serial) && !served_add("keys", "a key", NULL, pkcs8_der(key)));
		EVP_PKEY_free(key);
	}
	check(find(CKO_CERTIFICATE, NULL) == 1000);
	first = found[0];
	check(find(CKO_CERTIFICATE, NULL) == 1000 && found[0] == first);
	for (int i = 0; i < 1000; i++)
		check(module->C_GetAttributeValue(session, found[i], &label, 1) == CKR_OK);
	check(find_one(CKO_CERTIFICATE, "certificate 777") == found[0]);
	set_state("locked");
	start = deadline_now();
	check(find(CKO_PRIVATE_KEY, NULL) == 1000 && find(CKO_PUBLIC_KEY, NULL) == 1000);
	if (!check(deadline_now() - start < LONG))
		printf("# %u s\n", (unsigned int)((deadline_now() - start) / 1000000000));
	set_state("unlocked");
	check(module->C_CloseAllSessions(0) == CKR_OK && module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK);
	check(attribute_result(first, CKA_LABEL) == CKR_OBJECT_HANDLE_INVALID);
	check(find(CKO_CERTIFICATE, "certificate 1") == 1 && found[0] > 1000);
	served_delete_all();
	tap_test("a thousand objects, whose handles stay while a session is open");
}

static void test_random(void)
{
	unsigned char some[64] = { 0 }, none[64] = { 0 };

	check(module->C_GenerateRandom(session, some, sizeof(some)) == CKR_OK && memcmp(some, none, sizeof(some)));
	check(module->C_GenerateRandom(session, NULL, 1) == CKR_ARGUMENTS_BAD && module->C_SeedRandom(session, some, 1) == CKR_RANDOM_SEED_NOT_SUPPORTED);
	tap_test("random numbers");
}

static void test_finalize(void)
{
	CK_ULONG count;

	check(module->C_Finalize(NULL) == CKR_OK && module->C_GetSlotList(CK_TRUE, NULL, &count) == CKR_CRYPTOKI_NOT_INITIALIZED);
	check(module->C_Initialize(NULL) == CKR_OK && module->C_CloseSession(session) == CKR_SESSION_HANDLE_INVALID);
	set_state("gone");
	check(module->C_GetSlotList(CK_TRUE, NULL, &count) == CKR_OK && count == 0);
	check(module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_TOKEN_NOT_PRESENT);
	set_state("back");
	unlink("keychaind.sock");
	check(module->C_GetSlotList(CK_TRUE, NULL, &count) == CKR_OK && count == 0);
	check(module->C_Finalize(NULL) == CKR_OK);
	tap_test("without a keybag, or without the service, there is no token");
}

int main(void)
{
	if (!program_start())
		return 1;
	test_initialize();
	test_slot();
	test_sessions();
	test_kinds();
	test_verified_by_others();
	test_buffers();
	test_locked();
	test_deleted();
	test_decrypt();
	test_odd();
	test_damaged();
	test_fork();
	test_threads();
	test_many();
	test_random();
	test_finalize();
	return program_end();
}
