// SPDX-License-Identifier: LGPL-2.1-or-later
#include "handover.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

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
	return descriptor < 0 ? -errno : descriptor;
}

int handover_file(size_t length)
{
	CLEANUP_FD int descriptor = new_memory_file();

	if (descriptor < 0)
		return descriptor;
	if (ftruncate(descriptor, (off_t)length) < 0 ||
	    fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
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

/* Zeroing pages that the receiver has given back already would only take them again. */
static void wipe(const struct handover *handover)
{
	enum { PAGES = 64 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *bytes = handover->mapping;
	unsigned char there[PAGES];
	size_t offset, i;

	for (offset = 0; offset < handover->length; offset += PAGES * page) {
		size_t rest = handover->length - offset;
		size_t length = rest < PAGES * page ? rest : PAGES * page;

		if (mincore(bytes + offset, length, there) < 0)
			memset(there, 1, sizeof(there));
		for (i = 0; i * page < length; i++)
			if (there[i] & 1)
				explicit_bzero(bytes + offset + i * page,
					       length - i * page < page ? length - i * page : page);
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
		wipe(handover);
		release_pages(handover);
		munmap(handover->mapping, handover->length);
	}
	cleanup_descriptor(&handover->descriptor);
	*handover = HANDOVER_NONE;
}

void handover_sent(struct handover *handover)
{
	if (handover->mapping)
		munmap(handover->mapping, handover->length);
	cleanup_descriptor(&handover->descriptor);
	*handover = HANDOVER_NONE;
}

bool handover_was_read(const struct handover *handover)
{
	return !handover->mapping || !*(const volatile uint8_t *)handover->mapping;
}

static int zero_range(int descriptor, off_t offset, off_t end)
{
	static const char zeros[4096];

	while (offset < end) {
		size_t part = end - offset < (off_t)sizeof(zeros) ? (size_t)(end - offset) :
								    sizeof(zeros);
		ssize_t written = pwrite(descriptor, zeros, part, offset);

		if (written <= 0)
			return -EINVAL;
		offset += written;
	}
	return 0;
}

/*
 * Where there is nothing, nothing is written: pages would be made for it, on this process's account and for as long as
 * the sender keeps the file. What is zeroed is given back for the same reason; where that fails it is zeroed
 * all the same.
 */
static int zero_file(int descriptor, off_t size)
{
	off_t page = sysconf(_SC_PAGESIZE);
	off_t begin, end = 0;

	while (end < size && (begin = lseek(descriptor, end, SEEK_DATA)) >= 0 && begin < size) {
		end = lseek(descriptor, begin, SEEK_HOLE);
		if (end <= begin || end > size)
			end = size;
		if (zero_range(descriptor, begin, end) < 0)
			return -EINVAL;
	}
	/* Up to the end of the last page: of a part of one only the content would go. */
	fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		  (size + page - 1) / page * page);
	return 0;
}

/*
 * Read and written rather than mapped: the sender may change or, without seals, cut the file at any
 * moment, and reading gives one stable copy and cannot fault.
 */
int handover_receive(int descriptor, size_t maximum, struct secret *ret_secret)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	struct stat status;
	int result;

	/* Only memory files know seals; anything else could stall us. */
	if (fcntl(descriptor, F_GET_SEALS) < 0 || fstat(descriptor, &status) < 0)
		return -EINVAL;
	if (status.st_size < 1 || (uint64_t)status.st_size > maximum) {
		/* A file over the size of any secret is not one of ours and holds none. */
		if (status.st_size > 0 && status.st_size <= 1 << 20)
			zero_file(descriptor, status.st_size);
		return -EINVAL;
	}
	result = secret_new(&secret, (size_t)status.st_size);
	if (result < 0) {
		zero_file(descriptor, status.st_size);
		return result;
	}
	if (pread(descriptor, secret.data, secret.capacity, 0) != (ssize_t)secret.capacity)
		result = -EINVAL;
	secret.length = secret.capacity;
	if (zero_file(descriptor, status.st_size) < 0)
		result = -EINVAL;
	if (!result)
		*ret_secret = secret_take(&secret);
	return result;
}
