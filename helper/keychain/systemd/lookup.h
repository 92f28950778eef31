/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Credentials in the system keychain.
 */
#ifndef KEYCHAIN_SYSTEMD_LOOKUP_H
#define KEYCHAIN_SYSTEMD_LOOKUP_H

#include "helper/keychain/base/unit_credential.h"
#include "helper/keychain/base/value.h"

#define LOOKUP_WHY_SIZE	1024

enum lookup {
	LOOKUP_FOUND,
	LOOKUP_REFUSED,		/* there is none, or it cannot be served as it is */
	LOOKUP_LOCKED,		/* its class may become available, or the device key */
	LOOKUP_AWAY,		/* the keychain or its keybag cannot be asked, which may pass soon, or has to be mended */
};

/* Makes the client that all is asked by. Returns 0 or -ENOMEM. */
int lookup_begin(void);
void lookup_end(void);

/*
 * Looks for what is granted to the unit, else to its template. LOOKUP_FOUND: *@ret_answer has a secret of at least one
 * byte, for lookup_secret(), and is to be released with value_free(). Otherwise @ret_why has a sentence for people, with the
 * remedy.
 */
enum lookup lookup_credential(const struct unit_credential *wanted, struct value **ret_answer, char ret_why[LOOKUP_WHY_SIZE]);

/* The secret in an answer; it belongs to that. */
const uint8_t *lookup_secret(const struct value *answer, size_t *ret_length);

#endif
