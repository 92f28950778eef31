/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * What the portable core needs of its surroundings: fixed-width integers, memory functions, errno.
 * The same files compile into the kernel module, the helper, tests and fuzzers.
 */
#ifndef KEYBAG_PORT_H
#define KEYBAG_PORT_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#endif

#endif /* KEYBAG_PORT_H */
