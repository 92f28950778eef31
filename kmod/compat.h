/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernel versions, from 6.1 on. The only place in kmod/ that may ask for one.
 */
#ifndef _KEYBAG_COMPAT_H
#define _KEYBAG_COMPAT_H

#include <linux/version.h>

/* crypto_memneq() moved in 6.4. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#include <crypto/algapi.h>
#else
#include <crypto/utils.h>
#endif

/* So did this in 6.12. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#include <asm/unaligned.h>
#else
#include <linux/unaligned.h>
#endif

/* Accessors of struct fd came in 6.12. */
#include <linux/file.h>
#ifndef fd_file
#define fd_file(descriptor)	((descriptor).file)
#endif

/* A local variable that CONFIG_INIT_STACK_ALL_ZERO leaves alone. */
#if defined(__CHECKER__) || !__has_attribute(__uninitialized__)
#define KEYBAG_UNINITIALIZED
#else
#define KEYBAG_UNINITIALIZED	__attribute__((__uninitialized__))
#endif

#endif /* _KEYBAG_COMPAT_H */
