// SPDX-License-Identifier: GPL-2.0-only
/* vm: fresh */
/*
 * No cipher copies what it works on to memory of its own, which it would neither wipe nor get
 * without waiting: the kernel's allocations are traced while operations of all sizes run. Ciphers
 * do that where a block straddles two pages, and, some drivers, where content is not aligned.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"

#define TRACING		"/sys/kernel/tracing"
#define INSTANCE	TRACING "/instances/keybag-copies"
/* Size of the trace, with a stack to each allocation. */
#define ROOM		(4 << 20)

static int put(const char *file, const char *text)
{
	char path[256];
	int fd, result = 0;

	snprintf(path, sizeof(path), "%s/%s", INSTANCE, file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (*text && write(fd, text, strlen(text)) < 0)
		result = -errno;
	close(fd);
	return result;
}

static int trace_begin(void)
{
	char self[16];

	if (access(TRACING "/instances", F_OK) && mount("nodev", TRACING, "tracefs", 0, NULL))
		return -errno;
	if (mkdir(INSTANCE, 0700) && errno != EEXIST)
		return -errno;
	snprintf(self, sizeof(self), "%d", getpid());
	return put("tracing_on", "0") ?: put("set_event_pid", self) ?:
	       put("buffer_size_kb", "2048") ?: put("options/stacktrace", "1") ?:
	       put("events/kmem/kmalloc/enable", "1") ?:
	       put("events/kmem/mm_page_alloc/enable", "1");
}

/* The trace so far, as text. */
static char *trace_read(void)
{
	char *text = calloc(1, ROOM);
	size_t length = 0;
	ssize_t part;
	int fd = open(INSTANCE "/trace", O_RDONLY | O_CLOEXEC);

	while (text && fd >= 0 && length < ROOM - 1) {
		part = read(fd, text + length, ROOM - 1 - length);
		if (part <= 0)
			break;
		length += (size_t)part;
	}
	close(fd);
	return text;
}

FIXTURE(copies)
{
	struct bag bag;
	int fd;
	int child;
};

FIXTURE_SETUP(copies)
{
	__u8 wrapped[CHILD_BLOB];

	if (trace_begin())
		SKIP_IN_SETUP("this kernel does not trace allocations");
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	self->fd = bag_bind(&self->bag);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(CHILD_BLOB, child_create(self->fd, KEYBAG_CLASS_AK, NO_AAD, wrapped));
	self->child = child_open(self->fd, wrapped, CHILD_BLOB, NO_AAD);
	ASSERT_LT(0, self->child);
}

FIXTURE_TEARDOWN(copies)
{
	rmdir(INSTANCE);
	close(self->fd);
	bag_finish(&self->bag);
}

static __u8 secret[KEYBAG_MAX_PAYLOAD], opened[KEYBAG_MAX_PAYLOAD], mac[KEYBAG_MAC_SIZE];
static __u8 blob[MAX_BLOB], other[MAX_BLOB], by_child[MAX_BLOB], wrapped[CHILD_BLOB];
static __u8 aad_bytes[KEYBAG_MAX_AAD];

/* Every operation, by a command of its own and as an item. Errors there are none. */
static bool all_work(int fd, int child, size_t length, struct aad aad)
{
	int size = (int)(length + KEYBAG_BLOB_OVERHEAD), opens = (int)length;
	struct keybag_item items[] = {
		item_wrap(KEYBAG_CLASS_CK, secret, length, aad, other),
		item_unwrap(blob, (size_t)size, aad, opened, length),
		{
			.operation = KEYBAG_OP_REWRAP,
			.class_number = KEYBAG_CLASS_DK,
			.target = -1,
			.input_length = (__u32)size,
			.aad_length = (__u32)aad.length,
			.output_capacity = sizeof(other),
			.input = (uintptr_t)blob,
			.aad = (uintptr_t)aad.bytes,
			.output = (uintptr_t)other,
		},
	};

	return data_wrap(fd, KEYBAG_CLASS_AK, secret, length, aad, blob) == size &&
	       data_unwrap(fd, blob, (size_t)size, aad, opened) == opens &&
	       data_rewrap(fd, -1, KEYBAG_CLASS_DK, blob, (size_t)size, aad, aad, other) == size &&
	       data_batch(fd, items, 3) == 3 &&
	       child_encrypt(fd, child, secret, length, aad, by_child) == size &&
	       child_decrypt(fd, child, by_child, (size_t)size, aad, opened) == opens &&
	       child_mac(fd, child, secret, length, mac) == KEYBAG_MAC_SIZE &&
	       child_create(fd, KEYBAG_CLASS_AK, aad, wrapped) == CHILD_BLOB;
}

TEST_F(copies, none)
{
	static const size_t lengths[] = { 16, 32, 999, 1000, 4095, 4096 };
	static const size_t aads[] = { 0, 1, 3, 44, 1001, 4096 };
	unsigned int i, j;
	char *trace, *copy;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (j = 0; j < ARRAY_SIZE(aads); j++) {
			ASSERT_EQ(0, put("trace", ""));
			ASSERT_EQ(0, put("tracing_on", "1"));
			EXPECT_TRUE(all_work(self->fd, self->child, lengths[i],
					     (struct aad){ aad_bytes, aads[j] }));
			ASSERT_EQ(0, put("tracing_on", "0"));
			trace = trace_read();
			ASSERT_NE(NULL, trace);
			/* It sees what there is to be seen: our own buffer. */
			if (lengths[i] > 1000)
				EXPECT_NE(NULL, strstr(trace, "keybag_work_allocate"));
			copy = strstr(trace, "skcipher_walk");
			EXPECT_EQ(NULL, copy)
			{
				TH_LOG("content %zu, associated data %zu: %.400s", lengths[i],
				       aads[j], copy > trace + 200 ? copy - 200 : trace);
			}
			free(trace);
			if (copy)
				return;
		}
	}
}

TEST_HARNESS_MAIN
