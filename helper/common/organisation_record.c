// SPDX-License-Identifier: LGPL-2.1-or-later
#include "organisation_record.h"

#include <string.h>

#define HEADER_SIZE	8	/* magic, four zeros */

static const uint8_t header[HEADER_SIZE] = { 'O', 'R', 'G', 1 };

_Static_assert(HEADER_SIZE + ORGANISATION_RECORD_DIGEST + ORGANISATION_MAX_SEALED == ORGANISATION_RECORD_MAX,
	       "the header and what is sealed fill the record");

bool organisation_record_read(const uint8_t *opaque, size_t length, struct organisation_record *ret_record)
{
	if (length <= HEADER_SIZE + ORGANISATION_RECORD_DIGEST || length > ORGANISATION_RECORD_MAX ||
	    memcmp(opaque, header, HEADER_SIZE) != 0)
		return false;
	*ret_record = (struct organisation_record){
		.digest = opaque + HEADER_SIZE,
		.sealed = opaque + HEADER_SIZE + ORGANISATION_RECORD_DIGEST,
		.sealed_length = length - HEADER_SIZE - ORGANISATION_RECORD_DIGEST,
	};
	return true;
}

size_t organisation_record_write(const struct organisation_record *record, uint8_t ret_opaque[ORGANISATION_RECORD_MAX])
{
	memcpy(ret_opaque, header, HEADER_SIZE);
	memcpy(ret_opaque + HEADER_SIZE, record->digest, ORGANISATION_RECORD_DIGEST);
	memcpy(ret_opaque + HEADER_SIZE + ORGANISATION_RECORD_DIGEST, record->sealed, record->sealed_length);
	return HEADER_SIZE + ORGANISATION_RECORD_DIGEST + record->sealed_length;
}
