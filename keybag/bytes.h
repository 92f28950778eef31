/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Little-endian integers at any alignment.
 */
#ifndef KEYBAG_BYTES_H
#define KEYBAG_BYTES_H

#include "port.h"

static inline u16 kb_get_le16(const u8 *in)
{
	return (u16)(in[0] | in[1] << 8);
}

static inline u32 kb_get_le32(const u8 *in)
{
	return (u32)kb_get_le16(in) | (u32)kb_get_le16(in + 2) << 16;
}

static inline u64 kb_get_le64(const u8 *in)
{
	return (u64)kb_get_le32(in) | (u64)kb_get_le32(in + 4) << 32;
}

static inline void kb_put_le16(u8 *out, u16 value)
{
	out[0] = (u8)value;
	out[1] = (u8)(value >> 8);
}

static inline void kb_put_le32(u8 *out, u32 value)
{
	kb_put_le16(out, (u16)value);
	kb_put_le16(out + 2, (u16)(value >> 16));
}

static inline void kb_put_le64(u8 *out, u64 value)
{
	kb_put_le32(out, (u32)value);
	kb_put_le32(out + 4, (u32)(value >> 32));
}

#endif /* KEYBAG_BYTES_H */
