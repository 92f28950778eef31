// SPDX-License-Identifier: GPL-2.0-or-later
#include "attribute_name.h"

#include <errno.h>
#include <string.h>

#define G	IN_GENP
#define I	IN_INET
#define C	(IN_CERT | IN_IDNT)
#define K	(IN_KEYS | IN_IDNT)
#define ALL	(G | I | C | K)

/* Help and lists of names have this order: first the attributes that people look for first. */
static const struct attribute_name names[] = {
	{ "class", "class", TYPE_CLASS, ALL, 0 },
	{ "account", "acct", TYPE_TEXT, G | I, G | I },
	{ "service", "svce", TYPE_TEXT, G, G },
	{ "server", "srvr", TYPE_TEXT, I, I },
	{ "label", "labl", TYPE_TEXT, ALL, 0 },
	{ "attribute", "attr", TYPE_OWN, ALL, 0 },
	{ "comment", "icmt", TYPE_TEXT, G | I, 0 },
	{ "description", "desc", TYPE_TEXT, G | I, 0 },
	{ "accessible", "pdmn", TYPE_TEXT, ALL, 0 },
	{ "access-group", "agrp", TYPE_TEXT, ALL, ALL },
	{ "reference", "v_PersistentRef", TYPE_REFERENCE, ALL, 0 },
	{ "created", "cdat", TYPE_DATE, ALL, 0 },
	{ "modified", "mdat", TYPE_DATE, ALL, 0 },
	{ "synchronizable", "sync", TYPE_BOOLEAN, ALL, ALL },
	{ "access-control", "accc", TYPE_ACCESS_CONTROL, ALL, 0 },
	{ "protocol", "ptcl", TYPE_CODE, I, I },
	{ "authentication-type", "atyp", TYPE_CODE, I, I },
	{ "port", "port", TYPE_NUMBER, I, I },
	{ "path", "path", TYPE_TEXT, I, I },
	{ "security-domain", "sdmn", TYPE_TEXT, I, I },
	{ "generic", "gena", TYPE_DATA, G, 0 },
	{ "creator", "crtr", TYPE_MIXED, G | I | K, K },
	{ "type", "type", TYPE_MIXED, G | I | K, K },
	{ "invisible", "invi", TYPE_BOOLEAN, G | I, 0 },
	{ "negative", "nega", TYPE_BOOLEAN, G | I, 0 },
	{ "custom-icon", "cusi", TYPE_BOOLEAN, G | I, 0 },
	{ "script-code", "scrp", TYPE_NUMBER, G | I, 0 },
	{ "protected", "prot", TYPE_TEXT, G | I, 0 },
	{ "extra-notes", "binn", TYPE_DATA, I, 0 },
	{ "extra-history", "binh", TYPE_DATA, I, 0 },
	{ "extra-0", "bin0", TYPE_DATA, I, 0 },
	{ "extra-1", "bin1", TYPE_DATA, I, 0 },
	{ "extra-2", "bin2", TYPE_DATA, I, 0 },
	{ "extra-3", "bin3", TYPE_DATA, I, 0 },
	{ "subject", "subj", TYPE_DATA, C, 0 },
	{ "issuer", "issr", TYPE_DATA, C, C },
	{ "serial-number", "slnr", TYPE_DATA, C, C },
	{ "subject-key-id", "skid", TYPE_DATA, C, 0 },
	{ "public-key-hash", "pkhh", TYPE_DATA, C, 0 },
	{ "certificate-type", "ctyp", TYPE_NUMBER, C, C },
	{ "certificate-encoding", "cenc", TYPE_NUMBER, C, 0 },
	{ "key-class", "kcls", TYPE_NUMBER, K, K },
	{ "application-label", "klbl", TYPE_DATA, K, K },
	{ "application-tag", "atag", TYPE_DATA, K, K },
	{ "key-size", "bsiz", TYPE_NUMBER, K, K },
	{ "effective-key-size", "esiz", TYPE_NUMBER, K, K },
	{ "start-date", "sdat", TYPE_DATE, K, K },
	{ "end-date", "edat", TYPE_DATE, K, K },
	{ "can-encrypt", "encr", TYPE_BOOLEAN, K, 0 },
	{ "can-decrypt", "decr", TYPE_BOOLEAN, K, 0 },
	{ "can-derive", "drve", TYPE_BOOLEAN, K, 0 },
	{ "can-sign", "sign", TYPE_BOOLEAN, K, 0 },
	{ "can-verify", "vrfy", TYPE_BOOLEAN, K, 0 },
	{ "can-sign-recover", "snrc", TYPE_BOOLEAN, K, 0 },
	{ "can-verify-recover", "vyrc", TYPE_BOOLEAN, K, 0 },
	{ "can-wrap", "wrap", TYPE_BOOLEAN, K, 0 },
	{ "can-unwrap", "unwp", TYPE_BOOLEAN, K, 0 },
	{ "permanent", "perm", TYPE_BOOLEAN, K, 0 },
	{ "private", "priv", TYPE_BOOLEAN, K, 0 },
	{ "modifiable", "modi", TYPE_BOOLEAN, K, 0 },
	{ "sensitive", "sens", TYPE_BOOLEAN, K, 0 },
	{ "always-sensitive", "asen", TYPE_BOOLEAN, K, 0 },
	{ "extractable", "extr", TYPE_BOOLEAN, K, 0 },
	{ "never-extractable", "next", TYPE_BOOLEAN, K, 0 },
	{ "alias", "alis", TYPE_DATA, ALL, 0 },
	{ "view-hint", "vwht", TYPE_TEXT, ALL, ALL },
	{ "token-id", "tkid", TYPE_TEXT, ALL, ALL },
};

