// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper/keychain/store/key_blob.h"

#include <string.h>

#include "helper/common/protocol.h"

#define VERSION		1
#define FLAG_CHILD	1
#define GENERATION	4	/* here it begins, */
#define GENERATION_SIZE	4
#define DOMAIN		8	/* and here the domain */

bool key_blob_plausible(const uint8_t *blob, size_t length, uint32_t class_number)
{
	static const uint8_t none[GENERATION_SIZE];

	return length == KEY_BLOB_SIZE && blob[0] == VERSION && blob[1] == FLAG_CHILD &&
	       blob[2] == class_number && !blob[3] && memcmp(blob + GENERATION, none, sizeof(none)) &&
	       !memcmp(blob + DOMAIN, KEYCHAIN_DOMAIN, KEYBAG_DOMAIN_SIZE);
}
