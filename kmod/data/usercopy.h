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
#include "../compat.h"

/* Returns 0 or -EFAULT; then what could not be read is zero in @to. */
static __always_inline int keybag_copy_in(void *to, const void __user *from, size_t length)
{
#ifdef INLINE_COPY_FROM_USER
	return copy_from_user(to, from, length) ? -EFAULT : 0;
#else
	return unlikely(_copy_from_user(to, from, length)) ? -EFAULT : 0;
#endif
}

/* Up to this length, data is copied word by word: a call of copy_from_user() costs more. */
#define KEYBAG_COPY_SHORT	256

/* Between user_read_access_begin(), of all that is read, and its end. False on a fault. */
static __always_inline bool keybag_copy_in_words(u8 *to, const u8 __user *from, size_t length)
{
	u64 eight, next;
	u32 four;

	for (; length >= 2 * sizeof(eight); length -= 2 * sizeof(eight)) {
		unsafe_get_user(eight, (u64 __user *)from, fault);
		unsafe_get_user(next, (u64 __user *)(from + sizeof(eight)), fault);
		put_unaligned(eight, (u64 *)to);
		put_unaligned(next, (u64 *)(to + sizeof(eight)));
		from += 2 * sizeof(eight);
		to += 2 * sizeof(eight);
	}
	if (length >= sizeof(eight)) {
		unsafe_get_user(eight, (u64 __user *)from, fault);
		put_unaligned(eight, (u64 *)to);
		from += sizeof(eight);
		to += sizeof(eight);
		length -= sizeof(eight);
	}
	if (length >= sizeof(four)) {
		unsafe_get_user(four, (u32 __user *)from, fault);
		put_unaligned(four, (u32 *)to);
		from += sizeof(four);
		to += sizeof(four);
		length -= sizeof(four);
	}
	for (; length; length--) {
		unsafe_get_user(*to, from, fault);
		from++;
		to++;
	}
	return true;
fault:
	return false;
}

static inline bool keybag_copy_short(size_t length)
{
	return IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) && length <= KEYBAG_COPY_SHORT;
}

/* As keybag_copy_in(), for what is mostly short. */
static __always_inline int keybag_copy_in_short(void *to, const void __user *from, size_t length)
{
	bool done;

	if (unlikely(!keybag_copy_short(length)))
		return keybag_copy_in(to, from, length);
	/* Where there is nothing to read, the address does not count. */
	if (unlikely(!user_read_access_begin(from, length)))
		return length ? -EFAULT : 0;
	done = keybag_copy_in_words(to, from, length);
	user_read_access_end();
	return likely(done) ? 0 : -EFAULT;
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

/* Whether words can be written there: some machines make a fault of what is not aligned. */
static __always_inline bool keybag_copy_words_fit(u64 address)
{
	return IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) || !(address % sizeof(u64));
}

/* The same for what is of four words, as keys are, to where words fit. */
static __always_inline int keybag_copy_key_out_nofault(u64 __user *to, const u64 *from)
{
	pagefault_disable();
	if (unlikely(!user_write_access_begin(to, 4 * sizeof(u64)))) {
		pagefault_enable();
		return -EFAULT;
	}
	unsafe_put_user(from[0], to, fault);
	unsafe_put_user(from[1], to + 1, fault);
	unsafe_put_user(from[2], to + 2, fault);
	unsafe_put_user(from[3], to + 3, fault);
	user_write_access_end();
	pagefault_enable();
	return 0;
fault:
	user_write_access_end();
	pagefault_enable();
	return -EAGAIN;
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
