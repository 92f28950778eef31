// SPDX-License-Identifier: GPL-2.0-or-later
#include "backup.h"

#include <errno.h>

#include "database.h"
#include "helper/ios/ios_exchange.h"

static const char *failure(int error, const char *otherwise)
{
	switch (error) {
	case -ENOMEM:
		return IOS_FAILURE_MEMORY;
	case -EFBIG:
	case -E2BIG:
		return IOS_FAILURE_LARGE;
	default:
		return otherwise;
	}
}

const char *ios_backup_begin(struct ios_backup *backup, int manifest)
{
	int error = ios_input_read(manifest, IOS_MANIFEST_MAX_SIZE, &backup->manifest_file);

	if (!error)
		error = ios_manifest_read(backup->manifest_file.bytes, backup->manifest_file.length, &backup->manifest);
	if (error == -ENOKEY)
		return IOS_FAILURE_PLAIN;
	if (error == -EKEYREVOKED)
		return IOS_FAILURE_KEYBAG;
	return error ? failure(error, IOS_FAILURE_MANIFEST) : NULL;
}

const char *ios_backup_unlock(struct ios_backup *backup, const struct secret *password)
{
	int error = ios_unlock(&backup->manifest.keybag, password, &backup->keys);

	if (error == -EKEYREJECTED)
		return IOS_FAILURE_PASSWORD;
	if (error == -ERANGE)
		return IOS_FAILURE_ITERATIONS;
	return error ? failure(error, IOS_FAILURE_KEYBAG) : NULL;
}

/* Decrypts a file by a key that is wrapped for a class. */
static int decrypt(const struct ios_backup *backup, const struct ios_wrapped_key *wrapped, struct ios_input *file)
{
	CLEANUP_SECRET struct secret key = SECRET_NONE;
	int result = secret_new(&key, IOS_KEY_SIZE);

	if (!result)
		result = ios_unwrap_for_class(&backup->keys, wrapped->class, wrapped->wrapped, wrapped->length, key.data);
	return result ? result : ios_cbc(key.data, file->bytes, file->length);
}

/* The key of a file, out of what the database says of it: an archive of NSKeyedArchiver. */
static int find_key(plist_t archive, struct ios_wrapped_key *ret_key)
{
	plist_t objects = plist_read_member(archive, "$objects");
	plist_t root = plist_read_archived(objects, plist_read_member(plist_read_member(archive, "$top"), "root"));
	plist_t key = plist_read_archived(objects, plist_read_member(root, "EncryptionKey"));
	plist_t inner = plist_read_archived(objects, plist_read_member(key, "NS.data"));
	uint64_t class;
	const uint8_t *bytes;
	size_t length;

	bytes = plist_read_data(inner ? inner : key, &length);
	if (!ios_wrapped_key_read(bytes, length, ret_key))
		return -EBADMSG;
	/* The class is said twice; readers of backups go by this one. */
	if (plist_read_number(plist_read_archived(objects, plist_read_member(root, "ProtectionClass")), &class) &&
	    class <= UINT32_MAX)
		ret_key->class = (uint32_t)class;
	return 0;
}

static int find_record(struct ios_backup *backup, int database, uint8_t **ret_record, size_t *ret_length)
{
	CLEANUP_IOS_INPUT struct ios_input file = IOS_INPUT_NONE;
	int result = ios_input_read(database, IOS_DATABASE_MAX_SIZE, &file);

	if (!result && backup->manifest.database.wrapped)
		result = decrypt(backup, &backup->manifest.database, &file);
	return result ? result : ios_database_find(file.bytes, file.length, IOS_KEYCHAIN_FILE, ret_record, ret_length);
}

static int read_keychain(struct ios_backup *backup, const struct ios_wrapped_key *key, int descriptor)
{
	int64_t length;
	int result = ios_input_read(descriptor, IOS_KEYCHAIN_MAX_SIZE, &backup->keychain_file);

	if (!result)
		result = decrypt(backup, key, &backup->keychain_file);
	if (result)
		return result;
	length = ios_unpadded(backup->keychain_file.bytes, backup->keychain_file.length);
	return length < 0 ? (int)length : plist_read(backup->keychain_file.bytes, (size_t)length, PLIST_MAX_NODES, &backup->keychain);
}

const char *ios_backup_open(struct ios_backup *backup, int database, int keychain)
{
	CLEANUP_PLIST plist_t archive = NULL;
	uint8_t *record CLEANUP_FREE = NULL;
	struct ios_wrapped_key key;
	size_t length;
	int error = find_record(backup, database, &record, &length);

	if (error == -ENOENT)
		return IOS_FAILURE_ABSENT;
	if (!error)
		error = plist_read(record, length, PLIST_MAX_NODES, &archive);
	if (!error)
		error = find_key(archive, &key);
	if (error)
		return failure(error, IOS_FAILURE_DATABASE);
	error = read_keychain(backup, &key, keychain);
	if (error == -ENODATA)
		return IOS_FAILURE_ABSENT;
	return error ? failure(error, IOS_FAILURE_KEYCHAIN) : NULL;
}

void ios_backup_end(struct ios_backup *backup)
{
	plist_free(backup->keychain);
	ios_class_keys_free(&backup->keys);
	ios_manifest_free(&backup->manifest);
	ios_input_free(&backup->keychain_file);
	ios_input_free(&backup->manifest_file);
	*backup = IOS_BACKUP_NONE;
}
