// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Objects: to find them and to look at them.
 */
#include <stdlib.h>
#include <string.h>

#include "attribute.h"
#include "module.h"
#include "search.h"

static bool template_valid(const CK_ATTRIBUTE *template, CK_ULONG count)
{
	if (!template)
		return !count;
	for (CK_ULONG i = 0; i < count; i++)
		if (template[i].ulValueLen && !template[i].pValue)
			return false;
	return true;
}

CK_RV C_FindObjectsInit(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	if (rv != CKR_OK)
		return rv;
	if (!template_valid(template, count))
		return module_leave(CKR_ARGUMENTS_BAD);
	if (session->found)
		return module_leave(CKR_OPERATION_ACTIVE);
	session->found_at = 0;
	return module_leave(search_run(template, count, &session->found, &session->found_count));
}

CK_RV C_FindObjects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *objects, CK_ULONG most, CK_ULONG *count)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	if (rv != CKR_OK)
		return rv;
	if (!count || (!objects && most))
		return module_leave(CKR_ARGUMENTS_BAD);
	if (!session->found)
		return module_leave(CKR_OPERATION_NOT_INITIALIZED);
	*count = session->found_count - session->found_at < most ? session->found_count - session->found_at : most;
	if (*count)
		memcpy(objects, session->found + session->found_at, *count * sizeof(*objects));
	session->found_at += *count;
	return module_leave(CKR_OK);
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE handle)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	if (rv != CKR_OK)
		return rv;
	if (!session->found)
		return module_leave(CKR_OPERATION_NOT_INITIALIZED);
	free(session->found);
	session->found = NULL;
	return module_leave(CKR_OK);
}

static void fill_none(CK_ATTRIBUTE *template, CK_ULONG count)
{
	for (CK_ULONG i = 0; i < count; i++)
		template[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
}

/* C_GetAttributeValue() must not say CKR_USER_NOT_LOGGED_IN, of a locked key that no certificate tells of: it fails, as C_Login() does. */
static CK_RV read_attributes(const struct object *object, CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct facts facts = FACTS_NONE;
	CK_RV rv;

	if (!object)
		return CKR_OBJECT_HANDLE_INVALID;
	rv = facts_read(object, &facts);
	if (rv == CKR_OK)
		rv = attribute_fill(&facts, template, count);
	else
		fill_none(template, count);
	facts_release(&facts);
	return rv == CKR_USER_NOT_LOGGED_IN ? CKR_FUNCTION_FAILED : rv;
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	if (rv != CKR_OK)
		return rv;
	if (!template || !count)
		return module_leave(CKR_ARGUMENTS_BAD);
	return module_leave(read_attributes(object_by_handle(object), template, count));
}

CK_RV C_GetObjectSize(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object, CK_ULONG *size)
{
	struct session *session;
	CK_RV rv = module_enter_session(handle, &session);

	if (rv != CKR_OK)
		return rv;
	if (!size)
		return module_leave(CKR_ARGUMENTS_BAD);
	if (!object_by_handle(object))
		return module_leave(CKR_OBJECT_HANDLE_INVALID);
	*size = CK_UNAVAILABLE_INFORMATION;
	return module_leave(CKR_OK);
}
