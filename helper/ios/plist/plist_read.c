// SPDX-License-Identifier: GPL-2.0-or-later
#include "plist_read.h"

#include <errno.h>
#include <string.h>

int plist_read(const uint8_t *bytes, size_t length, uint32_t max_nodes, plist_t *ret_list)
{
	int result = length > UINT32_MAX ? -E2BIG : plist_bounds_check(bytes, length, max_nodes);

	*ret_list = NULL;
	if (result)
		return result;
	if (plist_bounds_is_binary(bytes, length))
		plist_from_bin((const char *)bytes, (uint32_t)length, ret_list);
	else
		plist_from_xml((const char *)bytes, (uint32_t)length, ret_list);
	return *ret_list ? 0 : -EBADMSG;
}

plist_t plist_read_member(plist_t dictionary, const char *name)
{
	return dictionary && plist_get_node_type(dictionary) == PLIST_DICT ? plist_dict_get_item(dictionary, name) : NULL;
}

const uint8_t *plist_read_data(plist_t node, size_t *ret_length)
{
	uint64_t length = 0;
	const char *data = NULL;

	if (node && plist_get_node_type(node) == PLIST_DATA)
		data = plist_get_data_ptr(node, &length);
	*ret_length = data ? (size_t)length : 0;
	return (const uint8_t *)data;
}

const char *plist_read_text(plist_t node)
{
	uint64_t length;

	return node && plist_get_node_type(node) == PLIST_STRING ? plist_get_string_ptr(node, &length) : NULL;
}

bool plist_read_number(plist_t node, uint64_t *ret_number)
{
	/* By this name in all versions; later ones call it an integer. */
	if (!node || plist_get_node_type(node) != PLIST_UINT)
		return false;
	plist_get_uint_val(node, ret_number);
	return true;
}

bool plist_read_boolean(plist_t node)
{
	uint8_t value = 0;

	if (node && plist_get_node_type(node) == PLIST_BOOLEAN)
		plist_get_bool_val(node, &value);
	return value;
}

plist_t plist_read_archived(plist_t objects, plist_t node)
{
	uint64_t number = 0;

	if (!node || plist_get_node_type(node) != PLIST_UID)
		return node;
	plist_get_uid_val(node, &number);
	if (!number || !objects || plist_get_node_type(objects) != PLIST_ARRAY || number >= plist_array_get_size(objects))
		return NULL;
	return plist_array_get_item(objects, (uint32_t)number);
}
