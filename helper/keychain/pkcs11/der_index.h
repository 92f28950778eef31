/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers of items by bytes of theirs, sorted: a question among n of them costs the logarithm of n.
 */
#ifndef KEYCHAIN_PKCS11_DER_INDEX_H
#define KEYCHAIN_PKCS11_DER_INDEX_H

#include "helper/keychain/base/der.h"

struct der_index {
	struct der_index_entry *entries;
	size_t count;
};

#define DER_INDEX_NONE	((struct der_index){ 0 })
#define DER_INDEX_ABSENT	SIZE_MAX

/*
 * Sorts @count items by the bytes that @key tells of each, which have to live as long as the index; an item without is left out. False without
 * memory. Release with der_index_free().
 */
bool der_index_make(struct der_index *index, size_t count, struct der (*key)(const void *context, size_t number), const void *context);

/* The lowest number with these bytes; DER_INDEX_ABSENT: none. */
size_t der_index_find(const struct der_index *index, struct der key);

void der_index_free(struct der_index *index);

#endif