#define NAMES	(sizeof(names) / sizeof(names[0]))

_Static_assert(NAMES <= ATTRIBUTE_NAMES_MAX, "ATTRIBUTE_NAMES_MAX is too small");

static const struct {
	const char *name, *key;
} classes[] = {
	{ "password", "genp" }, { "internet-password", "inet" }, { "certificate", "cert" },
	{ "key", "keys" },	{ "identity", "idnt" },
};

#define CLASSES	(sizeof(classes) / sizeof(classes[0]))

static const struct {
	const char *key, *name, *code;
} codes[] = {
	{ "ptcl", "http", "http" },	  { "ptcl", "https", "htps" },
	{ "ptcl", "http-proxy", "htpx" }, { "ptcl", "https-proxy", "htsx" },
	{ "ptcl", "ftp", "ftp " },	  { "ptcl", "ftps", "ftps" },
	{ "ptcl", "ftp-proxy", "ftpx" },  { "ptcl", "ftp-account", "ftpa" },
	{ "ptcl", "ssh", "ssh " },	  { "ptcl", "smtp", "smtp" },
	{ "ptcl", "imap", "imap" },	  { "ptcl", "imaps", "imps" },
	{ "ptcl", "pop3", "pop3" },	  { "ptcl", "pop3s", "pops" },
	{ "ptcl", "ldap", "ldap" },	  { "ptcl", "ldaps", "ldps" },
	{ "ptcl", "smb", "smb " },	  { "ptcl", "cifs", "cifs" },
	{ "ptcl", "afp", "afp " },	  { "ptcl", "appletalk", "atlk" },
	{ "ptcl", "telnet", "teln" },	  { "ptcl", "telnets", "tels" },
	{ "ptcl", "nntp", "nntp" },	  { "ptcl", "nntps", "ntps" },
	{ "ptcl", "irc", "irc " },	  { "ptcl", "ircs", "ircs" },
	{ "ptcl", "ipp", "ipp " },	  { "ptcl", "socks", "sox " },
	{ "ptcl", "rtsp", "rtsp" },	  { "ptcl", "rtsp-proxy", "rtsx" },
	{ "ptcl", "daap", "daap" },	  { "ptcl", "eppc", "eppc" },
	{ "atyp", "http-basic", "http" }, { "atyp", "http-digest", "httd" },
	{ "atyp", "html-form", "form" },  { "atyp", "ntlm", "ntlm" },
	{ "atyp", "msn", "msna" },	  { "atyp", "dpa", "dpaa" },
	{ "atyp", "rpa", "rpaa" },	  { "atyp", "default", "dflt" },
};

#define CODES	(sizeof(codes) / sizeof(codes[0]))

size_t attribute_name_count(void)
{
	return NAMES;
}

const struct attribute_name *attribute_name_at(size_t index)
{
	return &names[index];
}

