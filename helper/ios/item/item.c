// SPDX-License-Identifier: GPL-2.0-or-later
#include "item.h"

#include <errno.h>
#include <string.h>

#include "attributes.h"
#include "helper/ios/ios_exchange.h"
#include "helper/ios/plist/plist_read.h"
#include "item_blob.h"
#include "key_form.h"

#define GENERIC		1U
#define INTERNET	2U
#define CERTIFICATE	4U
#define KEY		8U
#define PASSWORDS	(GENERIC | INTERNET)
#define ALL		(PASSWORDS | CERTIFICATE | KEY)

/* CBOR, names and numbers of a record take at most this much beside the data. */
#define RECORD_OVERHEAD	16384

const char *const ios_item_classes[] = { "genp", "inet", "cert", "keys", NULL };

/*
 * Attributes that mean the same here, and the classes that have them. Others are not taken over: dates of making and change,
 * which are those of the import; digests and marks that the other keychain keeps for itself; and of certificates what follows
 * from their data.
 */
static const struct {
	char name[5];
	unsigned int classes;
} taken[] = {
	{ "labl", ALL }, { "alis", ALL }, { "sync", ALL }, { "vwht", ALL },
	{ "acct", PASSWORDS }, { "desc", PASSWORDS }, { "icmt", PASSWORDS }, { "crtr", PASSWORDS | KEY }, { "type", PASSWORDS | KEY },
	{ "scrp", PASSWORDS }, { "invi", PASSWORDS }, { "nega", PASSWORDS }, { "cusi", PASSWORDS }, { "prot", PASSWORDS },
	{ "svce", GENERIC }, { "gena", GENERIC },
	{ "sdmn", INTERNET }, { "srvr", INTERNET }, { "ptcl", INTERNET }, { "atyp", INTERNET }, { "port", INTERNET },
	{ "path", INTERNET }, { "binn", INTERNET }, { "binh", INTERNET }, { "bin0", INTERNET }, { "bin1", INTERNET },
	{ "bin2", INTERNET }, { "bin3", INTERNET },
	{ "kcls", KEY }, { "klbl", KEY }, { "atag", KEY }, { "bsiz", KEY }, { "esiz", KEY }, { "sdat", KEY }, { "edat", KEY },
	{ "perm", KEY }, { "priv", KEY }, { "modi", KEY }, { "sens", KEY }, { "asen", KEY }, { "extr", KEY }, { "next", KEY },
	{ "encr", KEY }, { "decr", KEY }, { "drve", KEY }, { "sign", KEY }, { "vrfy", KEY }, { "snrc", KEY }, { "vyrc", KEY },
	{ "wrap", KEY }, { "unwp", KEY },
};

static const char *const protections[] = { [6] = "ak", [7] = "ck", [8] = "dk", [9] = "aku", [10] = "cku", [11] = "dku",
					   [12] = "akpu" };
#define PROTECTIONS (sizeof(protections) / sizeof(protections[0]))

static const char *protection_of(uint32_t class)
{
	return class < PROTECTIONS && protections[class] ? protections[class] : "";
}

static unsigned int bit_of(const char *item_class)
{
	unsigned int bit = 1;

	for (const char *const *name = ios_item_classes; *name && strcmp(*name, item_class); name++)
		bit <<= 1;
	return bit;
}

static const char *reason_of(int error)
{
	switch (error) {
	case -EXDEV:
		return IOS_LEFT_DEVICE;
	case -ENOKEY:
		return IOS_LEFT_CLASS_KEY;
	case -EACCES:
		return IOS_LEFT_CONTROL;
	case -EPROTONOSUPPORT:
		return IOS_LEFT_VERSION;
	case -E2BIG:
		return IOS_LEFT_LARGE;
	default:
		return IOS_LEFT_DAMAGED;
	}
}

/* ---- Attributes ---------------------------------------------------------------------------------- */

/* Version 0 and 1: the secret alone is encrypted, attributes stand beside it. */
static int attributes_beside(const struct ios_blob *blob, plist_t entry, struct value **ret_attributes)
{
	int result = ios_attributes_plist(entry, ret_attributes);

	if (result)
		return result;
	value_remove(*ret_attributes, "v_PersistentRef");
	return value_set(*ret_attributes, "v_Data", value_data(blob->plain.data, blob->plain.length));
}

static int attributes_listed(const struct ios_blob *blob, struct value **ret_attributes)
{
	CLEANUP_PLIST plist_t list = NULL;
	int result = plist_read(blob->plain.data, blob->plain.length, PLIST_MAX_NODES_OF_ITEM, &list);

	if (result == -E2BIG)
		return -EBADMSG;
	return result ? result : ios_attributes_plist(list, ret_attributes);
}

static int read_attributes(const struct ios_blob *blob, plist_t entry, struct value **ret_attributes)
{
	if (blob->version < 2)
		return attributes_beside(blob, entry, ret_attributes);
	if (blob->version == 2)
		return attributes_listed(blob, ret_attributes);
	return ios_attributes_der(blob->plain.data, blob->plain.length, ret_attributes);
}

