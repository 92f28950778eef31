// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/common/cleanup.h"
#include "helper/common/translate.h"
#include "helper/keychain/certificate/container/container.h"
#include "helper/keychain/certificate/container/container_bundle.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/include/keychain-status.h"

#define BEGIN		"-----BEGIN "
#define FIRST_SIZE	(256 * 1024)	/* most machines' bundle */

/* Where the next block starts; @end without one. Hyphens are in no block's text. */
static const char *find_block(const char *at, const char *end)
{
	const char *found = at == end ? NULL : memmem(at, (size_t)(end - at), BEGIN, strlen(BEGIN));

	return found ? found : end;
}

static bool is_certificate(const struct value *items)
{
	const char *class = value_as_string(value_get(value_at(items, 0), "class"));

	return value_count(items) == 1 && class && !strcmp(class, "cert");
}

/* Adds what one block holds to @items; *ret_reason says what else it is, to be freed. */
static int add_block(struct value *items, const char *block, size_t length, char **ret_reason)
{
	struct value *found CLEANUP(free_value) = NULL;
	int status = container_items(block, length, NULL, &found, ret_reason);

	if (!status && !is_certificate(found)) {
		*ret_reason = strdup(_("It is no certificate."));
		status = errSecDecode;
	}
	if (!status && value_append(items, value_copy(value_at(found, 0))))
		status = errSecAllocate;
	return status;
}

int container_bundle(const void *bytes, size_t length,
		     void (*left_out)(void *context, unsigned int block, const char *reason), void *context,
		     struct value **ret_items)
{
	const char *at = length ? bytes : "", *end = at + length;
	struct value *items CLEANUP(free_value) = value_array();
	unsigned int blocks = 0;

	*ret_items = NULL;
	if (length > CONTAINER_MAX_SIZE)
		return errSecParam;
	for (at = find_block(at, end); items && at < end;) {
		const char *next = find_block(at + 1, end);
		char *reason CLEANUP_FREE = NULL;
		int status = add_block(items, at, (size_t)(next - at), &reason);

		blocks++;
		if (status == errSecAllocate)
			return status;
		if (status && left_out)
			left_out(context, blocks, reason ? reason : _("It is no certificate."));
		at = next;
	}
	if (!items)
		return errSecAllocate;
	if (length && !value_count(items))
		return errSecDecode;
	*ret_items = items;
	items = NULL;
	return errSecSuccess;
}

/* All that is left of the file, to be freed. */
static int read_all(int descriptor, char **ret_bytes, size_t *ret_length)
{
	size_t length = 0, size = 0;
	char *bytes CLEANUP_FREE = NULL;
	ssize_t result;

	do {
		if (length == size) {
			char *grown = realloc(bytes, size ? 2 * size : FIRST_SIZE);

			if (!grown)
				return errSecAllocate;
			bytes = grown;
			size = size ? 2 * size : FIRST_SIZE;
		}
		result = read(descriptor, bytes + length, size - length);
		if (result < 0 && errno != EINTR)
			return errSecIO;
		length += result > 0 ? (size_t)result : 0;
		if (length > CONTAINER_MAX_SIZE)
			return errSecParam;
	} while (result);
	*ret_bytes = bytes;
	bytes = NULL;
	*ret_length = length;
	return errSecSuccess;
}

int container_bundle_file(int descriptor,
			  void (*left_out)(void *context, unsigned int block, const char *reason), void *context,
			  struct value **ret_items)
{
	char *bytes CLEANUP_FREE = NULL;
	size_t length;
	int status = read_all(descriptor, &bytes, &length);

	*ret_items = NULL;
	return status ? status : container_bundle(bytes, length, left_out, context, ret_items);
}