const struct attribute_name *attribute_name_find(const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (!strcmp(names[i].name, name))
			return &names[i];
	return NULL;
}

const struct attribute_name *attribute_name_of(const char *key)
{
	for (size_t i = 0; i < NAMES; i++)
		if (!strcmp(names[i].key, key))
			return &names[i];
	return NULL;
}

const char *class_key(const char *name)
{
	for (size_t i = 0; i < CLASSES; i++)
		if (!strcmp(classes[i].name, name))
			return classes[i].key;
	return NULL;
}

const char *class_name(const char *key)
{
	for (size_t i = 0; i < CLASSES; i++)
		if (!strcmp(classes[i].key, key))
			return classes[i].name;
	return key;
}

unsigned int class_bit(const char *key)
{
	for (size_t i = 0; i < CLASSES; i++)
		if (!strcmp(classes[i].key, key))
			return 1U << i;
	return 0;
}

const char *attribute_code(const char *key, const char *name)
{
	for (size_t i = 0; i < CODES; i++)
		if (!strcmp(codes[i].key, key) && !strcmp(codes[i].name, name))
			return codes[i].code;
	return NULL;
}

static const char *code_name(const char *key, const char *code)
{
	for (size_t i = 0; code && i < CODES; i++)
		if (!strcmp(codes[i].key, key) && !strcmp(codes[i].code, code))
			return codes[i].name;
	return NULL;
}

void attribute_codes_print(FILE *file, const char *key)
{
	const char *before = "";

	for (size_t i = 0; i < CODES; i++) {
		if (strcmp(codes[i].key, key))
			continue;
		fprintf(file, "%s%s", before, codes[i].name);
		before = ", ";
	}
}

void attribute_values_print(FILE *file, const char *key)
{
	for (size_t i = 0; !strcmp(key, "class") && i < CLASSES; i++)
		fprintf(file, "%s\n", classes[i].name);
	for (size_t i = 0; i < CODES; i++)
		if (!strcmp(codes[i].key, key))
			fprintf(file, "%s\n", codes[i].name);
}

/* 0 is a kind of key; of other numbers it stands for none. Nothing is synchronised unless it says so. */
static bool is_empty(const struct attribute_name *name, const struct value *value)
{
	size_t length;

	switch (value_kind(value)) {
	case VALUE_STRING:
	case VALUE_DATA:
		value_bytes(value, &length);
		return !length;
	case VALUE_DATE:
		return !value_as_date(value);
	case VALUE_INTEGER:
		if (name && !strcmp(name->key, "sync"))
			return !value_as_integer(value);
		return name && name->type != TYPE_BOOLEAN && strcmp(name->key, "kcls") && !value_as_integer(value);
	case VALUE_BOOLEAN:
		return name && !strcmp(name->key, "sync") && !value_as_boolean(value);
	default:
		return false;
	}
}

static struct value *named_value(const struct attribute_name *name, const struct value *value)
{
	const char *text = value_as_name(value), *word = NULL;

	if (name && name->type == TYPE_BOOLEAN && value_is(value, VALUE_INTEGER))
		return value_boolean(value_as_integer(value));
	if (name && name->type == TYPE_CLASS && text)
		word = class_name(text);
	else if (name && name->type == TYPE_CODE && text)
		word = code_name(name->key, text);
	return word ? value_string(word) : value_copy(value);
}

static const char *key_name(const struct attribute_name *name, const char *key)
{
	if (name)
		return name->name;
	if (!strcmp(key, "v_Data"))
		return "secret";
	return strcmp(key, "certdata") ? key : "certificate-data";
}

struct value *item_named(const struct value *item)
{
	struct value *named = value_dictionary();
	int error = named ? 0 : -ENOMEM;

	for (size_t i = 0; !error && i < value_count(item); i++) {
		const char *key = value_key_at(item, i);
		const struct attribute_name *name = attribute_name_of(key);
		const struct value *value = value_at(item, i);

		/* An item without a secret, and one with an empty secret, have none to show. */
		if (!is_empty(name, value) || !strcmp(key, "v_Data"))
			error = value_set(named, key_name(name, key), named_value(name, value));
	}
	if (!error)
		return named;
	value_free(named);
	return NULL;
}
