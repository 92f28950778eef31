// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/name.h"

#define TAG_SEQUENCE	0x30
#define TAG_SET		0x31
#define MAX_HEADER	6	/* of a SEQUENCE of up to 4 GiB */

static X509_NAME *parse_whole(const unsigned char *der, size_t length)
{
	const unsigned char *at = der;
	X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)length);

	if (name && at == der + length)
		return name;
	X509_NAME_free(name);
	return NULL;
}

/* The same for a name without its SEQUENCE. */
static X509_NAME *parse_content(const unsigned char *content, size_t length)
{
	unsigned char *der CLEANUP(free_bytes) =
		OPENSSL_malloc(MAX_HEADER + length);
	unsigned char *at = der;

	if (!der)
		return NULL;
	ASN1_put_object(&at, 1, (int)length, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
	if (length)
		memcpy(at, content, length);
	return parse_whole(der, (size_t)(at - der) + length);
}

static X509_NAME *parse(const unsigned char *bytes, size_t length)
{
	if (length > NAME_MAX_SIZE)
		return NULL;
	if (!length || bytes[0] == TAG_SET)
		return parse_content(bytes, length);
	return bytes[0] == TAG_SEQUENCE ? parse_whole(bytes, length) : NULL;
}

/* Trims, makes one space of many, and upper case of lower, in place; returns the length. */
static int fold(unsigned char *text, int length)
{
	int to = 0;

	for (int from = 0; from < length; from++) {
		unsigned char byte = text[from];

		if (byte == ' ' && (!to || text[to - 1] == ' '))
			continue;
		text[to++] = byte >= 'a' && byte <= 'z' ? (unsigned char)(byte - 'a' + 'A') : byte;
	}
	return to && text[to - 1] == ' ' ? to - 1 : to;
}

static bool fold_entry(X509_NAME_ENTRY *entry)
{
	const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
	unsigned char *text CLEANUP(free_bytes) = NULL;
	int length;

	if (ASN1_STRING_type(value) != V_ASN1_PRINTABLESTRING || !ASN1_STRING_length(value))
		return true;
	text = OPENSSL_memdup(ASN1_STRING_get0_data(value), ASN1_STRING_length(value));
	if (!text)
		return false;
	length = fold(text, ASN1_STRING_length(value));
	return X509_NAME_ENTRY_set_data(entry, V_ASN1_PRINTABLESTRING, text, length);
}

/* A new name with each value folded: an old one would give back the bytes it was parsed from. */
static X509_NAME *folded(const X509_NAME *name)
{
	X509_NAME *new = X509_NAME_new();
	int before = -1;

	for (int number = 0; new && number < X509_NAME_entry_count(name); number++) {
		X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, number);
		int set = X509_NAME_ENTRY_set(entry);

		if (!fold_entry(entry) ||
		    !X509_NAME_add_entry(new, entry, -1, set == before ? -1 : 0)) {
			X509_NAME_free(new);
			return NULL;
		}
		before = set;
	}
	return new;
}

struct value *name_normalise(const void *bytes, size_t length)
{
	X509_NAME *name CLEANUP(free_name) = parse(bytes, length);
	X509_NAME *new CLEANUP(free_name) = NULL;
	const unsigned char *der;
	size_t der_length;
	long content_length;
	int tag, class;

	if (!name)
		return value_data(bytes, length);
	new = folded(name);
	if (!new || !X509_NAME_get0_der(new, &der, &der_length))
		return NULL;
	ASN1_get_object(&der, &content_length, &tag, &class, (long)der_length);
	return value_data(der, (size_t)content_length);
}
