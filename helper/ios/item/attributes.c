// SPDX-License-Identifier: GPL-2.0-or-later
#include "attributes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/common/cleanup.h"
#include "helper/common/civil_date.h"
#include "helper/common/utf8.h"
#include "helper/ios/plist/plist_read.h"
#include "helper/keychain/base/der.h"

DEFINE_CLEANUP(struct value, value_cleanup, value_free)

#define CLEANUP_VALUE CLEANUP(value_cleanup)

static int two_digits(const uint8_t *text)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	return (text[0] - '0') * 10 + text[1] - '0';
}

/* "20200203040506Z"; a fraction of a second may stand before the Z, and is left out. NULL: none, or no memory. */
static struct value *date_value(const struct der *der)
{
	int parts[7];

	if (der->left < 15 || der->at[der->left - 1] != 'Z')
		return NULL;
	for (size_t i = 0; i < 7; i++) {
		parts[i] = two_digits(der->at + 2 * i);
		if (parts[i] < 0)
			return NULL;
	}
	parts[0] = parts[0] * 100 + parts[1];
	if (!parts[0] || !parts[2] || parts[2] > 12 || !parts[3] || parts[3] > civil_date_month_length(parts[0], parts[2]) ||
	    parts[4] > 23 || parts[5] > 59 || parts[6] > 59)
		return NULL;
	return value_date((civil_date_days(parts[0], parts[2], parts[3]) * 86400 + parts[4] * 3600 + parts[5] * 60 + parts[6]) *
			  1000);
}

static struct value *integer_value(const struct der *der)
{
	uint64_t number;

	if (!der->left || der->left > sizeof(number))
		return NULL;
	number = der->at[0] & 0x80 ? UINT64_MAX : 0;
	for (size_t i = 0; i < der->left; i++)
		number = number << 8 | der->at[i];
	return value_integer((int64_t)number);
}

static struct value *text_value(const void *bytes, size_t length)
{
	return utf8_valid(bytes, length) ? value_string_of(bytes, length) : value_data(bytes, length);
}

/* NULL also for what is of no kind that an attribute has. */
static struct value *der_value(uint8_t tag, const struct der *content)
{
	switch (tag) {
	case DER_BOOLEAN:
		return content->left == 1 ? value_boolean(content->at[0]) : NULL;
	case DER_INTEGER:
		return integer_value(content);
	case DER_OCTET_STRING:
		return value_data(content->at, content->left);
	case DER_UTF8_STRING:
		return text_value(content->at, content->left);
	case DER_GENERALIZED_TIME:
		return date_value(content);
	default:
		return NULL;
	}
}

static bool name_fits(const void *name, size_t length)
{
	return length && length <= VALUE_MAX_KEY && utf8_valid(name, length) && !memchr(name, 0, length);
}

static int add(struct value *attributes, const void *name, size_t length, struct value *value)
{
	int result;

	if (!value)
		return 0;
	if (value_count(attributes) == IOS_MAX_ATTRIBUTES) {
		value_free(value);
		return -EBADMSG;
	}
	result = value_add_once(attributes, name, length, value);
	return result == -EEXIST ? -EBADMSG : result;
}

static int der_entry(struct value *attributes, struct der *entry)
{
	struct der name, content;
	uint8_t tag;

	if (!der_enter(entry, DER_UTF8_STRING, &name) || !name_fits(name.at, name.left))
		return -EBADMSG;
	if (!der_next(entry, &tag, &content, NULL) || entry->left)
		return -EBADMSG;
	return add(attributes, name.at, name.left, der_value(tag, &content));
}

int ios_attributes_der(const uint8_t *bytes, size_t length, struct value **ret_attributes)
{
	CLEANUP_VALUE struct value *attributes = value_dictionary();
	struct der der = der_of(bytes, length), set, entry;
	int result = attributes ? 0 : -ENOMEM;

	if (!der_enter(&der, DER_SET, &set) || der.left)
		return -EBADMSG;
	while (!result && set.left) {
		if (!der_enter(&set, DER_SEQUENCE, &entry))
			return -EBADMSG;
		result = der_entry(attributes, &entry);
	}
	if (result)
		return result;
	*ret_attributes = attributes;
	attributes = NULL;
	return 0;
}

static struct value *plist_value(plist_t node)
{
	const uint8_t *bytes;
	const char *text;
	uint64_t number;
	size_t length;

	switch (plist_get_node_type(node)) {
	case PLIST_BOOLEAN:
		return value_boolean(plist_read_boolean(node));
	case PLIST_STRING:
		text = plist_read_text(node);
		return text ? text_value(text, strlen(text)) : NULL;
	case PLIST_DATA:
		bytes = plist_read_data(node, &length);
		return value_data(bytes, length);
	default:
		return plist_read_number(node, &number) ? value_integer((int64_t)number) : NULL;
	}
}

int ios_attributes_plist(plist_t list, struct value **ret_attributes)
{
	CLEANUP_VALUE struct value *attributes = value_dictionary();
	void *iterator CLEANUP_FREE = NULL;
	int result = attributes ? 0 : -ENOMEM;
	plist_t node = NULL;

	if (!list || plist_get_node_type(list) != PLIST_DICT)
		return -EBADMSG;
	plist_dict_new_iter(list, &iterator);
	while (!result) {
		char *name CLEANUP_FREE = NULL;

		plist_dict_next_item(list, iterator, &name, &node);
		if (!node)
			break;
		if (!name || !name_fits(name, strlen(name)))
			return -EBADMSG;
		result = add(attributes, name, strlen(name), plist_value(node));
	}
	if (result)
		return result;
	*ret_attributes = attributes;
	attributes = NULL;
	return 0;
}