/* Text or data that is not empty, a number that is not 0. */
static bool is_given(const struct value *value)
{
	size_t length;

	if (value_is(value, VALUE_BOOLEAN))
		return value_as_boolean(value);
	return value_is(value, VALUE_INTEGER) ? value_as_integer(value) : value_bytes(value, &length) && length;
}

/* Why attributes that were opened are no item; NULL: they are one. */
static const char *refuse(const struct value *attributes, const char *protection)
{
	const char *said = value_as_name(value_get(attributes, "pdmn"));
	const struct value *data = value_get(attributes, "v_Data");
	size_t length;

	if (data && !value_bytes(data, &length))
		return IOS_LEFT_DAMAGED;
	if (!*protection || (said && strcmp(said, protection)))
		return IOS_LEFT_DAMAGED;
	if (is_given(value_get(attributes, "tomb")))
		return IOS_LEFT_DELETED;
	if (is_given(value_get(attributes, "tkid")))
		return IOS_LEFT_TOKEN;
	return NULL;
}

/* ---- The query ----------------------------------------------------------------------------------- */

/* A private key says so by its class, a number or the text of one. */
static bool is_private(const struct value *attributes)
{
	const struct value *class = value_get(attributes, "kcls");
	const char *text = value_as_name(class);

	return text ? !strcmp(text, "1") : value_as_integer(class) == 1;
}

static struct value *secret_of(const char *item_class, const struct value *attributes)
{
	const struct value *data = value_get(attributes, "v_Data");
	size_t length;
	const void *bytes = value_bytes(data, &length);

	if (!bytes)
		return NULL;
	if (bit_of(item_class) == KEY)
		return ios_key_form(data, is_private(attributes));
	return value_data(bytes, length);
}

static bool is_number(const struct value *value)
{
	return value_is(value, VALUE_INTEGER) || value_is(value, VALUE_BOOLEAN);
}

/*
 * An empty attribute is as one that is not there; but a 0 of a key is the class of public ones, or keeps it from being
 * exported or used.
 */
static int take_attributes(struct value *query, const struct value *attributes, unsigned int bit)
{
	int result = 0;

	for (size_t i = 0; !result && i < sizeof(taken) / sizeof(taken[0]); i++) {
		const struct value *value = value_get(attributes, taken[i].name);

		if (taken[i].classes & bit && (is_given(value) || value_is(value, VALUE_DATE) || (bit == KEY && is_number(value))))
			result = value_set(query, taken[i].name, value_copy(value));
	}
	return result;
}

static int make_query(struct ios_item *item, const char *item_class, const struct value *attributes)
{
	const struct value *group = value_get(attributes, "agrp");
	struct value *query = value_dictionary();
	int result = query ? 0 : -ENOMEM;

	if (!result)
		result = value_set(query, "class", value_string(item_class));
	if (!result)
		result = value_set(query, "pdmn", value_string(item->protection));
	if (!result)
		result = take_attributes(query, attributes, bit_of(item_class));
	/* Also an item of a password may have none. */
	if (!result && value_get(attributes, "v_Data"))
		result = value_set(query, "v_Data", secret_of(item_class, attributes));
	if (!result && value_as_string(group))
		item->group = value_copy(group);
	item->query = query;
	return result;
}

static const char *open_entry(const struct ios_class_keys *keys, const char *item_class, plist_t entry, struct ios_item *item,
			      int *ret_error)
{
	CLEANUP_BLOB struct ios_blob blob = IOS_BLOB_NONE;
	struct value *attributes = NULL;
	const char *reason = NULL;
	size_t length;
	const uint8_t *bytes = plist_read_data(plist_read_member(entry, "v_Data"), &length);

	*ret_error = bytes ? ios_blob_open(keys, bytes, length, IOS_WINDOW_SIZE - RECORD_OVERHEAD, &blob) : -EBADMSG;
	item->protection = protection_of(blob.class);
	if (!*ret_error)
		*ret_error = read_attributes(&blob, entry, &attributes);
	if (!*ret_error)
		reason = refuse(attributes, item->protection);
	if (!*ret_error && !reason)
		*ret_error = make_query(item, item_class, attributes);
	value_free(attributes);
	return *ret_error ? reason_of(*ret_error) : reason;
}

const char *ios_item_open(const struct ios_class_keys *keys, const char *item_class, plist_t entry, struct ios_item *ret_item,
			  bool *ret_memory)
{
	const char *reason;
	int error;

	*ret_item = IOS_ITEM_NONE;
	reason = open_entry(keys, item_class, entry, ret_item, &error);
	*ret_memory = error == -ENOMEM;
	return reason;
}

void ios_item_free(struct ios_item *item)
{
	value_free(item->query);
	value_free(item->group);
	item->query = item->group = NULL;
}
