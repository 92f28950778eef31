// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "format.h"

#include <stdlib.h>
#include <string.h>

#define TLV_HEADER	8
#define TAG_NUMBER(tag)	((tag) & 0x7fff)

static __u8 *first_tlv(const struct bag *bag)
{
	return (__u8 *)bag->form + FORM_HEADER_SIZE;
}

static __u8 *tlv_end(const struct bag *bag)
{
	return (__u8 *)bag->form + bag->form_length - FORM_TRAILER_SIZE;
}

static __u32 tlv_tag(const __u8 *tlv)
{
	return tlv[0] | (__u32)tlv[1] << 8;
}

static __u8 *next_tlv(const __u8 *tlv)
{
	return (__u8 *)tlv + TLV_HEADER + get_u32(tlv + 4);
}

__u8 *form_find(const struct bag *bag, __u32 tag, unsigned int number, __u32 *length)
{
	__u8 *tlv, *end = tlv_end(bag);

	for (tlv = first_tlv(bag); tlv < end; tlv = next_tlv(tlv)) {
		if (tlv_tag(tlv) != tag || number--)
			continue;
		if (length)
			*length = get_u32(tlv + 4);
		return tlv + TLV_HEADER;
	}
	return NULL;
}

static void put_tlv(struct bag *bag, __u8 *at, __u32 tag, struct bytes value)
{
	const size_t size = TLV_HEADER + value.length;

	if (bag->form_length + size > sizeof(bag->form))
		abort();
	memmove(at + size, at, (size_t)(bag->form + bag->form_length - at));
	at[0] = (__u8)tag;
	at[1] = (__u8)(tag >> 8);
	at[2] = 0;
	at[3] = 0;
	put_u32(at + 4, (__u32)value.length);
	if (value.length)
		memcpy(at + TLV_HEADER, value.at, value.length);
	bag->form_length += (__u32)size;
}

void form_insert(struct bag *bag, __u32 tag, struct bytes value)
{
	__u8 *tlv, *end = tlv_end(bag);

	for (tlv = first_tlv(bag); tlv < end; tlv = next_tlv(tlv))
		if (TAG_NUMBER(tlv_tag(tlv)) > TAG_NUMBER(tag))
			break;
	put_tlv(bag, tlv, tag, value);
}

void form_append(struct bag *bag, __u32 tag, struct bytes value)
{
	put_tlv(bag, tlv_end(bag), tag, value);
}

void form_trailer(__u8 trailer[FORM_TRAILER_SIZE], const struct bag *bag,
		  const struct device_subkeys *device, const __u8 bag_key[KEY_SIZE])
{
	const size_t body = bag->form_length - FORM_TRAILER_SIZE;
	__u8 form_mac[KEY_SIZE], whole[KEYBAG_MAX_FORM];

	derive(form_mac, KEY_SIZE, BYTES(bag->uuid), "form mac",
	       (struct bytes){ bag_key, KEY_SIZE }, NULL, NULL);
	memcpy(whole, bag->form, body);
	hmac_sha256(trailer, device->mac, (struct bytes){ whole, body });
	hmac_sha256(trailer + MAC_SIZE, form_mac, (struct bytes){ whole, body });
	memcpy(whole + body, trailer, 2 * MAC_SIZE);
	sha256(trailer + 2 * MAC_SIZE, (struct bytes){ whole, body + 2 * MAC_SIZE });
}

void form_reseal(struct bag *bag, const struct device_subkeys *device)
{
	const size_t body = bag->form_length - FORM_TRAILER_SIZE;
	__u8 *trailer = bag->form + body;

	put_u32(bag->form + 12, bag->form_length);
	if (device)
		hmac_sha256(trailer, device->mac, (struct bytes){ bag->form, body });
	sha256(trailer + 2 * MAC_SIZE, (struct bytes){ bag->form, body + 2 * MAC_SIZE });
}
