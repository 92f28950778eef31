/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The published keybag of iOS: system, backup, escrow and OTA (iCloud) keybags, as public tools describe them.
 *
 * A keybag is a row of TLVs: four letters, a length of four bytes, big-endian, and the value. The system's is inside one of
 * tag DATA, which one of tag SIGN follows. The second and every later UUID begins the record of a class key. Tags that are
 * not known are passed over. Nothing is allocated; pointers go into the bytes that were given.
 */
#ifndef IOS_KEYBAG_H
#define IOS_KEYBAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IOS_KEYBAG_MAX_SIZE	65536
#define IOS_KEYBAG_MAX_CLASSES	32
#define IOS_KEYBAG_MAX_TLVS	1024

#define IOS_UUID_SIZE		16
#define IOS_PUBLIC_SIZE		32
#define IOS_WRAPPED_SIZE	40	/* a key of 32 bytes, wrapped by RFC 3394 */
#define IOS_WRAPPED_LONG_SIZE	72	/* the same behind an ephemeral public key */

enum ios_keybag_type {
	IOS_KEYBAG_SYSTEM	= 0,
	IOS_KEYBAG_BACKUP	= 1,
	IOS_KEYBAG_ESCROW	= 2,
	IOS_KEYBAG_OTA		= 3,
};

#define IOS_KEYBAG_TYPE_MASK	0x3fffffffU	/* bits above it are flags */

/* By which a class key is wrapped: both bits, both keys. */
#define IOS_WRAP_DEVICE		1	/* a key that never leaves the device */
#define IOS_WRAP_PASSCODE	2	/* the passcode's, or the backup password's */

enum ios_key_type {
	IOS_KEY_AES		= 0,
	IOS_KEY_CURVE25519	= 1,
};

struct ios_tlv {
	char tag[5];
	size_t offset;		/* of its tag in the file */
	uint32_t length;
	const uint8_t *value;
};

struct ios_class_key {
	const uint8_t *uuid;
	uint32_t number;		/* as it stands there; bits above the lowest four are a generation */
	uint32_t wrap;			/* IOS_WRAP_* */
	uint32_t type;			/* enum ios_key_type */
	const uint8_t *wrapped;		/* NULL: none */
	uint32_t wrapped_length;
	const uint8_t *public_key;	/* NULL: none */
};

/* Numbers and lengths are 0 where the tag is absent, pointers NULL. */
struct ios_keybag {
	uint32_t version;
	uint32_t type;			/* enum ios_keybag_type, without flags */
	const uint8_t *uuid;
	const uint8_t *salt;
	uint32_t salt_length;
	uint32_t iterations;
	const uint8_t *first_salt;	/* DPSL, of a stage before that of @salt */
	uint32_t first_salt_length;
	uint32_t first_iterations;	/* DPIC */
	size_t class_count;
	struct ios_class_key classes[IOS_KEYBAG_MAX_CLASSES];
};

enum ios_keybag_problem {
	IOS_PROBLEM_NONE,
	IOS_PROBLEM_NO_KEYBAG,	/* it begins neither with VERS nor with DATA */
	IOS_PROBLEM_CUT,	/* tag, length or value go beyond the end */
	IOS_PROBLEM_NO_TAG,	/* four bytes that are no printable letters */
	IOS_PROBLEM_LENGTH,	/* a length that this tag never has */
	IOS_PROBLEM_VALUE,	/* a value that this tag never has */
	IOS_PROBLEM_TWICE,	/* a tag, or a class, that was there before */
	IOS_PROBLEM_PLACE,	/* a tag of class keys outside their records, or one of the keybag within them */
	IOS_PROBLEM_MISSING,	/* a tag that has to be there is not */
	IOS_PROBLEM_MANY,	/* more than IOS_KEYBAG_MAX_CLASSES class keys or IOS_KEYBAG_MAX_TLVS tags, or too long */
};

struct ios_keybag_fault {
	enum ios_keybag_problem problem;
	size_t offset;
	char tag[5];		/* "": there is none */
};

/* Whether bytes begin as a keybag does: what follows may still be none. */
bool ios_keybag_begins(const uint8_t *bytes, size_t length);

/* Returns 0, or -EBADMSG with @ret_fault. */
int ios_keybag_parse(const uint8_t *bytes, size_t length, struct ios_keybag *ret_keybag, struct ios_keybag_fault *ret_fault);

/*
 * The tags of a keybag that was parsed, one after the other, those within DATA behind it. @at: 0 at first, then as it was
 * left. False at the end.
 */
bool ios_keybag_next(const uint8_t *bytes, size_t length, size_t *at, struct ios_tlv *ret_tlv);

/* The class key with that number, whose generation may be another; NULL: there is none. */
const struct ios_class_key *ios_keybag_class(const struct ios_keybag *keybag, uint32_t number);

#endif
