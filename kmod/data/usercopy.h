/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies between user memory and the buffer of an operation.
 *
 * copy_from_user() and its like look up which allocation the kernel's side of the copy lies in
 * (hardened usercopy), which costs as much as a tenth of an unwrap. Every length that reaches
 * these was compared with the size of the buffer before, so they go without.
 */
#ifndef _KEYBAG_USERCOPY_H
#define _KEYBAG_USERCOPY_H

#include <linux/instrumented.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>

/* Returns 0 or -EFAULT; then what could not be read is zero in @to. */
static __always_inline int keybag_copy_in(void *to, const void __user *from, size_t length)
{
#ifdef INLINE_COPY_FROM_USER
	return copy_from_user(to, from, length) ? -EFAULT : 0;
#else
	return unlikely(_copy_from_user(to, from, length)) ? -EFAULT : 0;
#endif
}

/* Returns 0 or -EFAULT. */
static __always_inline int keybag_copy_out(void __user *to, const void *from, size_t length)
{
#ifdef INLINE_COPY_TO_USER
	return copy_to_user(to, from, length) ? -EFAULT : 0;
#else
	return unlikely(_copy_to_user(to, from, length)) ? -EFAULT : 0;
#endif
}

/* Where nothing may sleep. Returns 0, -EFAULT (no user memory), or -EAGAIN for a page fault. */
static __always_inline int keybag_copy_out_nofault(void __user *to, const void *from, size_t length)
{
	unsigned long left;

	if (unlikely(!access_ok(to, length)))
		return -EFAULT;
	pagefault_disable();
	instrument_copy_to_user(to, from, length);
	left = raw_copy_to_user(to, from, length);
	pagefault_enable();
	return unlikely(left) ? -EAGAIN : 0;
}

/*
 * Results of versioned structures: as much as the caller's structure of @user_size has room for,
 * what it has more of is zero. Returns 0 or -EFAULT.
 */
static inline int keybag_copy_struct_to_user(void __user *to, size_t user_size, const void *from,
					     size_t size)
{
	if (user_size > size && clear_user(to + size, user_size - size))
		return -EFAULT;
	return copy_to_user(to, from, min(user_size, size)) ? -EFAULT : 0;
}

#endif /* _KEYBAG_USERCOPY_H */
