// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The PKCS#11 module by the letter of the standard: which results a call may have, and what is refused; and what of a private key is
 * left in the program. unit/keychain_pkcs11 has what works.
 */
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "lib/keybagd_stand_in.h"
#include "lib/pkcs11_program.h"

/* ---- tests ---- */

static void test_list(void)
{
	const size_t first = offsetof(CK_FUNCTION_LIST, C_Initialize), count = (sizeof(*module) - first) / sizeof(void (*)(void));
	CK_INFO info;

	check(C_GetFunctionList(NULL) == CKR_ARGUMENTS_BAD);
	check(module->version.major == 2 && module->version.minor == 40 && count == 68);
	for (size_t i = 0; i < count; i++) {
		void (*function)(void);

		memcpy(&function, (const char *)module + first + i * sizeof(function), sizeof(function));
		check(function);
	}
	check(module->C_GetInfo(&info) == CKR_OK && info.cryptokiVersion.major == 2 && info.cryptokiVersion.minor == 40);
	tap_test("the list is that of version 2.40, and whole");
}

static struct stand_in keybagd;
static atomic_uint keybag_state;

static void serve_state(struct stand_in *daemon, int fd)
{
	if (keybagd_tell(daemon, fd, keybag_state, 0, true))
		stand_in_readable(daemon, fd);
}

static CK_RV login(void)
{
	return module->C_Login(session, CKU_USER, (unsigned char *)"1234", 4);
}

static void test_login(void)
{
	CK_SESSION_INFO info;

	check(module->C_Login(session, CKU_CONTEXT_SPECIFIC, NULL, 0) == CKR_OPERATION_NOT_INITIALIZED);
	check(module->C_Login(session + 1, CKU_USER, NULL, 0) == CKR_SESSION_HANDLE_INVALID);
	check(login() == CKR_DEVICE_REMOVED);
	stand_in_start(&keybagd, KEYBAG_SOCKET, serve_state);
	keybag_state = KEYBAG_STATE_LOCKED;
	check(login() == CKR_FUNCTION_FAILED);
	check(module->C_GetSessionInfo(session, &info) == CKR_OK && info.state == CKS_RO_PUBLIC_SESSION);
	keybag_state = KEYBAG_STATE_UNLOCKED;
	check(login() == CKR_OK && login() == CKR_USER_ALREADY_LOGGED_IN);
	check(module->C_GetSessionInfo(session, &info) == CKR_OK && info.state == CKS_RO_USER_FUNCTIONS);
	check(module->C_Logout(session) == CKR_OK && module->C_Logout(session) == CKR_USER_NOT_LOGGED_IN);
	check(login() == CKR_OK && module->C_CloseAllSessions(0) == CKR_OK);
	check(module->C_OpenSession(0, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session) == CKR_OK);
	check(module->C_GetSessionInfo(session, &info) == CKR_OK && info.state == CKS_RW_PUBLIC_SESSION);
	check(login() == CKR_OK && module->C_GetSessionInfo(session, &info) == CKR_OK && info.state == CKS_RW_USER_FUNCTIONS);
	check(module->C_Logout(session) == CKR_OK);
	stand_in_stop(&keybagd);
	tap_test("a login is one where the keybag is open, fails where it is locked, and there is no token without one");
}

/* All that a program may ask of an object, each with room for it. */
#define SEVERAL 6
static struct several {
	unsigned char bytes[SEVERAL][1024];
	CK_ATTRIBUTE template[SEVERAL];
} several;

static CK_RV read_several(CK_OBJECT_HANDLE object)
{
	static const CK_ATTRIBUTE_TYPE types[SEVERAL] = { CKA_LABEL, CKA_MODULUS, CKA_PRIME_1, CKA_SUBJECT, CKA_EC_POINT, CKA_CLASS };

	for (int i = 0; i < SEVERAL; i++)
		several.template[i] = (CK_ATTRIBUTE){ types[i], several.bytes[i], sizeof(several.bytes[i]) };
	return module->C_GetAttributeValue(session, object, several.template, SEVERAL);
}

/* Which of them were told, a digit each. */
static bool told(const char *which)
{
	for (int i = 0; i < SEVERAL; i++)
		if ((several.template[i].ulValueLen != CK_UNAVAILABLE_INFORMATION) != (which[i] == '1'))
			return false;
	return true;
}

