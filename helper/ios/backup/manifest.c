// SPDX-License-Identifier: GPL-2.0-or-later
#include "manifest.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

bool ios_wrapped_key_read(const uint8_t *bytes, size_t length, struct ios_wrapped_key *ret_key)
{
	uint32_t class;

	if (!bytes || length <= sizeof(class))
		return false;
	memcpy(&class, bytes, sizeof(class));
	*ret_key = (struct ios_wrapped_key){ .class = le32toh(class), .wrapped = bytes + sizeof(class),
					     .length = length - sizeof(class) };
	return true;
}

static int read_members(struct ios_manifest *manifest)
{
	plist_t lockdown = plist_read_member(manifest->list, "Lockdown");
	struct ios_keybag_fault fault;
	const uint8_t *bytes;
	size_t length;

	if (plist_get_node_type(manifest->list) != PLIST_DICT)
		return -EBADMSG;
	manifest->device = plist_read_text(plist_read_member(lockdown, "DeviceName"));
	manifest->version = plist_read_text(plist_read_member(lockdown, "ProductVersion"));
	bytes = plist_read_data(plist_read_member(manifest->list, "BackupKeyBag"), &length);
	if (!plist_read_boolean(plist_read_member(manifest->list, "IsEncrypted")))
		return bytes || plist_read_member(manifest->list, "IsEncrypted") || lockdown ? -ENOKEY : -EBADMSG;
	if (!bytes || ios_keybag_parse(bytes, length, &manifest->keybag, &fault) ||
	    manifest->keybag.type != IOS_KEYBAG_BACKUP)
		return -EKEYREVOKED;
	bytes = plist_read_data(plist_read_member(manifest->list, "ManifestKey"), &length);
	return !bytes || ios_wrapped_key_read(bytes, length, &manifest->database) ? 0 : -EBADMSG;
}

int ios_manifest_read(const uint8_t *bytes, size_t length, struct ios_manifest *ret_manifest)
{
	int result;

	*ret_manifest = (struct ios_manifest){ 0 };
	result = plist_read(bytes, length, PLIST_MAX_NODES, &ret_manifest->list);
	if (!result)
		result = read_members(ret_manifest);
	return result;
}

void ios_manifest_free(struct ios_manifest *manifest)
{
	plist_free(manifest->list);
	manifest->list = NULL;
}
