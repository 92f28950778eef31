// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the attributes of a row, and as own attributes alone: refused, or the same after they were written and
 * read again.
 */
#include <stdlib.h>
#include <string.h>

#include "helper/keychain/store/own.h"
#include "helper/keychain/store/row_format.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const uint8_t *data, size_t size)
{
	struct row row = { .item_class = ITEM_GENERIC }, again = { .item_class = ITEM_GENERIC };
	uint8_t *bytes;
	size_t length;

	if (row_decode(&row, data, size, NULL)) {
		row_release(&row);
		return;
	}
	length = row_encode(&row, NULL);
	bytes = malloc(length);
	must(row_encode(&row, bytes) == length && length % 20 == 0);
	must(!row_decode(&again, bytes, length, NULL) && value_equal(row.attributes, again.attributes));
	must(row.flags == again.flags && !memcmp(row.seal, again.seal, sizeof(row.seal)));
	free(bytes);
	row_release(&row);
	row_release(&again);
}

/* There is one way to write a set of pairs. */
static void check_own(const uint8_t *data, size_t size)
{
	struct value *pairs;
	uint8_t *bytes;
	size_t length;

	if (own_decode(data, size, &pairs))
		return;
	length = own_encode(pairs, NULL);
	must(length == size && value_count(pairs) <= OWN_MAX_PAIRS);
	bytes = malloc(length);
	must(own_encode(pairs, bytes) == length && !memcmp(bytes, data, size) && own_has(pairs, pairs, true));
	free(bytes);
	value_free(pairs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_row(data, size);
	check_own(data, size);
	return 0;
}
