// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PROTECTOR_FIXED		56	/* before the opaque bytes */
#define CLASS_KEY_FIXED		40	/* before the sealed keys */
#define RECORD_HEADER		16
#define RECORD_CONTENT		136
#define MAX_AAD			2048

__u32 get_u32(const __u8 *at)
{
	return at[0] | (__u32)at[1] << 8 | (__u32)at[2] << 16 | (__u32)at[3] << 24;
}

__u64 get_u64(const __u8 *at)
{
	return get_u32(at) | (__u64)get_u32(at + 4) << 32;
}

void put_u32(__u8 *at, __u32 value)
{
	at[0] = (__u8)value;
	at[1] = (__u8)(value >> 8);
	at[2] = (__u8)(value >> 16);
	at[3] = (__u8)(value >> 24);
}

void put_u64(__u8 *at, __u64 value)
{
	put_u32(at, (__u32)value);
	put_u32(at + 4, (__u32)(value >> 32));
}

void device_subkeys(struct device_subkeys *keys, const __u8 device_key[KEY_SIZE])
{
	const struct bytes key = { device_key, KEY_SIZE };

	derive(keys->mac, KEY_SIZE, NO_BYTES, "device mac", key, NULL, NULL);
	derive(keys->counter, KEY_SIZE, NO_BYTES, "device counter", key, NULL, NULL);
	derive(keys->dk, KEY_SIZE, NO_BYTES, "device dk", key, NULL, NULL);
	derive(keys->dku, KEY_SIZE, NO_BYTES, "device dku", key, NULL, NULL);
	derive(keys->tdo, KEY_SIZE, NO_BYTES, "device tdo", key, NULL, NULL);
	derive(keys->kek, KEY_SIZE, NO_BYTES, "device kek", key, NULL, NULL);
	derive(keys->id, sizeof(keys->id), NO_BYTES, "device id", key, NULL, NULL);
}

static void seal_subkeys(__u8 encrypt[KEY_SIZE], __u8 nonce[KEY_SIZE], const __u8 *uuid,
			 const __u8 key[KEY_SIZE])
{
	const struct bytes salt = { uuid, KEYBAG_UUID_SIZE }, input = { key, KEY_SIZE };

	derive(encrypt, KEY_SIZE, salt, "seal encrypt", input, NULL, NULL);
	derive(nonce, KEY_SIZE, salt, "seal nonce", input, NULL, NULL);
}

static void seal(__u8 *out, const __u8 *uuid, const __u8 key[KEY_SIZE], struct bytes aad,
		 struct bytes plaintext)
{
	__u8 encrypt[KEY_SIZE], nonce[KEY_SIZE];

	seal_subkeys(encrypt, nonce, uuid, key);
	hedged_nonce(out, nonce, aad, plaintext);
	gcm_seal(out + NONCE_SIZE, encrypt, out, aad, plaintext);
}

static int unseal(void *plaintext, const __u8 *uuid, const __u8 key[KEY_SIZE], struct bytes aad,
		  const __u8 *sealed, size_t length)
{
	__u8 encrypt[KEY_SIZE], nonce[KEY_SIZE];

	seal_subkeys(encrypt, nonce, uuid, key);
	return gcm_open(plaintext, encrypt, sealed, aad,
			(struct bytes){ sealed + NONCE_SIZE, length - NONCE_SIZE });
}

void seal_key(__u8 *out, const __u8 *uuid, const __u8 key[KEY_SIZE], struct bytes aad,
	      const __u8 plaintext[KEY_SIZE])
{
	seal(out, uuid, key, aad, (struct bytes){ plaintext, KEY_SIZE });
}

int open_key(__u8 plaintext[KEY_SIZE], const __u8 *uuid, const __u8 key[KEY_SIZE], struct bytes aad,
	     const __u8 *sealed)
{
	int length = unseal(plaintext, uuid, key, aad, sealed, SEALED_KEY_SIZE);

	return length < 0 ? length : 0;
}

