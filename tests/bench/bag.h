/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An unlocked bag to measure with, and the operations measured. Any failure ends the program.
 */
#ifndef KEYBAG_BENCH_BAG_H
#define KEYBAG_BENCH_BAG_H

#include <keybag.h>

#define SECRET_LENGTH	32
#define AAD_LENGTH	36
#define BLOB_LENGTH	(SECRET_LENGTH + KEYBAG_BLOB_OVERHEAD)
#define BATCH		64
/* Size of a search term in a keychain: a name under two keys. */
#define MAC_LENGTH	28
#define MACS		2

/* Descriptor and buffers with which one process measures. */
struct bench {
	int fd;		/* bound to the bag */
	/* UNWRAP: the structure, blob, associated data. */
	_Alignas(8) __u8 unwrap[sizeof(struct keybag_unwrap) + BLOB_LENGTH + AAD_LENGTH];
	/* WRAP: the structure, associated data. */
	_Alignas(8) __u8 wrap[sizeof(struct keybag_wrap) + AAD_LENGTH];
	struct keybag_item items[BATCH];
	struct keybag_item macs[MACS];
	__u8 mac[MACS][KEYBAG_MAC_SIZE];
	__u8 blob[BLOB_LENGTH];
	__u8 secret[SECRET_LENGTH];
	__u8 secrets[BATCH][SECRET_LENGTH];
};

/* Ends the program with a line that says what failed. */
void fail(const char *what) __attribute__((noreturn));

/* Makes and unlocks a bag; for root, on a machine that has no device key or the tests' own. */
void bag_make(void);
void bag_unlock(void);
void bag_lock(void);

/* A descriptor of its own, and everything laid out. */
void bench_open(struct bench *bench);
void bench_close(struct bench *bench);

void bench_unwrap(struct bench *bench);
void bench_wrap(struct bench *bench);
void bench_batch(struct bench *bench);
void bench_macs(struct bench *bench);

#endif /* KEYBAG_BENCH_BAG_H */