static void test_attributes(void)
{
	EVP_PKEY *key = make_key("RSA");
	CK_OBJECT_HANDLE private;
	unsigned int before;

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	private = find_one(CKO_PRIVATE_KEY, NULL);
	before = served_secrets();
	check(attribute(private, CKA_SUBJECT).length == 0 && attribute(private, CKA_LABEL).length == 5);
	check(served_secrets() == before);
	check(attribute(private, CKA_MODULUS).length == 256 && served_secrets() == before + 1);
	check(read_several(private) == CKR_ATTRIBUTE_TYPE_INVALID && told("110101"));
	/* Gone when the key itself is asked for, which comes behind the questions for a certificate and a public key. */
	served_set_behind("klbl", "gone");
	check(read_several(private) == CKR_DEVICE_ERROR && told("100101"));
	check(served_set("back"));
	served_set_behind("v_PersistentRef", "locked");
	check(read_several(private) == CKR_FUNCTION_FAILED && told("100101"));
	check(read_several(private) == CKR_FUNCTION_FAILED && told("000000"));
	check(attribute_result(private, CKA_LABEL) == CKR_FUNCTION_FAILED);
	check(served_set("unlocked"));
	check(!served_delete("keys", "a key") && attribute_result(private, CKA_LABEL) == CKR_OBJECT_HANDLE_INVALID);
	EVP_PKEY_free(key);
	served_delete_all();
	tap_test("an attribute that cannot be had leaves the others; an error stays one; the subject is not looked for in the key");
}

static void test_locked(void)
{
	EVP_PKEY *key = make_key("RSA"), *alone = make_key("P-256");
	CK_OBJECT_HANDLE private, public, single;
	CK_ULONG length;

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)) && !served_add_certificate(key, "a certificate", "01"));
	check(!served_add("keys", "alone", NULL, pkcs8_der(alone)));
	private = find_one(CKO_PRIVATE_KEY, "a key");
	public = find_one(CKO_PUBLIC_KEY, "a key");
	single = find_one(CKO_PUBLIC_KEY, "alone");
	check(sign(private, CKM_SHA256_RSA_PKCS, &length) == CKR_OK);
	check(served_set("locked"));
	check(verify(public, CKM_SHA256_RSA_PKCS, length) == CKR_OK);
	check(attribute(public, CKA_MODULUS).length == 256 && attribute(private, CKA_SUBJECT).length > 10);
	check(verify(find_one(CKO_PUBLIC_KEY, "a certificate"), CKM_SHA256_RSA_PKCS, length) == CKR_OK);
	signature[0] ^= 1;
	check(verify(public, CKM_SHA256_RSA_PKCS, length) == CKR_SIGNATURE_INVALID);
	check(begin(private, CKM_SHA256_RSA_PKCS) == CKR_USER_NOT_LOGGED_IN && verify(single, CKM_ECDSA, 64) == CKR_USER_NOT_LOGGED_IN);
	check(served_set("unlocked"));
	EVP_PKEY_free(key);
	EVP_PKEY_free(alone);
	served_delete_all();
	tap_test("while a key is locked its certificate verifies, and tells what it is, by handles from before as well");
}

static CK_RV begin_decrypt(CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };

	return module->C_DecryptInit(session, &mechanism, key);
}

/* A key with a field of its item set by hand. */
static CK_OBJECT_HANDLE add_with(EVP_PKEY *key, const char *label, const char *field, struct value *value)
{
	struct value *request = served_request("add", "keys", label);
	struct bytes der = pkcs8_der(key);

	value_set(served_query(request), "v_Data", value_data(der.data, der.length));
	value_set(served_query(request), field, value);
	check(served_status(request) == 0);
	OPENSSL_free(der.data);
	return find_one(CKO_PRIVATE_KEY, label);
}