int form_protector(const struct bag *bag, __u32 kind, struct protector_view *view)
{
	unsigned int number;
	const __u8 *record;
	__u32 length, opaque;

	for (number = 0; (record = form_find(bag, TAG_PROTECTOR, number, &length)); number++) {
		if (record[4] != kind)
			continue;
		opaque = get_u32(record + PROTECTOR_FIXED - 4);
		view->record = record;
		view->id = get_u32(record);
		view->kind = kind;
		view->salt = record + 20;
		view->verifier = record + PROTECTOR_FIXED + opaque;
		view->sealed[0] = view->verifier + KEY_SIZE;
		view->sealed[1] = kind == KEYBAG_PROTECTOR_PASSCODE ?
					  view->sealed[0] + SEALED_KEY_SIZE :
					  NULL;
		return 0;
	}
	return -ENOENT;
}

int form_class(const struct bag *bag, __u32 class, struct class_view *view)
{
	unsigned int number;
	const __u8 *record;

	for (number = 0; (record = form_find(bag, TAG_CLASS_KEY, number, NULL)); number++) {
		if (record[0] != class)
			continue;
		view->record = record;
		view->class = class;
		view->algorithm = record[1];
		view->copies = record[2];
		view->generation = get_u32(record + 4);
		view->public_half = record + 8;
		view->sealed[0] = record + CLASS_KEY_FIXED;
		view->sealed[1] = record + CLASS_KEY_FIXED + SEALED_KEY_SIZE;
		return 0;
	}
	return -ENOENT;
}

void protector_keys(__u8 verifier[KEY_SIZE], __u8 kek[KEY_SIZE], const struct secret *secret,
		    const __u8 *salt_at, const struct device_subkeys *device)
{
	const struct bytes salt = { salt_at, KEYBAG_SALT_SIZE };
	const struct bytes input = { secret->bytes, secret->length },
			   device_kek = BYTES(device->kek);
	const struct bytes hardware = NO_BYTES;

	switch (secret->kind) {
	case KEYBAG_PROTECTOR_PASSCODE:
		derive(verifier, KEY_SIZE, salt, "passcode verifier", input, &device_kek,
		       &hardware);
		derive(kek, KEY_SIZE, salt, "passcode kek", input, &device_kek, &hardware);
		return;
	case KEYBAG_PROTECTOR_RECOVERY:
		derive(verifier, KEY_SIZE, salt, "recovery verifier", input, NULL, NULL);
		derive(kek, KEY_SIZE, salt, "recovery kek", input, NULL, NULL);
		return;
	case KEYBAG_PROTECTOR_ESCROW:
		derive(verifier, KEY_SIZE, salt, "escrow verifier", input, NULL, NULL);
		derive(kek, KEY_SIZE, salt, "escrow kek", input, NULL, NULL);
		return;
	case KEYBAG_PROTECTOR_BACKUP:
		derive(verifier, KEY_SIZE, salt, "backup verifier", input, NULL, NULL);
		derive(kek, KEY_SIZE, salt, "backup kek", input, NULL, NULL);
		return;
	case KEYBAG_PROTECTOR_NONE:
		derive(verifier, KEY_SIZE, salt, "none verifier", device_kek, NULL, NULL);
		derive(kek, KEY_SIZE, salt, "none kek", device_kek, NULL, NULL);
		return;
	}
	abort();
}

int form_open_bag_key(const struct bag *bag, const struct device_subkeys *device,
		      const struct secret *secret, unsigned int which, __u8 key[KEY_SIZE])
{
	__u8 verifier[KEY_SIZE], kek[KEY_SIZE], aad[MAX_AAD], *end;
	struct protector_view view;

	if (form_protector(bag, secret->kind, &view) || !view.sealed[which])
		return -EBADMSG;
	protector_keys(verifier, kek, secret, view.salt, device);
	if (memcmp(verifier, view.verifier, KEY_SIZE))
		return -EBADMSG;

	end = mempcpy(aad, bag->uuid, KEYBAG_UUID_SIZE);
	put_u32(end, which + 1);
	end = mempcpy(end + 4, view.record, (size_t)(view.sealed[0] - view.record));
	return open_key(key, bag->uuid, kek, (struct bytes){ aad, (size_t)(end - aad) },
			view.sealed[which]);
}

