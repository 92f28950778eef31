/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that uses a PKCS#11 module, in one session: objects found, attributes read, signatures made.
 */
#ifndef UNIT_PKCS11_PROGRAM_H
#define UNIT_PKCS11_PROGRAM_H

#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

#include "tap.h"
#include "tests/certificate/make.h"
#include "tests/keychain/served.h"

#define MOST		2048	/* objects that are looked for */

static CK_FUNCTION_LIST *module;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE found[MOST];

static char program_folder[] = "/tmp/keychain_pkcs11.XXXXXX";

/* A folder of its own with a service in it, and the functions of the module. */
static bool program_start(void)
{
	char path[64];

	tap_start();
	if (!mkdtemp(program_folder) || chdir(program_folder))
		return false;
	snprintf(path, sizeof(path), "%s/test.db", program_folder);
	return served_start("keychaind.sock", path) && C_GetFunctionList(&module) == CKR_OK;
}

/* The exit status. */
static int program_end(void)
{
	char command[96];

	served_stop();
	snprintf(command, sizeof(command), "rm -rf %s", program_folder);
	return system(command) || tap_end();
}

static CK_ULONG find(CK_OBJECT_CLASS class, const char *label)
{
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_LABEL, (void *)label, label ? strlen(label) : 0 } };
	CK_ULONG count = 0;

	if (!check(module->C_FindObjectsInit(session, template, label ? 2 : 1) == CKR_OK))
		return 0;
	check(module->C_FindObjects(session, found, MOST, &count) == CKR_OK);
	check(module->C_FindObjectsFinal(session) == CKR_OK);
	return count;
}

static CK_OBJECT_HANDLE find_one(CK_OBJECT_CLASS class, const char *label)
{
	return check(find(class, label) == 1) ? found[0] : CK_INVALID_HANDLE;
}

static struct bytes attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	static unsigned char buffer[4096];
	CK_ATTRIBUTE one = { type, buffer, sizeof(buffer) };

	if (!check(module->C_GetAttributeValue(session, object, &one, 1) == CKR_OK))
		return (struct bytes){ 0 };
	return (struct bytes){ buffer, one.ulValueLen };
}

static CK_RV attribute_result(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	unsigned char buffer[4096];
	CK_ATTRIBUTE one = { type, buffer, sizeof(buffer) };

	return module->C_GetAttributeValue(session, object, &one, 1);
}

static CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 32 };

static CK_MECHANISM mechanism_of(CK_MECHANISM_TYPE type)
{
	CK_MECHANISM mechanism = { type, NULL, 0 };

	if (type == CKM_RSA_PKCS_PSS || type == CKM_SHA256_RSA_PKCS_PSS)
		mechanism = (CK_MECHANISM){ type, &pss, sizeof(pss) };
	return mechanism;
}

static CK_RV begin(CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE type)
{
	CK_MECHANISM mechanism = mechanism_of(type);

	return module->C_SignInit(session, &mechanism, key);
}

static unsigned char data[32] = "thirty-two bytes to be signed...", signature[2048];

static CK_RV sign(CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE type, CK_ULONG *length)
{
	CK_RV rv = begin(key, type);

	*length = sizeof(signature);
	return rv == CKR_OK ? module->C_Sign(session, data, sizeof(data), signature, length) : rv;
}

static CK_RV verify(CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE type, CK_ULONG length)
{
	CK_MECHANISM mechanism = mechanism_of(type);
	CK_RV rv = module->C_VerifyInit(session, &mechanism, key);

	return rv == CKR_OK ? module->C_Verify(session, data, sizeof(data), signature, length) : rv;
}

#endif /* UNIT_PKCS11_PROGRAM_H */