static void test_usages(void)
{
	EVP_PKEY *key = make_key("RSA"), *other = make_key("RSA"), *curve = make_key("P-256");
	CK_OBJECT_HANDLE mute, closed;

	mute = add_with(key, "signs nothing", "sign", value_boolean(false));
	check(begin(mute, CKM_RSA_PKCS) == CKR_KEY_FUNCTION_NOT_PERMITTED && *attribute(mute, CKA_SIGN).data == CK_FALSE);
	check(begin_decrypt(mute) == CKR_OK);
	closed = add_with(other, "decrypts nothing", "decr", value_boolean(false));
	check(begin_decrypt(closed) == CKR_OPERATION_ACTIVE && module->C_Decrypt(session, NULL, 1, NULL, NULL) == CKR_ARGUMENTS_BAD);
	check(begin_decrypt(closed) == CKR_KEY_FUNCTION_NOT_PERMITTED && *attribute(closed, CKA_DECRYPT).data == CK_FALSE);
	check(!served_add("keys", "a curve", NULL, pkcs8_der(curve)));
	check(begin_decrypt(find_one(CKO_PRIVATE_KEY, "a curve")) == CKR_KEY_TYPE_INCONSISTENT);
	check(begin_decrypt(find_one(CKO_PUBLIC_KEY, "a curve")) == CKR_KEY_FUNCTION_NOT_PERMITTED);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	EVP_PKEY_free(curve);
	served_delete_all();
	tap_test("a key does only what its item says that it may");
}

static void test_sizes(void)
{
	struct value *request = served_request("add", "keys", "too long");
	CK_MECHANISM_INFO info;

	value_set(served_query(request), "v_Data", value_data("no key", 6));
	value_set(served_query(request), "kcls", value_integer(1));
	value_set(served_query(request), "type", value_integer(42));
	value_set(served_query(request), "klbl", value_data("12345678901234567890", 20));
	value_set(served_query(request), "sign", value_boolean(true));
	check(module->C_GetMechanismInfo(0, CKM_RSA_PKCS, &info) == CKR_OK);
	value_set(served_query(request), "bsiz", value_integer((int64_t)info.ulMaxKeySize + 8));
	check(served_status(request) == 0);
	check(begin(find_one(CKO_PRIVATE_KEY, NULL), CKM_RSA_PKCS) == CKR_KEY_SIZE_RANGE);
	served_delete_all();
	tap_test("a key of a size that the mechanism does not have signs nothing");
}

/* An RSA key for PSS alone; @digest NULL: by any digest. */
static EVP_PKEY *make_restricted(const char *digest)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	check(EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) == 1);
	if (digest)
		check(EVP_PKEY_CTX_set_rsa_pss_keygen_md_name(context, digest, NULL) == 1 &&
		      EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md_name(context, digest) == 1 && EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(context, 32) == 1);
	check(EVP_PKEY_generate(context, &key) == 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

static void test_pss_alone(void)
{
	static const struct {
		const char *digest;
		CK_RV result;
	} keys[] = { { NULL, CKR_OK }, { "SHA256", CKR_OK }, { "SHA512", CKR_FUNCTION_FAILED } };
	unsigned char cipher[256] = { 1 };
	CK_ULONG length;

	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		EVP_PKEY *key = make_restricted(keys[i].digest);
		CK_OBJECT_HANDLE private, public;

		check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
		private = find_one(CKO_PRIVATE_KEY, NULL);
		public = find_one(CKO_PUBLIC_KEY, NULL);
		check(sign(private, CKM_SHA256_RSA_PKCS_PSS, &length) == keys[i].result);
		if (keys[i].result == CKR_OK)
			check(verify(public, CKM_SHA256_RSA_PKCS_PSS, length) == CKR_OK && verify(public, CKM_RSA_PKCS_PSS, length) == CKR_SIGNATURE_INVALID);
		check(sign(private, CKM_SHA256_RSA_PKCS, &length) == CKR_KEY_FUNCTION_NOT_PERMITTED);
		check(sign(private, CKM_RSA_PKCS, &length) == CKR_KEY_FUNCTION_NOT_PERMITTED);
		check(verify(public, CKM_SHA256_RSA_PKCS, 256) == CKR_KEY_FUNCTION_NOT_PERMITTED);
		check(begin_decrypt(private) == CKR_OK);
		length = sizeof(signature);
		check(module->C_Decrypt(session, cipher, sizeof(cipher), signature, &length) == CKR_KEY_FUNCTION_NOT_PERMITTED);
		EVP_PKEY_free(key);
		served_delete_all();
	}
	tap_test("an RSA key for PSS alone makes no other signature, and none that its parameters exclude; it decrypts nothing");
}