/* The key that wraps copy @copy of a class key. */
static void wrapping_key(__u8 out[KEY_SIZE], const struct bag *bag,
			 const struct device_subkeys *device, const __u8 bag_key[KEY_SIZE],
			 __u32 class, unsigned int copy)
{
	const struct bytes tdo = BYTES(device->tdo);

	switch (class) {
	case KEYBAG_CLASS_AKU:
	case KEYBAG_CLASS_CKU:
	case KEYBAG_CLASS_AKPU:
		derive(out, KEY_SIZE, BYTES(bag->uuid), "this device only",
		       (struct bytes){ bag_key, KEY_SIZE }, &tdo, NULL);
		return;
	case KEYBAG_CLASS_DKU:
		memcpy(out, device->dku, KEY_SIZE);
		return;
	case KEYBAG_CLASS_DK:
	case KEYBAG_CLASS_D:
		memcpy(out, copy ? bag_key : device->dk, KEY_SIZE);
		return;
	default:
		memcpy(out, bag_key, KEY_SIZE);
		return;
	}
}

int form_open_class_key(const struct bag *bag, const struct device_subkeys *device,
			const __u8 bag_key[KEY_SIZE], __u32 class, unsigned int copy,
			__u8 key[KEY_SIZE])
{
	__u8 wrapping[KEY_SIZE], aad[KEYBAG_UUID_SIZE + CLASS_KEY_FIXED];
	struct class_view view;

	if (form_class(bag, class, &view) || copy >= view.copies)
		return -EBADMSG;
	wrapping_key(wrapping, bag, device, bag_key, class, copy);
	memcpy(aad, bag->uuid, KEYBAG_UUID_SIZE);
	memcpy(aad + KEYBAG_UUID_SIZE, view.record, CLASS_KEY_FIXED);
	return open_key(key, bag->uuid, wrapping, BYTES(aad), view.sealed[copy]);
}

static size_t record_aad(__u8 *aad, const struct bag *bag, const __u8 *record)
{
	memcpy(aad, bag->uuid, KEYBAG_UUID_SIZE);
	memcpy(aad + KEYBAG_UUID_SIZE, record, RECORD_HEADER);
	return KEYBAG_UUID_SIZE + RECORD_HEADER;
}

int record_open(struct record_content *content, const struct bag *bag,
		const struct device_subkeys *device)
{
	__u8 aad[KEYBAG_UUID_SIZE + RECORD_HEADER], plaintext[RECORD_CONTENT];
	unsigned int class;
	int length;

	if (bag->record_length != RECORD_SIZE || get_u32(bag->record) != 1 ||
	    get_u32(bag->record + 4) != RECORD_SIZE)
		return -EBADMSG;
	record_aad(aad, bag, bag->record);
	length = unseal(plaintext, bag->uuid, device->counter, BYTES(aad),
			bag->record + RECORD_HEADER, RECORD_SIZE - RECORD_HEADER);
	if (length != RECORD_CONTENT)
		return -EBADMSG;
	content->sequence = get_u64(bag->record + 8);
	content->failures = get_u32(plaintext);
	for (class = 0; class < 16; class++) {
		content->wraps[class].generation = get_u32(plaintext + 8 + 8 * class);
		content->wraps[class].steps = get_u32(plaintext + 12 + 8 * class);
	}
	return 0;
}

void record_seal(struct bag *bag, const struct device_subkeys *device,
		 const struct record_content *content)
{
	__u8 aad[KEYBAG_UUID_SIZE + RECORD_HEADER], plaintext[RECORD_CONTENT] = {};
	unsigned int class;

	put_u32(bag->record, 1);
	put_u32(bag->record + 4, RECORD_SIZE);
	put_u64(bag->record + 8, content->sequence);
	put_u32(plaintext, content->failures);
	for (class = 0; class < 16; class++) {
		put_u32(plaintext + 8 + 8 * class, content->wraps[class].generation);
		put_u32(plaintext + 12 + 8 * class, content->wraps[class].steps);
	}
	record_aad(aad, bag, bag->record);
	seal(bag->record + RECORD_HEADER, bag->uuid, device->counter, BYTES(aad), BYTES(plaintext));
	bag->record_length = RECORD_SIZE;
}

