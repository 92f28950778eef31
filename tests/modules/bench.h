/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/keybag-bench: what the data path of keybag is measured against.
 */
#ifndef KEYBAG_TESTS_BENCH_H
#define KEYBAG_TESTS_BENCH_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define BENCH_DEVICE		"/dev/keybag-bench"

/* BENCH_NULL: enters the kernel, copies this from the caller, and leaves. */
struct bench_null {
	__u8 bytes[64];
};

/* BENCH_LOOP: the bare cipher, @count times inside the kernel. */
struct bench_loop {
	__u32 count;
	__u32 decrypt;
	__u32 length;
	__u32 aad_length;
	__u64 total_ns;		/* out; an empty loop's is subtracted */
};

/* BENCH_HASH: two blocks of SHA-256, @count times inside the kernel. */
struct bench_hash {
	__u32 count;
	__u32 reserved;
	__u64 total_ns;		/* out */
};

#define BENCH_NULL		_IOW('b', 1, struct bench_null)
#define BENCH_LOOP		_IOWR('b', 2, struct bench_loop)
#define BENCH_HASH		_IOWR('b', 4, struct bench_hash)
/* BENCH_WRAP(size): struct keybag_wrap, but with 12 random bytes for a nonce. */
#define BENCH_WRAP_NUMBER	3
#define BENCH_WRAP(size)	_IOC(_IOC_WRITE, 'b', BENCH_WRAP_NUMBER, (size))

#endif /* KEYBAG_TESTS_BENCH_H */