static void test_errors_of_libcrypto(void)
{
	EVP_PKEY *key = make_key("RSA");
	CK_OBJECT_HANDLE private;
	CK_ULONG length;

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	private = find_one(CKO_PRIVATE_KEY, NULL);
	ERR_clear_error();
	ERR_raise(ERR_LIB_USER, 123);
	check(sign(private, CKM_RSA_PKCS, &length) == CKR_OK);
	signature[0] ^= 1;
	check(verify(find_one(CKO_PUBLIC_KEY, NULL), CKM_RSA_PKCS, length) == CKR_SIGNATURE_INVALID);
	pss.sLen = 230;
	check(sign(private, CKM_SHA256_RSA_PKCS_PSS, &length) == CKR_FUNCTION_FAILED);
	pss.sLen = 32;
	check(ERR_GET_REASON(ERR_get_error()) == 123 && !ERR_get_error());
	EVP_PKEY_free(key);
	served_delete_all();
	tap_test("an error that libcrypto had noted before stays, and no other comes");
}

#ifdef __x86_64__
/* Whether the upper registers, which libcrypto's functions use and no function behind them does, have the pattern that says nothing. */
static bool registers_clear(void)
{
	unsigned char bytes[3][16], pattern[16];

	memset(pattern, 0xff, sizeof(pattern));
	__asm__ volatile("movdqu %%xmm13, %0\n\tmovdqu %%xmm14, %1\n\tmovdqu %%xmm15, %2" : "=m"(bytes[0]), "=m"(bytes[1]), "=m"(bytes[2]));
	return !memcmp(bytes[0], pattern, 16) && !memcmp(bytes[1], pattern, 16) && !memcmp(bytes[2], pattern, 16);
}
#else
static bool registers_clear(void)
{
	return true;
}
#endif

static bool signs_clear(CK_OBJECT_HANDLE private, CK_MECHANISM_TYPE mechanism)
{
	CK_ULONG length = sizeof(signature);
	CK_RV rv = begin(private, mechanism);
	bool clear;

	if (rv == CKR_OK)
		rv = module->C_Sign(session, data, sizeof(data), signature, &length);
	clear = registers_clear();
	return rv == CKR_OK && clear;
}

static bool decrypts_clear(EVP_PKEY *key, CK_OBJECT_HANDLE private)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	unsigned char cipher[256], plain[256];
	size_t size = sizeof(cipher);
	CK_ULONG length = sizeof(plain);
	bool clear;
	CK_RV rv;

	check(EVP_PKEY_encrypt_init(context) == 1 && EVP_PKEY_encrypt(context, cipher, &size, data, sizeof(data)) == 1);
	EVP_PKEY_CTX_free(context);
	check(begin_decrypt(private) == CKR_OK);
	rv = module->C_Decrypt(session, cipher, size, plain, &length);
	clear = registers_clear();
	return rv == CKR_OK && clear;
}

static void test_registers(void)
{
	static const struct {
		const char *kind;
		CK_MECHANISM_TYPE mechanism;
	} kinds[] = { { "RSA", CKM_RSA_PKCS }, { "RSA", CKM_SHA256_RSA_PKCS_PSS }, { "P-256", CKM_ECDSA }, { "ED25519", CKM_EDDSA } };

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		EVP_PKEY *key = make_key(kinds[i].kind);
		CK_OBJECT_HANDLE private;

		check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
		private = find_one(CKO_PRIVATE_KEY, NULL);
		if (!check(signs_clear(private, kinds[i].mechanism)))
			printf("# %s\n", kinds[i].kind);
		if (!i)
			check(decrypts_clear(key, private));
		EVP_PKEY_free(key);
		served_delete_all();
	}
	tap_test("a signature and a decryption leave nothing in the registers");
}

