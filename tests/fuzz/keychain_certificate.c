// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as certificate, key, name, and file to import: refused, or attributes of the kinds that
 * are promised, which come out the same from what is imported. The first byte is the answer to the
 * passphrase.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/certificate/certificate.h"
#include "helper/keychain/certificate/container/container.h"
#include "helper/keychain/certificate/key.h"
#include "helper/keychain/certificate/match.h"
#include "helper/keychain/certificate/name.h"
#include "helper/keychain/include/keychain-status.h"
#include "must.h"

#define HASH_SIZE 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be(const struct value *item, const char *name, enum value_kind kind)
{
	must(value_is(value_get(item, name), kind));
}

static void must_be_hash(const struct value *item, const char *name)
{
	size_t length;

	must_be(item, name, VALUE_DATA);
	value_bytes(value_get(item, name), &length);
	must(length == HASH_SIZE);
}

static void check_name(const void *bytes, size_t length)
{
	struct value *once = name_normalise(bytes, length), *twice;
	const void *normal = value_bytes(once, &length);

	must(once != NULL);
	twice = name_normalise(normal, length);
	must(value_equal(once, twice));
	value_free(once);
	value_free(twice);
}

static void check_names(const struct value *item)
{
	static const char *const names[] = { "subj", "issr" };

	for (int number = 0; number < 2; number++) {
		size_t length;
		const void *bytes;

		must_be(item, names[number], VALUE_DATA);
		bytes = value_bytes(value_get(item, names[number]), &length);
		check_name(bytes, length);
	}
}

static void check_matches(const void *data, size_t size)
{
	struct value *query = value_dictionary();
	const struct match_context context = { .roots = "/dev/null" };
	bool matches;

	value_set(query, "m_EmailAddressIfPresent", value_string("a@example.org"));
	value_set(query, "m_Policy", value_string("any"));
	value_set(query, "m_SubjectContains", value_string(""));
	value_set(query, "m_Issuers", value_array());
	must(match_certificate(&context, data, size, query, &matches) == errSecSuccess);
	must(!matches);
	value_free(query);
}

static void check_certificate(const void *data, size_t size)
{
	struct value *item = value_dictionary();
	int status = certificate_attributes(data, size, item);

	must(status == errSecSuccess || status == errSecDecode);
	if (status)
		must(!value_count(item));
	else {
		must_be(item, "ctyp", VALUE_INTEGER);
		must_be(item, "slnr", VALUE_DATA);
		must_be_hash(item, "pkhh");
		check_names(item);
		check_matches(data, size);
	}
	value_free(item);
}

static void check_key(const void *data, size_t size)
{
	struct value *item = value_dictionary();
	int status = key_attributes(data, size, item);

	must(status == errSecSuccess || status == errSecDecode);
	if (status)
		must(!value_count(item));
	else
		must_be_hash(item, "klbl");
	value_free(item);
}

static int give(void *context, char *buffer, size_t size)
{
	const uint8_t *answer = context;

	must(size > *answer);
	if (*answer > 8)
		return -ENOKEY;
	memcpy(buffer, "password", *answer);
	return *answer;
}

static void check_container(const uint8_t *data, size_t size)
{
	const struct container_passphrase passphrase = { .read = give, .context = (void *)data };
	struct value *items;
	char *message;
	int status = container_items(data + 1, size - 1, &passphrase, &items, &message);

	must(status ? !items && message : items && !message);
	for (size_t number = 0; number < value_count(items); number++) {
		const struct value *item = value_at(items, number);

		must_be(item, "v_Data", VALUE_DATA);
		must_be_hash(item, value_get(item, "klbl") ? "klbl" : "pkhh");
	}
	value_free(items);
	free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	check_certificate(data + 1, size - 1);
	check_key(data + 1, size - 1);
	check_name(data + 1, size - 1);
	check_container(data, size);
	return 0;
}
