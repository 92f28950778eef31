/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * The sealed form (docs/format.md): what a keybag is on disk.
 *
 * kb_form_parse() gives a view: every pointer in struct kb_form points into the bytes it was given,
 * which must outlive it. kb_form_write() writes one from a struct kb_form, unknown optional TLVs
 * included, so that parse and write are inverses of each other. No allocation, no cryptography: the
 * caller checks and computes the SHA-256 and the MACs over the ranges named here.
 */
#ifndef KEYBAG_FORM_H
#define KEYBAG_FORM_H

#include "class.h"

#define KB_FORM_MAGIC		"KEYBAG\0\1"
#define KB_FORM_MAGIC_SIZE	8
#define KB_FORM_VERSION		1
#define KB_FORM_HEADER_SIZE	16
#define KB_FORM_MAC_SIZE	32
#define KB_FORM_TRAILER_SIZE	96	/* device MAC, recovery MAC, SHA-256 */
#define KB_FORM_MAX_SIZE	32768
#define KB_FORM_MAX_PROTECTORS	8
/* There is always a number after it. */
#define KB_FORM_MAX_GENERATION	(~(u64)1)
#define KB_FORM_MAX_UNKNOWN	64	/* unknown optional TLVs; more is refused (EBADMSG) */

#define KB_UUID_SIZE		16
#define KB_DEVICE_KEY_ID_SIZE	16
#define KB_SALT_SIZE		32
#define KB_VERIFIER_SIZE	32
#define KB_PUBLIC_SIZE		32
#define KB_SEALED_KEY_SIZE	60	/* nonce (12), 32 bytes, tag (16) */
#define KB_MAX_OPAQUE		1024

#define KB_KDF_MIN_MEMORY_KIB	64
#define KB_KDF_MAX_MEMORY_KIB	262144
#define KB_KDF_MAX_PASSES	100
#define KB_KDF_MAX_LANES	4

enum kb_form_tag {
	KB_TAG_TYPE		= 0x8001,
	KB_TAG_OWNER		= 0x8002,
	KB_TAG_UUID		= 0x8003,
	KB_TAG_DEVICE_KEY_ID	= 0x8004,
	KB_TAG_GENERATION	= 0x8005,
	KB_TAG_RECOVERY_CHOICE	= 0x0006,
	KB_TAG_LOGIN		= 0x0008,
	KB_TAG_HARDWARE		= 0x8009,
	KB_TAG_PROTECTOR	= 0x8010,
	KB_TAG_CLASS_KEY	= 0x8020,
};

#define KB_OWNER_NONE		0xffffffff	/* of a system bag */

enum kb_form_type {
	KB_FORM_USER		= 1,
	KB_FORM_SYSTEM		= 2,
};

enum kb_protector_kind {
	KB_PROTECTOR_PASSCODE	= 1,
	KB_PROTECTOR_RECOVERY	= 2,
	KB_PROTECTOR_ESCROW	= 3,
	KB_PROTECTOR_NONE	= 4,
};

enum kb_recovery_choice {
	KB_RECOVERY_OPEN	= 0,
	KB_RECOVERY_CONFIRMED	= 1,
	KB_RECOVERY_REFUSED	= 2,
};

enum kb_hardware {
	KB_HARDWARE_NONE	= 0,
	KB_HARDWARE_SECRET	= 1,	/* the passcode wants S, a secret of the hardware */
};

enum kb_algorithm {
	KB_ALGORITHM_AES_256	= 1,
	KB_ALGORITHM_X25519	= 2,
};

/* Purposes in the associated data of sealed K_bag and K_akpu. */
#define KB_PURPOSE_BAG		1
#define KB_PURPOSE_AKPU		2

/* u32 id ... u32 length of opaque: the record before opaque bytes */
#define KB_PROTECTOR_FIXED_SIZE	56
/* u8 class ... public half: the record before its sealed keys */
#define KB_CLASS_KEY_FIXED_SIZE	40

struct kb_protector {
	u32 id;
	enum kb_protector_kind kind;
	u32 kdf_memory_kib;
	u32 kdf_passes;
	u32 kdf_lanes;
	u32 opaque_length;
	const u8 *salt;			/* KB_SALT_SIZE */
	const u8 *opaque;		/* may be NULL when opaque_length is 0 */
	const u8 *verifier;		/* KB_VERIFIER_SIZE */
	const u8 *sealed_bag;		/* KB_SEALED_KEY_SIZE */
	const u8 *sealed_akpu;		/* KB_SEALED_KEY_SIZE; passcode only, else NULL */
};

