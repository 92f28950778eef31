// SPDX-License-Identifier: LGPL-2.1-or-later
#include "handover.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "descriptor.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* Kernels before 6.3 do not know MFD_NOEXEC_SEAL: they are asked once. */
static int new_memory_file(void)
{
	static atomic_uint without;
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int descriptor = memfd_create("keybag", flags | (MFD_NOEXEC_SEAL & ~without));

	if (descriptor < 0 && errno == EINVAL && !without) {
		descriptor = memfd_create("keybag", flags);
		if (descriptor >= 0)
			without = MFD_NOEXEC_SEAL;
	}
	descriptor = descriptor_above_standard(descriptor);
	return descriptor < 0 ? -errno : descriptor;
}

/* Beyond the limit for files the kernel sends SIGXFSZ to this thread, which would end the program of somebody else. */
static int set_length(int descriptor, size_t length)
{
	static const struct timespec at_once;
	sigset_t signal, before, pending;
	int result;

	sigemptyset(&signal);
	sigaddset(&signal, SIGXFSZ);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &signal, &before);
	result = ftruncate(descriptor, (off_t)length) < 0 ? -errno : 0;
	if (result == -EFBIG && !sigismember(&pending, SIGXFSZ))
		sigtimedwait(&signal, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

int handover_file(size_t length)
{
	CLEANUP_FD int descriptor = new_memory_file();
	int result;

	if (descriptor < 0)
		return descriptor;
	result = set_length(descriptor, length);
	if (result < 0)
		return result;
	if (fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return -errno;
	return take_descriptor(&descriptor);
}

int handover_new(struct handover *handover, const void *text, size_t length)
{
	CLEANUP_HANDOVER struct handover new = HANDOVER_NONE;
	void *mapping;

	if (!length)
		return -EINVAL;
	new.descriptor = handover_file(length);
	if (new.descriptor < 0)
		return new.descriptor;
	mapping = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, new.descriptor, 0);
	if (mapping == MAP_FAILED)
		return -errno;
	new.mapping = mapping;
	new.length = length;
	locked_memory_note(mapping, length);
	if (mlock(mapping, length) < 0)
		return -ENOMEM;
	madvise(mapping, length, MADV_DONTDUMP);
	/* The kernel copies: no vector register of this task sees the secret. */
	if (text && pwrite(new.descriptor, text, length, 0) != (ssize_t)length)
		return -EIO;
	*handover = new;
	new = HANDOVER_NONE;
	return 0;
}

void handover_zero_pages(void *mapping, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t offset = 0; offset < size; offset += page) {
		size_t rest = size - offset, length = rest < page ? rest : page;
		uint8_t *bytes = (uint8_t *)mapping + offset;
		unsigned char there;

		if (mincore(bytes, length, &there) < 0 || there & 1)
			explicit_bzero(bytes, length);
	}
}

/* Zeroed pages of a file that somebody else keeps open would stay, on this process's account. */
static void release_pages(const struct handover *handover)
{
	/* Locked pages are not removed. */
	munlock(handover->mapping, handover->length);
	madvise(handover->mapping, handover->length, MADV_REMOVE);
}

void handover_free(struct handover *handover)
{
	if (handover->mapping) {
		handover_zero_pages(handover->mapping, handover->length);
		locked_memory_forget(handover->mapping);
		release_pages(handover);
		munmap(handover->mapping, handover->length);
	}
	cleanup_descriptor(&handover->descriptor);
	*handover = HANDOVER_NONE;
}

int handover_zero_sent(struct handover *handover)
{
	int descriptor = handover->descriptor;

	if (handover->mapping) {
		handover_zero_pages(handover->mapping, handover->length);
		locked_memory_forget(handover->mapping);
		munmap(handover->mapping, handover->length);
	}
	*handover = HANDOVER_NONE;
	return descriptor;
}

bool handover_was_read(const struct handover *handover)
{
	return !handover->mapping || !*(const volatile uint8_t *)handover->mapping;
}

/* A memory file that stays as long as it is: anything else could stall us, or end us with SIGBUS. */
static bool is_memory_file(int descriptor, off_t *ret_size)
{
	int seals = fcntl(descriptor, F_GET_SEALS);
	struct statfs system;
	struct stat status;

	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(descriptor, &status) < 0 || fstatfs(descriptor, &system) < 0)
		return false;
	*ret_size = status.st_size;
	/* Pages of hugetlbfs are few, and large. */
	return system.f_type == TMPFS_MAGIC;
}

/* The place of the first byte that is not zero, or @length. Without vector registers, which nobody would clear. */
static size_t find_content(const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	while (at < length && !((const volatile uint8_t *)bytes)[at])
		at++;
	return at;
}

/* By read(2), to which a hole is a zero: mincore(2) says of a file of somebody else's what its mode says. */
static bool still_has(int descriptor, size_t at, uint8_t expected)
{
	uint8_t byte = 0;
	bool has = pread(descriptor, &byte, 1, (off_t)at) == 1 && byte == expected;

	explicit_bzero(&byte, 1);
	return has;
}

/*
 * Zeroes pages of @received in which @text has something: others may be holes, and would be made. Each is looked at just
 * before, as the sender may have cut it out after it was read; one that is cut out in that very moment is made, and stays
 * until handover_release().
 */
static void wipe_as_read(const struct handover *received, int descriptor, const uint8_t *text)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t offset = 0; offset < received->length; offset += page) {
		size_t rest = received->length - offset, length = rest < page ? rest : page;
		size_t at = find_content(text + offset, length);

		if (at < length && still_has(descriptor, offset + at, text[offset + at]))
			explicit_bzero((uint8_t *)received->mapping + offset, length);
	}
}

/*
 * Read by read(2), which gives one stable copy, and no pages to holes. Zeroed by a mapping: whatever else changes a file
 * waits for its inode's lock, which the sender may hold for ever (by writing to the file from memory that its own FUSE
 * serves).
 */
int handover_receive(int descriptor, size_t maximum, struct secret *ret_secret)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	struct handover received = { .descriptor = -1 };
	off_t size;
	int result;

	/* A file over the size of any secret is not one of ours and holds none. */
	if (!is_memory_file(descriptor, &size) || size < 1 || (uint64_t)size > maximum)
		return -EINVAL;
	received.length = (size_t)size;
	received.mapping = mmap(NULL, received.length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	if (received.mapping == MAP_FAILED)
		return -EINVAL;
	madvise(received.mapping, received.length, MADV_DONTDUMP);
	result = secret_new(&secret, received.length);
	if (!result && pread(descriptor, secret.data, received.length, 0) != (ssize_t)received.length)
		result = -EINVAL;
	secret.length = received.length;
	if (secret.data)
		wipe_as_read(&received, descriptor, secret.data);
	else
		handover_zero_pages(received.mapping, received.length);
	munmap(received.mapping, received.length);
	if (!result)
		*ret_secret = secret_take(&secret);
	return result;
}

/* Whole pages: a part of one is only zeroed. */
void handover_release(int descriptor)
{
	off_t size, page = sysconf(_SC_PAGESIZE);

	if (is_memory_file(descriptor, &size))
		fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (size + page - 1) / page * page);
}