void class_data_keys(struct data_keys *keys, const __u8 class_key[KEY_SIZE])
{
	const struct bytes key = { class_key, KEY_SIZE };

	memset(keys, 0, sizeof(*keys));
	derive(keys->encrypt, KEY_SIZE, NO_BYTES, "class encrypt", key, NULL, NULL);
	derive(keys->child, KEY_SIZE, NO_BYTES, "class child", key, NULL, NULL);
	derive(keys->nonce, KEY_SIZE, NO_BYTES, "class nonce", key, NULL, NULL);
}

void child_data_keys(struct data_keys *keys, const __u8 child_key[KEY_SIZE])
{
	const struct bytes key = { child_key, KEY_SIZE };

	memset(keys, 0, sizeof(*keys));
	derive(keys->encrypt, KEY_SIZE, NO_BYTES, "child encrypt", key, NULL, NULL);
	derive(keys->mac, KEY_SIZE, NO_BYTES, "child mac", key, NULL, NULL);
	derive(keys->nonce, KEY_SIZE, NO_BYTES, "child nonce", key, NULL, NULL);
}

void authentic_key(__u8 authentic[KEY_SIZE], const __u8 class_d[KEY_SIZE])
{
	const struct bytes key = { class_d, KEY_SIZE };

	derive(authentic, KEY_SIZE, NO_BYTES, "unless open authentic", key, NULL, NULL);
}

void agreed_data_keys(struct data_keys *keys, const __u8 shared[KEY_SIZE],
		      const __u8 ephemeral[KEY_SIZE], const __u8 class_public[KEY_SIZE],
		      const __u8 *authentic)
{
	const struct bytes parts[] = {
		{ shared, KEY_SIZE }, { ephemeral, KEY_SIZE }, { class_public, KEY_SIZE },
		{ authentic, KEY_SIZE },
	};
	const size_t count = authentic ? 4 : 3;

	memset(keys, 0, sizeof(*keys));
	derive_parts(keys->encrypt, KEY_SIZE, NO_BYTES, "unless open encrypt", parts, count);
	derive_parts(keys->nonce, KEY_SIZE, NO_BYTES, "unless open nonce", parts, count);
}

static struct bytes blob_aad(__u8 *out, const __u8 *blob, struct bytes aad)
{
	memcpy(out, blob, KEYBAG_BLOB_HEADER_SIZE);
	put_u32(out + KEYBAG_BLOB_HEADER_SIZE, (__u32)aad.length);
	if (aad.length)
		memcpy(out + KEYBAG_BLOB_HEADER_SIZE + 4, aad.at, aad.length);
	return (struct bytes){ out, KEYBAG_BLOB_HEADER_SIZE + 4 + aad.length };
}

int blob_open(void *plaintext, const __u8 key[KEY_SIZE], const __u8 *blob, size_t length,
	      struct bytes aad)
{
	__u8 whole_aad[KEYBAG_BLOB_HEADER_SIZE + 4 + KEYBAG_MAX_AAD];
	const __u8 *sealed = blob + KEYBAG_BLOB_HEADER_SIZE + NONCE_SIZE;

	return gcm_open(plaintext, key, blob + KEYBAG_BLOB_HEADER_SIZE,
			blob_aad(whole_aad, blob, aad),
			(struct bytes){ sealed, length - (size_t)(sealed - blob) });
}

int blob_seal(__u8 *blob, const __u8 key[KEY_SIZE], const __u8 nonce_key[KEY_SIZE],
	      struct bytes plaintext, struct bytes aad)
{
	__u8 whole_aad[KEYBAG_BLOB_HEADER_SIZE + 4 + KEYBAG_MAX_AAD];
	const struct bytes authenticated = blob_aad(whole_aad, blob, aad);
	__u8 *nonce = blob + KEYBAG_BLOB_HEADER_SIZE;

	hedged_nonce(nonce, nonce_key, authenticated, plaintext);
	gcm_seal(nonce + NONCE_SIZE, key, nonce, authenticated, plaintext);
	return (int)plaintext.length + KEYBAG_BLOB_OVERHEAD;
}
