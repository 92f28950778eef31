// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "names.h"

static const struct {
	enum keychain_attribute attribute;
	const char *name;
} attributes[] = {
	{ KEYCHAIN_ACCOUNT, "acct" },
	{ KEYCHAIN_SERVICE, "svce" },
	{ KEYCHAIN_ACCESS_GROUP, "agrp" },
	{ KEYCHAIN_LABEL, "labl" },
	{ KEYCHAIN_DESCRIPTION, "desc" },
	{ KEYCHAIN_COMMENT, "icmt" },
	{ KEYCHAIN_SERVER, "srvr" },
	{ KEYCHAIN_SECURITY_DOMAIN, "sdmn" },
	{ KEYCHAIN_PROTOCOL, "ptcl" },
	{ KEYCHAIN_AUTHENTICATION_TYPE, "atyp" },
	{ KEYCHAIN_PATH, "path" },
	{ KEYCHAIN_GENERIC, "gena" },
	{ KEYCHAIN_APPLICATION_TAG, "atag" },
	{ KEYCHAIN_APPLICATION_LABEL, "klbl" },
	{ KEYCHAIN_SUBJECT, "subj" },
	{ KEYCHAIN_ISSUER, "issr" },
	{ KEYCHAIN_SERIAL_NUMBER, "slnr" },
	{ KEYCHAIN_SUBJECT_KEY_ID, "skid" },
	{ KEYCHAIN_PUBLIC_KEY_HASH, "pkhh" },
	{ KEYCHAIN_PORT, "port" },
	{ KEYCHAIN_CREATOR, "crtr" },
	{ KEYCHAIN_TYPE, "type" },
	{ KEYCHAIN_KEY_CLASS, "kcls" },
	{ KEYCHAIN_KEY_SIZE, "bsiz" },
	{ KEYCHAIN_EFFECTIVE_KEY_SIZE, "esiz" },
	{ KEYCHAIN_CERTIFICATE_TYPE, "ctyp" },
	{ KEYCHAIN_CERTIFICATE_ENCODING, "cenc" },
	{ KEYCHAIN_SYNCHRONIZABLE, "sync" },
	{ KEYCHAIN_INVISIBLE, "invi" },
	{ KEYCHAIN_NEGATIVE, "nega" },
	{ KEYCHAIN_CAN_SIGN, "sign" },
	{ KEYCHAIN_CAN_VERIFY, "vrfy" },
	{ KEYCHAIN_CAN_ENCRYPT, "encr" },
	{ KEYCHAIN_CAN_DECRYPT, "decr" },
	{ KEYCHAIN_CAN_DERIVE, "drve" },
	{ KEYCHAIN_CAN_WRAP, "wrap" },
	{ KEYCHAIN_CAN_UNWRAP, "unwp" },
	{ KEYCHAIN_CREATED, "cdat" },
	{ KEYCHAIN_MODIFIED, "mdat" },
};

static const char *const classes[] = {
	[KEYCHAIN_GENERIC_PASSWORD] = "genp",	[KEYCHAIN_INTERNET_PASSWORD] = "inet",
	[KEYCHAIN_CERTIFICATE] = "cert",	[KEYCHAIN_KEY] = "keys",
	[KEYCHAIN_IDENTITY] = "idnt",
};

static const char *const accessibles[] = {
	[KEYCHAIN_WHEN_UNLOCKED] = "ak",
	[KEYCHAIN_AFTER_FIRST_UNLOCK] = "ck",
	[KEYCHAIN_ALWAYS] = "dk",
	[KEYCHAIN_WHEN_UNLOCKED_THIS_DEVICE] = "aku",
	[KEYCHAIN_AFTER_FIRST_UNLOCK_THIS_DEVICE] = "cku",
	[KEYCHAIN_ALWAYS_THIS_DEVICE] = "dku",
	[KEYCHAIN_WHEN_PASSCODE_SET_THIS_DEVICE] = "akpu",
};

static const char *const events[] = {
	[KEYCHAIN_EVENT_ADDED] = "added",
	[KEYCHAIN_EVENT_CHANGED] = "changed",
	[KEYCHAIN_EVENT_REMOVED] = "removed",
	[KEYCHAIN_EVENT_ANYTHING] = "anything",
	[KEYCHAIN_EVENT_AVAILABLE] = "available",
	[KEYCHAIN_EVENT_UNAVAILABLE] = "unavailable",
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

const char *keychain_attribute_name(enum keychain_attribute attribute)
{
	size_t i;

	for (i = 0; i < COUNT(attributes); i++)
		if (attributes[i].attribute == attribute)
			return attributes[i].name;
	return NULL;
}

/* The numbers of each type have a range of their own. */
enum attribute_type attribute_type(enum keychain_attribute attribute)
{
	if (!keychain_attribute_name(attribute))
		return ATTRIBUTE_NONE;
	if (attribute < KEYCHAIN_GENERIC)
		return ATTRIBUTE_TEXT;
	if (attribute < KEYCHAIN_PORT)
		return ATTRIBUTE_DATA;
	if (attribute < KEYCHAIN_SYNCHRONIZABLE)
		return ATTRIBUTE_NUMBER;
	return attribute < KEYCHAIN_CREATED ? ATTRIBUTE_BOOLEAN : ATTRIBUTE_DATE;
}

const char *keychain_class_name(enum keychain_class item_class)
{
	return (size_t)item_class < COUNT(classes) ? classes[item_class] : NULL;
}

const char *keychain_event_name(enum keychain_event_kind kind)
{
	return (size_t)kind < COUNT(events) ? events[kind] : NULL;
}

const char *keychain_accessible_name(enum keychain_accessible accessible)
{
	return (size_t)accessible < COUNT(accessibles) ? accessibles[accessible] : NULL;
}

enum keychain_accessible accessible_by_name(const char *name)
{
	size_t i;

	for (i = 1; name && i < COUNT(accessibles); i++)
		if (!strcmp(accessibles[i], name))
			return (enum keychain_accessible)i;
	return 0;
}