static void test_parts(void)
{
	EVP_PKEY *key = make_key("P-256");
	CK_OBJECT_HANDLE private, public;
	CK_MECHANISM mechanism = { CKM_ECDSA_SHA256, NULL, 0 };
	CK_ULONG length = sizeof(signature);

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	private = find_one(CKO_PRIVATE_KEY, NULL);
	public = find_one(CKO_PUBLIC_KEY, NULL);
	check(begin(private, CKM_ECDSA_SHA256) == CKR_OK && module->C_SignUpdate(session, data, 30) == CKR_OK);
	check(module->C_Sign(session, data + 30, 2, signature, &length) == CKR_OPERATION_NOT_INITIALIZED);
	check(module->C_SignFinal(session, signature, &length) == CKR_OPERATION_NOT_INITIALIZED);
	check(begin(private, CKM_ECDSA_SHA256) == CKR_OK && module->C_SignUpdate(session, data, 30) == CKR_OK);
	check(module->C_Sign(session, data, 32, NULL, &length) == CKR_OPERATION_NOT_INITIALIZED);
	check(begin(private, CKM_ECDSA_SHA256) == CKR_OK && module->C_SignUpdate(session, NULL, 5) == CKR_ARGUMENTS_BAD);
	check(sign(private, CKM_ECDSA_SHA256, &length) == CKR_OK);
	check(module->C_VerifyInit(session, &mechanism, public) == CKR_OK && module->C_VerifyUpdate(session, data, 30) == CKR_OK);
	check(module->C_Verify(session, data, 32, signature, length) == CKR_OPERATION_NOT_INITIALIZED);
	check(module->C_VerifyFinal(session, signature, length) == CKR_OPERATION_NOT_INITIALIZED);
	check(module->C_VerifyInit(session, &mechanism, public) == CKR_OK && module->C_VerifyUpdate(session, data, 30) == CKR_OK);
	check(module->C_VerifyUpdate(session, data + 30, 2) == CKR_OK && module->C_VerifyFinal(session, signature, length) == CKR_OK);
	EVP_PKEY_free(key);
	served_delete_all();
	tap_test("data that came in parts is ended as parts, and the wrong call ends all");
}

static void test_hostile(void)
{
	EVP_PKEY *key = make_key("RSA");
	CK_ATTRIBUTE odd[] = { { CKA_ID, NULL, 0 }, { CKA_LABEL, data, (CK_ULONG)-1 }, { CKA_CLASS, data, 3 }, { CKA_ID, data, 5000 } };
	CK_ATTRIBUTE missing = { CKA_ID, NULL, 1 };
	CK_RSA_PKCS_PSS_PARAMS salt = { CKM_SHA256, CKG_MGF1_SHA256, (CK_ULONG)-1 };
	CK_RSA_PKCS_OAEP_PARAMS label = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, data, (CK_ULONG)-1 };
	CK_MECHANISM mechanisms[] = {
		{ CKM_RSA_PKCS_PSS, &salt, sizeof(salt) }, { CKM_RSA_PKCS_PSS, &salt, (CK_ULONG)-1 }, { CKM_RSA_PKCS_PSS, NULL, 0 },
		{ CKM_RSA_PKCS_OAEP, &label, sizeof(label) }, { CKM_RSA_PKCS_OAEP, &label, 0 }, { CKM_RSA_PKCS, &salt, sizeof(salt) },
	};
	const CK_ULONG most = (CK_ULONG)-1;
	CK_OBJECT_HANDLE private;
	CK_ULONG count = 0;

	check(!served_add("keys", "a key", NULL, pkcs8_der(key)));
	private = find_one(CKO_PRIVATE_KEY, NULL);
	check(module->C_FindObjectsInit(session, NULL, most) == CKR_ARGUMENTS_BAD);
	check(module->C_FindObjectsInit(session, &missing, 1) == CKR_ARGUMENTS_BAD);
	for (unsigned int i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		check(module->C_FindObjectsInit(session, &odd[i], 1) == CKR_OK);
		check(module->C_FindObjects(session, NULL, most, &count) == CKR_ARGUMENTS_BAD);
		check(module->C_FindObjects(session, found, 0, NULL) == CKR_ARGUMENTS_BAD);
		check(module->C_FindObjects(session, found, MOST, &count) == CKR_OK && count == 0);
		check(module->C_FindObjectsFinal(session) == CKR_OK);
	}
	check(module->C_GetAttributeValue(session, private, NULL, most) == CKR_ARGUMENTS_BAD);
	check(module->C_GetAttributeValue(session, most, odd, 1) == CKR_OBJECT_HANDLE_INVALID);
	check(module->C_GetObjectSize(session, private, NULL) == CKR_ARGUMENTS_BAD && module->C_GetObjectSize(session, 0, &count) == CKR_OBJECT_HANDLE_INVALID);
	for (unsigned int i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		check((mechanisms[i].mechanism == CKM_RSA_PKCS_OAEP ? module->C_DecryptInit : module->C_SignInit)(session, &mechanisms[i], private) ==
		      CKR_MECHANISM_PARAM_INVALID);
	check(begin(private, CKM_RSA_PKCS) == CKR_OK && module->C_SignUpdate(session, data, most) == CKR_DATA_LEN_RANGE);
	count = sizeof(signature);
	check(begin(private, CKM_RSA_PKCS) == CKR_OK && module->C_Sign(session, data, most, signature, &count) == CKR_DATA_LEN_RANGE);
	check(begin(private, CKM_RSA_PKCS) == CKR_OK && module->C_Sign(session, NULL, most, signature, &count) == CKR_ARGUMENTS_BAD);
	check(begin(private, CKM_RSA_PKCS) == CKR_OK && module->C_Sign(session, data, 32, signature, NULL) == CKR_ARGUMENTS_BAD);
	check(begin_decrypt(private) == CKR_OK && module->C_Decrypt(session, data, most, signature, &count) == CKR_ENCRYPTED_DATA_LEN_RANGE);
	check(module->C_GenerateRandom(session, NULL, most) == CKR_ARGUMENTS_BAD);
	check(module->C_GetSlotList(CK_TRUE, NULL, NULL) == CKR_ARGUMENTS_BAD && module->C_GetMechanismList(0, NULL, NULL) == CKR_ARGUMENTS_BAD);
	check(module->C_GetTokenInfo(0, NULL) == CKR_ARGUMENTS_BAD && module->C_GetSessionInfo(session, NULL) == CKR_ARGUMENTS_BAD);
	check(module->C_WaitForSlotEvent(0, NULL, NULL) == CKR_ARGUMENTS_BAD && module->C_WaitForSlotEvent(CKF_DONT_BLOCK, &count, NULL) == CKR_NO_EVENT);
	EVP_PKEY_free(key);
	served_delete_all();
	tap_test("places that are missing and counts that cannot be are told, and touch nothing");
}

