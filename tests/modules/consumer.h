/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/keybag-consumer: what keybag_consumer.ko, a user of keybag's exported API, does for tests.
 */
#ifndef KEYBAG_TESTS_CONSUMER_H
#define KEYBAG_TESTS_CONSUMER_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define CONSUMER_DEVICE		"/dev/keybag-consumer"
#define CONSUMER_DATA		512

enum consumer_find {
	CONSUMER_BY_OWNER	= 1,
	CONSUMER_BY_UUID	= 2,
	CONSUMER_SYSTEM		= 3,
	CONSUMER_HELD		= 4,	/* the bag kept by CONSUMER_HOLD */
};

/* CONSUMER_WRAP and _UNWRAP: @data is the secret or the blob, and then the other one. */
struct consumer_operation {
	__u32 find;
	__u32 owner;
	__u8 uuid[16];
	__u8 domain[16];
	__u32 class;
	__u32 length;
	__u32 capacity;		/* told to the API; CONSUMER_DATA at most */
	__u32 aad_length;
	__u8 aad[64];
	__u8 data[CONSUMER_DATA];
};

/* The last notice to the notifier, and what it could do there and then. */
struct consumer_notice {
	__u64 number;		/* of notices so far, 0: none */
	__u8 uuid[16];
	__u32 owner;
	__u32 action;
	__u32 state;
	__u32 reason;
	__s32 unwrapped;	/* result of unwrapping the blob given with CONSUMER_WATCH */
	__s32 wrapped;		/* result of wrapping under class dk */
};

#define CONSUMER_WRAP		_IOWR('c', 1, struct consumer_operation)
#define CONSUMER_UNWRAP		_IOWR('c', 2, struct consumer_operation)
#define CONSUMER_HOLD		_IOW('c', 3, struct consumer_operation)
#define CONSUMER_RELEASE	_IO('c', 4)
#define CONSUMER_WATCH		_IOW('c', 5, struct consumer_operation)
#define CONSUMER_NOTICE		_IOR('c', 6, struct consumer_notice)
#define CONSUMER_UNWATCH	_IO('c', 7)

#endif /* KEYBAG_TESTS_CONSUMER_H */