struct kb_class_key {
	u8 class;
	enum kb_algorithm algorithm;
	u8 copies;			/* of sealed keys: 0 destroyed, 1, or 2 */
	u32 key_generation;
	const u8 *public_half;		/* KB_PUBLIC_SIZE; NULL writes zeros */
	const u8 *sealed[2];		/* KB_SEALED_KEY_SIZE each */
};

/* An optional TLV this version does not know. */
struct kb_unknown {
	u16 tag;
	u32 length;
	const u8 *value;
};

struct kb_form {
	u32 type;			/* enum kb_form_type */
	u32 owner;
	const u8 *uuid;			/* KB_UUID_SIZE */
	const u8 *device_key_id;	/* KB_DEVICE_KEY_ID_SIZE */
	u64 generation;
	u32 recovery_choice;		/* enum kb_recovery_choice */
	const u8 *login_salt;		/* KB_SALT_SIZE, of the verified passcode; NULL: none */
	u32 hardware;			/* enum kb_hardware, of the passcode */
	u32 protector_count;
	u32 class_key_count;
	u32 unknown_count;
	struct kb_protector protectors[KB_FORM_MAX_PROTECTORS];
	struct kb_class_key class_keys[KB_CLASS_SLOTS];
	struct kb_unknown unknown[KB_FORM_MAX_UNKNOWN];
};

/*
 * Magic, length and version of bytes that claim to be a sealed form.
 * Returns 0, -EBADMSG, or -EPROTONOSUPPORT for a newer version: only to be believed once the
 * SHA-256 (the last 32 of @length bytes, over all before them) was found right.
 */
int kb_form_check_header(const u8 *bytes, size_t length);

/*
 * Parses. The caller has checked the header and the SHA-256.
 * Returns 0, -EBADMSG, or -EPROTONOSUPPORT for a newer version or an unknown critical tag.
 */
int kb_form_parse(struct kb_form *form, const u8 *bytes, size_t length);

/* Where a form was refused. */
struct kb_form_place {
	u32 offset;	/* of the TLV; 0: the header; the end of all TLVs: one is missing */
	u16 tag;	/* of it, or of one that is missing or does not suit the others; 0: none */
};

/* The same, and says where it was refused. */
int kb_form_parse_place(struct kb_form *form, const u8 *bytes, size_t length,
			struct kb_form_place *ret_place);

/*
 * Size the form will have, trailer included; 0 when it would be over KB_FORM_MAX_SIZE. Counts and
 * opaque_length must be within their limits; unknown TLVs must be by ascending tag, as parsed.
 */
size_t kb_form_size(const struct kb_form *form);

/*
 * Writes header and TLVs, and leaves KB_FORM_TRAILER_SIZE bytes for the caller to fill in.
 * Returns the size of the whole form, or -EMSGSIZE when @capacity is too small or
 * kb_form_size() is 0. It writes what it is told: a form is known to be sound when it parses.
 */
int kb_form_write(u8 *out, size_t capacity, const struct kb_form *form);

/*
 * The associated data of a protector's sealed keys after UUID and purpose: the record up to and
 * including the verifier. Writes it and returns its length, at most KB_PROTECTOR_AAD_MAX.
 */
#define KB_PROTECTOR_AAD_MAX	(KB_PROTECTOR_FIXED_SIZE + KB_MAX_OPAQUE + KB_VERIFIER_SIZE)
size_t kb_protector_aad(u8 *out, const struct kb_protector *protector);

/* The same of a class key: writes KB_CLASS_KEY_FIXED_SIZE bytes. */
void kb_class_key_aad(u8 *out, const struct kb_class_key *key);

/* The protector with that id, or NULL. */
const struct kb_protector *kb_form_protector(const struct kb_form *form, u32 id);

/* The only protector of that kind; NULL when there is none or more than one. */
const struct kb_protector *kb_form_protector_of(const struct kb_form *form,
						enum kb_protector_kind kind);

/*
 * Whether the form notes that a login has verified its present passcode. A note about another one,
 * left by a version that did not know it, counts for nothing.
 */
bool kb_form_login_verified(const struct kb_form *form);

/* The record of that class, or NULL. */
const struct kb_class_key *kb_form_class_key(const struct kb_form *form, unsigned int class);

#endif /* KEYBAG_FORM_H */