static atomic_bool ends;

/* Whatever another thread has just made of the module: no other results. */
static void *use_always(void *context)
{
	unsigned long *odd = context;
	CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };

	while (!ends) {
		CK_SESSION_HANDLE own = CK_INVALID_HANDLE;
		unsigned char made[64];
		CK_ULONG length = sizeof(made);
		CK_RV rv = module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &own);

		if (rv == CKR_OK)
			rv = module->C_SignInit(own, &mechanism, 1);
		if (rv == CKR_OK)
			rv = module->C_Sign(own, data, 32, made, &length);
		*odd += rv != CKR_CRYPTOKI_NOT_INITIALIZED && rv != CKR_SESSION_HANDLE_INVALID && rv != CKR_KEY_HANDLE_INVALID;
	}
	return NULL;
}

static void test_finalize_beside(void)
{
	pthread_t threads[3];
	unsigned long odd[3] = { 0 };
	CK_RV rv;

	for (int i = 0; i < 3; i++)
		check(!pthread_create(&threads[i], NULL, use_always, &odd[i]));
	for (int i = 0; i < 200; i++) {
		check(module->C_Finalize(NULL) == CKR_OK);
		check(module->C_Initialize(NULL) == CKR_OK);
		rv = module->C_CloseAllSessions(0);
		check(rv == CKR_OK);
	}
	ends = true;
	for (int i = 0; i < 3; i++)
		check(!pthread_join(threads[i], NULL) && !odd[i]);
	check(module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK);
	tap_test("the module is finalized and begun again while other threads use it");
}

static void test_child(void)
{
	CK_ULONG count;
	CK_INFO info;
	pid_t child = fork();
	int status;

	if (!child) {
		CK_RV rv[] = { module->C_GetInfo(&info), module->C_GetSlotList(CK_TRUE, NULL, &count), module->C_CloseAllSessions(0), login(),
			       begin(1, CKM_ECDSA), module->C_FindObjectsInit(session, NULL, 0), module->C_Finalize(NULL) };

		for (unsigned int i = 0; i < sizeof(rv) / sizeof(rv[0]); i++)
			if (rv[i] != CKR_CRYPTOKI_NOT_INITIALIZED)
				_exit(1);
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status));
	check(find(CKO_CERTIFICATE, NULL) == 0);
	tap_test("a child that does not begin anew can do nothing, and ends as it likes");
}

int main(void)
{
	if (!program_start() || module->C_Initialize(NULL) || module->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session))
		return 1;
	test_list();
	test_login();
	test_attributes();
	test_locked();
	test_usages();
	test_sizes();
	test_pss_alone();
	test_errors_of_libcrypto();
	test_registers();
	test_parts();
	test_hostile();
	test_finalize_beside();
	test_child();
	module->C_Finalize(NULL);
	return program_end();
}
