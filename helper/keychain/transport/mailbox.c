// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "helper/common/handover.h"
#include "helper/common/registers.h"

static int map(struct mailbox *mailbox, int descriptor)
{
	void *shared = mmap(NULL, MAILBOX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
	int error;

	if (shared == MAP_FAILED)
		return -errno;
	/* Page by page, as they are used: many need but the first. */
	if (mlock2(shared, MAILBOX_SIZE, MLOCK_ONFAULT) < 0 ||
	    madvise(shared, MAILBOX_SIZE, MADV_DONTDUMP) < 0 ||
	    madvise(shared, MAILBOX_SIZE, MADV_DONTFORK) < 0) {
		error = -errno;
		munmap(shared, MAILBOX_SIZE);
		return error;
	}
	locked_memory_note(shared, MAILBOX_SIZE);
	*mailbox = (struct mailbox){ .shared = shared, .descriptor = -1 };
	return 0;
}

int mailbox_make(struct mailbox *mailbox)
{
	CLEANUP_FD int descriptor = handover_file(MAILBOX_SIZE);
	int result = descriptor < 0 ? descriptor : map(mailbox, descriptor);

	if (!result)
		mailbox->descriptor = take_descriptor(&descriptor);
	return result;
}

/* A page that is cut away from under a mapping is a fatal signal. */
static bool stays(int descriptor)
{
	int seals = fcntl(descriptor, F_GET_SEALS);
	struct stat status;

	return seals >= 0 && seals & F_SEAL_SHRINK && fstat(descriptor, &status) == 0 &&
	       status.st_size == MAILBOX_SIZE;
}

int mailbox_join(struct mailbox *mailbox, int descriptor)
{
	return stays(descriptor) ? map(mailbox, descriptor) : -EINVAL;
}

int mailbox_take(struct mailbox *mailbox, size_t length, void *copy)
{
	if (!mailbox->shared || !length || length > MAILBOX_SIZE)
		return -EINVAL;
	memcpy(copy, mailbox->shared, length);
	/* Before a library is called for the first time: the dynamic linker saves them on the stack. */
	clear_vector_registers();
	if (length > mailbox->used)
		mailbox->used = length;
	mailbox_clear(mailbox);
	return 0;
}

bool mailbox_was_taken(const struct mailbox *mailbox)
{
	return !mailbox->used || !*(const volatile uint8_t *)mailbox->shared;
}

void mailbox_clear(struct mailbox *mailbox)
{
	if (mailbox->used)
		explicit_bzero(mailbox->shared, mailbox->used);
	mailbox->used = 0;
}

int mailbox_end(struct mailbox *mailbox)
{
	int descriptor = mailbox->shared ? mailbox->descriptor : -1;

	mailbox_leave(mailbox);
	return descriptor;
}

void mailbox_leave(struct mailbox *mailbox)
{
	if (mailbox->shared) {
		handover_zero_pages(mailbox->shared, MAILBOX_SIZE);
		locked_memory_forget(mailbox->shared);
		munmap(mailbox->shared, MAILBOX_SIZE);
	}
	mailbox_forget(mailbox);
}

void mailbox_forget(struct mailbox *mailbox)
{
	*mailbox = (struct mailbox){ 0 };
}
