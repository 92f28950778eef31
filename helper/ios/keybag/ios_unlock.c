// SPDX-License-Identifier: GPL-2.0-or-later
#include "ios_unlock.h"

#include <errno.h>

static int derive(const struct ios_keybag *keybag, const struct secret *password, uint8_t *middle, uint8_t *ret_key)
{
	const uint8_t *input = password->data;
	size_t length = password->length;
	int result = 0;

	/* Before iOS 10.2 there was one stage. */
	if (keybag->first_salt && keybag->first_iterations) {
		result = ios_pbkdf2(true, input, length, keybag->first_salt, keybag->first_salt_length, keybag->first_iterations,
				    middle);
		input = middle;
		length = IOS_KEY_SIZE;
	}
	return result ? result : ios_pbkdf2(false, input, length, keybag->salt, keybag->salt_length, keybag->iterations, ret_key);
}

static int unwrap_all(struct ios_class_keys *keys, const uint8_t *key)
{
	const struct ios_keybag *keybag = keys->keybag;
	bool any = false;

	for (size_t i = 0; i < keybag->class_count; i++) {
		const struct ios_class_key *class = &keybag->classes[i];
		int result;

		if (class->wrap != IOS_WRAP_PASSCODE || class->type != IOS_KEY_AES || !class->wrapped)
			continue;
		any = true;
		result = ios_unwrap(key, class->wrapped, class->wrapped_length, keys->keys.data + i * IOS_KEY_SIZE);
		if (result == -ENOMEM)
			return result;
		if (!result)
			keys->open |= 1U << i;
	}
	if (!any)
		return -EOPNOTSUPP;
	return keys->open ? 0 : -EKEYREJECTED;
}

int ios_unlock(const struct ios_keybag *keybag, const struct secret *password, struct ios_class_keys *ret_keys)
{
	CLEANUP_CLASS_KEYS struct ios_class_keys keys = { .keybag = keybag };
	CLEANUP_SECRET struct secret derived = SECRET_NONE;
	int result;

	if (keybag->type != IOS_KEYBAG_BACKUP || !keybag->salt || !keybag->iterations)
		return -EOPNOTSUPP;
	if (keybag->iterations > IOS_MAX_ITERATIONS || keybag->first_iterations > IOS_MAX_ITERATIONS)
		return -ERANGE;
	if (secret_new(&derived, 2 * IOS_KEY_SIZE) < 0 || secret_new(&keys.keys, IOS_KEYBAG_MAX_CLASSES * IOS_KEY_SIZE) < 0)
		return -ENOMEM;
	result = derive(keybag, password, derived.data, derived.data + IOS_KEY_SIZE);
	if (!result)
		result = unwrap_all(&keys, derived.data + IOS_KEY_SIZE);
	if (result)
		return result;
	*ret_keys = keys;
	keys = IOS_CLASS_KEYS_NONE;
	return 0;
}

void ios_class_keys_free(struct ios_class_keys *keys)
{
	secret_free(&keys->keys);
	keys->open = 0;
}

int ios_unwrap_for_class(const struct ios_class_keys *keys, uint32_t number, const uint8_t *wrapped, size_t length,
			 uint8_t ret_key[IOS_KEY_SIZE])
{
	const struct ios_class_key *class = ios_keybag_class(keys->keybag, number);
	size_t at;

	if (!class)
		return -ENOKEY;
	at = (size_t)(class - keys->keybag->classes);
	if (!(keys->open & 1U << at))
		return class->wrap & IOS_WRAP_DEVICE ? -EXDEV : -ENOKEY;
	return ios_unwrap(keys->keys.data + at * IOS_KEY_SIZE, wrapped, length, ret_key);
}
