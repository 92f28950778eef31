/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * docs/format.md read and written in userspace, independent of the code the module is built from:
 * sealed forms, records and blobs of bags whose device key and secrets the test knows.
 *
 * Functions return 0 or a length, or -EBADMSG.
 */
#ifndef KEYBAG_SELFTEST_FORMAT_H
#define KEYBAG_SELFTEST_FORMAT_H

#include "bag.h"
#include "crypto.h"

#define SEALED_KEY_SIZE		60
#define FORM_HEADER_SIZE	16
#define FORM_TRAILER_SIZE	96
#define RECORD_SIZE		180

enum form_tag {
	TAG_TYPE		= 0x8001,
	TAG_OWNER		= 0x8002,
	TAG_UUID		= 0x8003,
	TAG_DEVICE_KEY_ID	= 0x8004,
	TAG_GENERATION		= 0x8005,
	TAG_RECOVERY_CHOICE	= 0x0006,
	TAG_PROTECTOR		= 0x8010,
	TAG_CLASS_KEY		= 0x8020,
};

/* Keys that are derived from the device key. */
struct device_subkeys {
	__u8 mac[KEY_SIZE];
	__u8 counter[KEY_SIZE];
	__u8 dk[KEY_SIZE];
	__u8 dku[KEY_SIZE];
	__u8 tdo[KEY_SIZE];
	__u8 kek[KEY_SIZE];
	__u8 id[KEYBAG_DEVICE_KEY_ID_SIZE];
};

/* A protector as it lies in a form. */
struct protector_view {
	const __u8 *record;	/* its first byte */
	__u32 id;
	__u32 kind;
	const __u8 *salt;
	const __u8 *verifier;
	const __u8 *sealed[2];	/* K_bag; K_akpu or NULL */
};

/* A class key as it lies in a form. */
struct class_view {
	const __u8 *record;
	__u32 class;
	__u32 algorithm;
	__u32 copies;
	__u32 generation;
	const __u8 *public_half;
	const __u8 *sealed[2];
};

/* Subkeys of a class key or child key. */
struct data_keys {
	__u8 encrypt[KEY_SIZE];
	__u8 child[KEY_SIZE];	/* of a class key */
	__u8 mac[KEY_SIZE];	/* of a child key */
	__u8 nonce[KEY_SIZE];
};

struct record_content {
	__u64 sequence;
	__u32 failures;
	struct {
		__u32 generation;
		__u32 steps;
	} wraps[16];
};

__u32 get_u32(const __u8 *at);
__u64 get_u64(const __u8 *at);
void put_u32(__u8 *at, __u32 value);
void put_u64(__u8 *at, __u64 value);

void device_subkeys(struct device_subkeys *keys, const __u8 device_key[KEY_SIZE]);

/* Writes a sealed key (docs/format.md, Sealing inside the bag), SEALED_KEY_SIZE bytes. */
void seal_key(__u8 *out, const __u8 *uuid, const __u8 key[KEY_SIZE], struct bytes aad,
	      const __u8 plaintext[KEY_SIZE]);
int open_key(__u8 plaintext[KEY_SIZE], const __u8 *uuid, const __u8 key[KEY_SIZE], struct bytes aad,
	     const __u8 *sealed);

/*
 * The value of the @number-th TLV with that tag; NULL when there is none. @length of it may be
 * NULL.
 */
__u8 *form_find(const struct bag *bag, __u32 tag, unsigned int number, __u32 *length);
/* Puts a TLV where its number belongs, or as the very last one. */
void form_insert(struct bag *bag, __u32 tag, struct bytes value);
void form_append(struct bag *bag, __u32 tag, struct bytes value);

int form_protector(const struct bag *bag, __u32 kind, struct protector_view *view);
int form_class(const struct bag *bag, __u32 class, struct class_view *view);

/* Verifier and KEK of a secret for that protector. */
void protector_keys(__u8 verifier[KEY_SIZE], __u8 kek[KEY_SIZE], const struct secret *secret,
		    const __u8 *salt, const struct device_subkeys *device);
/* Checks the verifier and opens K_bag (0) or K_akpu (1) of the protector of that secret. */
int form_open_bag_key(const struct bag *bag, const struct device_subkeys *device,
		      const struct secret *secret, unsigned int which, __u8 key[KEY_SIZE]);
/* Opens copy @copy of a class key, @bag_key being K_bag, or K_akpu for akpu. */
int form_open_class_key(const struct bag *bag, const struct device_subkeys *device,
			const __u8 bag_key[KEY_SIZE], __u32 class, unsigned int copy,
			__u8 key[KEY_SIZE]);

/* The three values at the end of a form as they should be. */
void form_trailer(__u8 trailer[FORM_TRAILER_SIZE], const struct bag *bag,
		  const struct device_subkeys *device, const __u8 bag_key[KEY_SIZE]);
/* Corrects length and SHA-256, after an attack on the file; with @device the device MAC too. */
void form_reseal(struct bag *bag, const struct device_subkeys *device);

int record_open(struct record_content *content, const struct bag *bag,
		const struct device_subkeys *device);
/* Puts a record with that content in bag->record. */
void record_seal(struct bag *bag, const struct device_subkeys *device,
		 const struct record_content *content);

void class_data_keys(struct data_keys *keys, const __u8 class_key[KEY_SIZE]);
/* K_auth, from the class key of D. */
void authentic_key(__u8 authentic[KEY_SIZE], const __u8 class_d[KEY_SIZE]);
/*
 * Those of one blob of class B, from the secret both pairs share, from both public halves, and from
 * K_auth. NULL: left out, as by those who do not know it.
 */
void agreed_data_keys(struct data_keys *keys, const __u8 shared[KEY_SIZE],
		      const __u8 ephemeral[KEY_SIZE], const __u8 class_public[KEY_SIZE],
		      const __u8 *authentic);
void child_data_keys(struct data_keys *keys, const __u8 child_key[KEY_SIZE]);
/* Opens a blob with a GCM key. Returns the length of the plaintext. */
int blob_open(void *plaintext, const __u8 key[KEY_SIZE], const __u8 *blob, size_t length,
	      struct bytes aad);
/* Completes a blob whose header is written. Returns its length. */
int blob_seal(__u8 *blob, const __u8 key[KEY_SIZE], const __u8 nonce_key[KEY_SIZE],
	      struct bytes plaintext, struct bytes aad);

#endif /* KEYBAG_SELFTEST_FORMAT_H */
