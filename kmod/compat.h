/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernel versions, from 6.1 on. The only place in kmod/ that may ask for one.
 */
#ifndef _KEYBAG_COMPAT_H
#define _KEYBAG_COMPAT_H

/*
 * crypto_memneq() and the accessors of unaligned integers: their own headers moved, in 6.4 and
 * 6.12; this one has led to both all the time.
 */
#include <crypto/algapi.h>

/* Accessors of struct fd came in 6.12. */
#include <linux/file.h>
#ifndef fd_file
#define fd_file(descriptor)	((descriptor).file)
#endif

/* hrtimer_setup() came in 6.13, and hrtimer_init() went. */
#include <linux/hrtimer.h>
#include <linux/version.h>
#if KERNEL_VERSION(6, 13, 0) > LINUX_VERSION_CODE
#define hrtimer_setup(timer, callback, clock, mode) \
	do { \
		struct hrtimer *timer_ = (timer); \
		hrtimer_init(timer_, clock, mode); \
		timer_->function = (callback); \
	} while (0)
#endif

/*
 * From 6.8 on, arm64 saves the registers of a cipher that is interrupted in the task, where
 * nothing clears them. Later kernels save them on the stack of the driver, and have a pointer here.
 */
#if defined(CONFIG_ARM64) && KERNEL_VERSION(6, 8, 0) <= LINUX_VERSION_CODE
#include <linux/sched.h>
#include <linux/string.h>
#define keybag_saved_vectors_clear() \
	do { \
		if (sizeof(current->thread.kernel_fpsimd_state) > sizeof(void *)) \
			memzero_explicit(&current->thread.kernel_fpsimd_state, \
					 sizeof(current->thread.kernel_fpsimd_state)); \
	} while (0)
#else
#define keybag_saved_vectors_clear()	do { } while (0)
#endif

/* A local variable that CONFIG_INIT_STACK_ALL_ZERO leaves alone. */
#if defined(__CHECKER__) || !__has_attribute(__uninitialized__)
#define KEYBAG_UNINITIALIZED
#else
#define KEYBAG_UNINITIALIZED	__attribute__((__uninitialized__))
#endif

#endif /* _KEYBAG_COMPAT_H */
