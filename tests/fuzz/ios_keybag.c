// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a keybag of iOS: refused at a place within them, or read, and then its tags are the bytes.
 */
#include <errno.h>
#include <string.h>

#include "helper/ios/keybag/ios_keybag.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_lie_within(const uint8_t *bytes, size_t length, const uint8_t *data, size_t size)
{
	must(!bytes || (bytes >= data && length <= size && (size_t)(bytes - data) <= size - length));
}

static void check_keybag(const struct ios_keybag *keybag, const uint8_t *data, size_t size)
{
	must(keybag->type <= IOS_KEYBAG_OTA && keybag->class_count <= IOS_KEYBAG_MAX_CLASSES && keybag->uuid);
	must_lie_within(keybag->uuid, IOS_UUID_SIZE, data, size);
	must_lie_within(keybag->salt, keybag->salt_length, data, size);
	must_lie_within(keybag->first_salt, keybag->first_salt_length, data, size);
	for (size_t i = 0; i < keybag->class_count; i++) {
		const struct ios_class_key *key = &keybag->classes[i];

		must_lie_within(key->uuid, IOS_UUID_SIZE, data, size);
		must_lie_within(key->wrapped, key->wrapped_length, data, size);
		must_lie_within(key->public_key, IOS_PUBLIC_SIZE, data, size);
		must(ios_keybag_class(keybag, key->number) == key);
	}
}

static void check_tags(const uint8_t *data, size_t size)
{
	size_t at = 0, seen = 0, end = 0;
	struct ios_tlv tlv;

	while (ios_keybag_next(data, size, &at, &tlv)) {
		must(tlv.offset == end && !memcmp(data + tlv.offset, tlv.tag, 4));
		must_lie_within(tlv.value, tlv.length, data, size);
		end = at;
		must(++seen <= IOS_KEYBAG_MAX_TLVS);
	}
	must(end == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ios_keybag_fault fault;
	struct ios_keybag keybag;
	int answer = ios_keybag_parse(data, size, &keybag, &fault);

	must(answer == 0 || answer == -EBADMSG);
	must((fault.problem == IOS_PROBLEM_NONE) == !answer);
	if (answer) {
		must(fault.offset <= size && strnlen(fault.tag, sizeof(fault.tag)) < sizeof(fault.tag));
		return 0;
	}
	check_keybag(&keybag, data, size);
	check_tags(data, size);
	return 0;
}
