// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses that are wrong, and addresses whose page takes its time: neither does harm, and no page
 * holds a lock up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bag.h"
#include "data.h"
#include "harness.h"
#include "sites.h"
#include "stall.h"

#define PAGE		4096
/*
 * Time that a lock may take on a busy machine, while the page is not there. One that waited for the
 * page would not return at all; the time is for the machine.
 */
#define LOCK_SECONDS	60.0

FIXTURE(address)
{
	struct bag bag;
	struct site_context context;
	__u8 *pages;		/* good | read only | none */
};

FIXTURE_SETUP(address)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	ASSERT_EQ(0, site_context_open(&self->context, &self->bag));
	self->pages =
		mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->pages);
	ASSERT_EQ(0, mprotect(self->pages + PAGE, PAGE, PROT_READ));
	ASSERT_EQ(0, munmap(self->pages + 2 * PAGE, PAGE));
}

FIXTURE_TEARDOWN(address)
{
	munmap(self->pages, 2 * PAGE);
	site_context_close(&self->context);
	bag_finish(&self->bag);
}

/* Not each processor writes words to any address. */
TEST_F(address, odd)
{
	__u8 plaintext[32] = "to any address at all", blob[32 + KEYBAG_BLOB_OVERHEAD];
	int fd = bag_bind(&self->bag);
	unsigned int at;

	ASSERT_LE(0, fd);
	ASSERT_EQ(sizeof(blob), data_wrap(fd, KEYBAG_CLASS_CK, plaintext, 32, NO_AAD, blob));
	for (at = 0; at < 9; at++) {
		memset(self->pages, 0xaa, 64);
		EXPECT_EQ(32, data_unwrap(fd, blob, sizeof(blob), NO_AAD, self->pages + at));
		EXPECT_EQ(0, memcmp(self->pages + at, plaintext, 32));
		EXPECT_EQ(0xaa, self->pages[at + 32]);
	}
	close(fd);
}

TEST_F(address, bad)
{
	const uintptr_t addresses[] = {
		0, 1, PAGE - 1,
		(uintptr_t)self->pages + 2 * PAGE,	/* nothing there */
		0x7ffffffff000,				/* the end of user space */
		0x800000000000,				/* no address at all */
		0xffff888000000000, 0xffffffff81000000,	/* the kernel's */
		0xfffffffffffff000, 0xffffffffffffffff,
	};
	unsigned int i, j;

	for (i = 0; i < site_count; i++) {
		for (j = 0; j < ARRAY_SIZE(addresses); j++) {
			/* Nobody has to see a generated secret. */
			if (!addresses[j] && strstr(sites[i].name, "generated"))
				continue;
			EXPECT_EQ(-EFAULT, sites[i].run(&self->context, (void *)addresses[j]))
			{
				TH_LOG("%s at %#lx", sites[i].name, addresses[j]);
			}
		}
	}
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(&self->bag));
	EXPECT_EQ(SITE_LENGTH, sites[3].run(&self->context, self->pages));
	EXPECT_EQ(0, memcmp(self->pages, SITE_SECRET, SITE_LENGTH));
}

/* Associated data of no bytes may be anywhere. */
TEST_F(address, nothing_to_read)
{
	const struct aad none = { (const void *)0xfffffffffffff000, 0 };
	struct keybag_item item;
	__u8 blob[SITE_BLOB];

	item = item_wrap(KEYBAG_CLASS_AK, SITE_SECRET, SITE_LENGTH, none, blob);
	EXPECT_EQ(SITE_BLOB, data_operate(self->context.fd, &item));
	item = item_unwrap(blob, SITE_BLOB, none, self->pages, SITE_LENGTH);
	EXPECT_EQ(SITE_LENGTH, data_operate(self->context.fd, &item));
	EXPECT_EQ(1, data_batch(self->context.fd, &item, 1));
	EXPECT_EQ(0, memcmp(self->pages, SITE_SECRET, SITE_LENGTH));
}

TEST_F(address, read_only)
{
	unsigned int i;

	for (i = 0; i < site_count; i++) {
		if (sites[i].direction != SITE_WRITES)
			continue;
		EXPECT_EQ(-EFAULT, sites[i].run(&self->context, self->pages + PAGE))
		{
			TH_LOG("%s", sites[i].name);
		}
	}
}

/*
 * Effects of a secret last, also where its record does not arrive: then another record is there to
 * be read.
 */
static bool is_record_due(struct bag *bag)
{
	struct keybag_status status;

	return !bag_status(bag, &status) && status.flags & KEYBAG_STATUS_RECORD_DIRTY;
}

static bool save_record(struct bag *bag)
{
	struct keybag_read read;

	return !bag_read_record(bag, &read) && !bag_record_saved(bag, read.sequence) &&
	       !is_record_due(bag);
}

TEST_F(address, of_an_outcome)
{
	const struct keybag_buffer read_only = { (uintptr_t)self->pages + PAGE, KEYBAG_MAX_RECORD, 0 };
	const struct secret wrong = secret_new(KEYBAG_PROTECTOR_PASSCODE);
	struct bag *bag = &self->bag;
	struct keybag_unlock unlock = { .reason = KEYBAG_REASON_REQUEST, .record = read_only };
	struct keybag_change change = { .action = KEYBAG_ACTION_RECOVERY_REFUSED };
	struct keybag_try try;

	memcpy(unlock.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	memcpy(change.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	ASSERT_EQ(0, bag_lock(bag));
	ASSERT_TRUE(save_record(bag));

	/* Opened. */
	unlock.secret = secret_for_kernel(&bag->secret);
	ASSERT_EQ(0, bag_begin(bag, &try));
	unlock.try_id = try.try_id;
	EXPECT_EQ(-EFAULT, command(bag->device, KEYBAG_IOC_UNLOCK, &unlock));
	EXPECT_EQ(KEYBAG_STATE_UNLOCKED, bag_state(bag));
	EXPECT_TRUE(is_record_due(bag));
	ASSERT_TRUE(save_record(bag));

	/* Counted. */
	unlock.secret = secret_for_kernel(&wrong);
	ASSERT_EQ(0, bag_begin(bag, &try));
	unlock.try_id = try.try_id;
	EXPECT_EQ(-EFAULT, command(bag->device, KEYBAG_IOC_UNLOCK, &unlock));
	EXPECT_TRUE(is_record_due(bag));
	ASSERT_TRUE(save_record(bag));

	/* Right again, and in the way of a change: its form arrives, or neither does. */
	change.authority = secret_for_kernel(&bag->secret);
	change.form = bag_form_buffer(bag);
	change.record = read_only;
	ASSERT_EQ(0, bag_begin(bag, &try));
	change.try_id = try.try_id;
	EXPECT_EQ(-EFAULT, command(bag->device, KEYBAG_IOC_CHANGE, &change));
	EXPECT_TRUE(is_record_due(bag));
	ASSERT_TRUE(save_record(bag));
	change.record = bag_record_buffer(bag);
	change.form.address = (uintptr_t)self->pages + PAGE;
	ASSERT_EQ(0, bag_begin(bag, &try));
	change.try_id = try.try_id;
	EXPECT_EQ(-EFAULT, command(bag->device, KEYBAG_IOC_CHANGE, &change));
	EXPECT_TRUE(is_record_due(bag));
	ASSERT_TRUE(save_record(bag));

	/* Given back, while what is on disk counts it. */
	ASSERT_EQ(0, bag_begin(bag, &try));
	try.record = read_only;
	EXPECT_EQ(-EFAULT, command(bag->device, KEYBAG_IOC_CANCEL_TRY, &try));
	EXPECT_TRUE(is_record_due(bag));
	ASSERT_TRUE(save_record(bag));

	/* The argument itself cannot be written. */
	unlock.secret = secret_for_kernel(&bag->secret);
	unlock.record = bag_record_buffer(bag);
	ASSERT_EQ(0, bag_begin(bag, &try));
	unlock.try_id = try.try_id;
	ASSERT_EQ(0, mprotect(self->pages + PAGE, PAGE, PROT_READ | PROT_WRITE));
	memcpy(self->pages + PAGE, &unlock, sizeof(unlock));
	ASSERT_EQ(0, mprotect(self->pages + PAGE, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT, command(bag->device, KEYBAG_IOC_UNLOCK, self->pages + PAGE));
	EXPECT_TRUE(is_record_due(bag));
}

/* The argument of a command on a page that can be read, and not written. */
static int command_read_only(FIXTURE_DATA(address) *self, unsigned long request,
			     const void *argument, size_t size)
{
	__u8 *page = self->pages + PAGE;

	if (mprotect(page, PAGE, PROT_READ | PROT_WRITE))
		return -errno;
	memcpy(page, argument, size);
	if (mprotect(page, PAGE, PROT_READ))
		return -errno;
	return command(self->bag.device, request, page);
}

/* A load or a change that says it failed has loaded or prepared nothing. */
TEST_F(address, of_what_was_made)
{
	struct bag *bag = &self->bag;
	struct keybag_load load = {
		.form = (uintptr_t)bag->form,
		.form_length = bag->form_length,
		.record = { (uintptr_t)bag->record },
		.record_length = { bag->record_length },
		.new_record = bag_record_buffer(bag),
	};
	/* Its form is written, and is not one to load. */
	static struct bag scratch;
	struct keybag_change change = {
		.action = KEYBAG_ACTION_RECOVERY_REFUSED,
		.authority = secret_for_kernel(&bag->secret),
		.form = bag_form_buffer(&scratch),
		.record = bag_record_buffer(&scratch),
	};
	struct keybag_status status;
	struct keybag_try try;

	memcpy(change.uuid, bag->uuid, KEYBAG_UUID_SIZE);
	ASSERT_TRUE(save_record(bag));
	ASSERT_EQ(0, bag_begin(bag, &try));
	change.try_id = try.try_id;
	EXPECT_EQ(-EFAULT,
		  command_read_only(self, KEYBAG_IOC_CHANGE, &change, sizeof(change)));
	ASSERT_EQ(0, bag_status(bag, &status));
	EXPECT_FALSE(status.flags & KEYBAG_STATUS_PENDING);
	EXPECT_TRUE(is_record_due(bag));

	ASSERT_EQ(0, bag_unload(bag));
	EXPECT_EQ(-EFAULT, command_read_only(self, KEYBAG_IOC_LOAD, &load, sizeof(load)));
	EXPECT_EQ(-ENOENT, bag_state(bag));
	EXPECT_EQ(0, bag_load(bag));
	/* A keybag that another one has loaded stays. */
	EXPECT_EQ(-EEXIST, command_read_only(self, KEYBAG_IOC_LOAD, &load, sizeof(load)));
	EXPECT_EQ(KEYBAG_STATE_BEFORE_FIRST_UNLOCK, bag_state(bag));
}

/* The last byte is on the other side of the edge. */
TEST_F(address, across_the_edge)
{
	unsigned int i;

	for (i = 0; i < site_count; i++) {
		__u8 *edge = self->pages + (sites[i].direction == SITE_WRITES ? PAGE : 2 * PAGE);

		if (sites[i].direction == SITE_WRITES)
			memset(edge - 15, 0, 15);
		EXPECT_EQ(-EFAULT, sites[i].run(&self->context, edge - 15))
		{
			TH_LOG("%s", sites[i].name);
		}
	}
}

/* Results that go where the operands are. */
TEST_F(address, overlapping)
{
	__u8 *at = self->pages;

	memcpy(at, SITE_SECRET, SITE_LENGTH);
	ASSERT_EQ(SITE_BLOB,
		  data_wrap(self->context.fd, KEYBAG_CLASS_AK, at, SITE_LENGTH, NO_AAD, at));
	ASSERT_EQ(SITE_LENGTH, data_unwrap(self->context.fd, at, SITE_BLOB, NO_AAD, at));
	EXPECT_EQ(0, memcmp(at, SITE_SECRET, SITE_LENGTH));
}

FIXTURE(stall)
{
	struct bag bag;
	struct site_context context;
};

FIXTURE_VARIANT(stall)
{
	enum stall_backing backing;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(stall, userfaultfd) {
	.backing = STALL_USERFAULTFD,
};

FIXTURE_VARIANT_ADD(stall, fuse) {
	.backing = STALL_FUSE,
};
/* clang-format on */

FIXTURE_SETUP(stall)
{
	ASSERT_EQ(0, bag_unlocked(&self->bag));
	ASSERT_EQ(0, site_context_open(&self->context, &self->bag));
}

FIXTURE_TEARDOWN(stall)
{
	site_context_close(&self->context);
	bag_finish(&self->bag);
}

struct runner {
	struct site_context *context;
	const struct site *site;
	struct stall stall;
	int result;
	atomic_bool done;
};

static void *run_site(void *argument)
{
	struct runner *runner = argument;

	runner->result = runner->site->run(runner->context, runner->stall.pages);
	atomic_store(&runner->done, true);
	return NULL;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A process of its own for each site: the FUSE backing takes a mount namespace. */
static int lock_while_stalled(FIXTURE_DATA(stall) *self, const struct site *site,
			      enum stall_backing backing, struct __test_metadata *_metadata)
{
	struct runner runner = { .context = &self->context, .site = site };
	pthread_t thread;
	double start, took;
	int error = stall_open(&runner.stall, backing);

	if (error) {
		TH_LOG("cannot make such a page: %s", strerror(-error));
		return 255;
	}
	EXPECT_EQ(0, pthread_create(&thread, NULL, run_site, &runner));
	EXPECT_TRUE(stall_wait(&runner.stall, PATIENCE_MS))
	{
		TH_LOG("%s: touched no page", site->name);
	}
	start = seconds();
	EXPECT_EQ(0, bag_lock(&self->bag));
	took = seconds() - start;
	EXPECT_GT(LOCK_SECONDS, took)
	{
		TH_LOG("%s: lock took %.3f s", site->name, took);
	}
	EXPECT_FALSE(atomic_load(&runner.done));
	EXPECT_EQ(KEYBAG_STATE_LOCKED, bag_state(&self->bag));

	stall_release(&runner.stall);
	pthread_join(thread, NULL);
	if (site->locked) {
		EXPECT_EQ(site->locked, runner.result)
		{
			TH_LOG("%s", site->name);
		}
	}
	if (site->secret) {
		/* Not a byte of it was delivered after the lock. */
		static const __u8 zeros[SITE_LENGTH];

		EXPECT_EQ(0, memcmp(runner.stall.pages, zeros, sizeof(zeros)));
	}
	stall_close(&runner.stall);
	return _metadata->passed ? 0 : 1;
}

static int exit_of(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}

TEST_F(stall, does_not_hold_lock)
{
	unsigned int i;
	pid_t pid;
	int status;

	for (i = 0; i < site_count; i++) {
		pid = fork();
		if (!pid)
			_exit(lock_while_stalled(self, &sites[i], variant->backing, _metadata));
		status = exit_of(pid);
		if (status == 255)
			SKIP(return, "cannot make pages that stall");
		EXPECT_EQ(0, status)
		{
			TH_LOG("%s", sites[i].name);
		}
		/* The child keys went with the lock. */
		ASSERT_EQ(0, bag_unlock(&self->bag));
		close(self->context.fd);
		ASSERT_EQ(0, site_context_open(&self->context, &self->bag));
	}
}

static int finish_after_stall(FIXTURE_DATA(stall) *self, const struct site *site,
			      enum stall_backing backing, struct __test_metadata *_metadata)
{
	struct runner runner = { .context = &self->context, .site = site };
	pthread_t thread;

	if (stall_open(&runner.stall, backing))
		return 255;
	EXPECT_EQ(0, pthread_create(&thread, NULL, run_site, &runner));
	EXPECT_TRUE(stall_wait(&runner.stall, PATIENCE_MS));
	stall_release(&runner.stall);
	pthread_join(thread, NULL);
	EXPECT_LE(0, runner.result);
	if (site->secret) {
		/* A generated secret is any; the others are ours. */
		EXPECT_TRUE(strstr(site->name, "generated") ||
			    !memcmp(runner.stall.pages, SITE_SECRET, SITE_LENGTH));
	}
	stall_close(&runner.stall);
	return _metadata->passed ? 0 : 1;
}

/* A page that comes late is as good as one that was there. */
TEST_F(stall, delivers_late)
{
	unsigned int i;
	pid_t pid;
	int status;

	for (i = 0; i < site_count; i++) {
		if (sites[i].direction != SITE_WRITES)
			continue;
		pid = fork();
		if (!pid)
			_exit(finish_after_stall(self, &sites[i], variant->backing, _metadata));
		status = exit_of(pid);
		if (status == 255)
			SKIP(return, "cannot make pages that stall");
		EXPECT_EQ(0, status)
		{
			TH_LOG("%s", sites[i].name);
		}
	}
}

/* A process that waits for a page can be killed, and leaves nothing locked. */
TEST_F(stall, killed)
{
	unsigned int i;

	for (i = 0; i < site_count; i++) {
		atomic_int *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		int status, tries = PATIENCE_MS / 10;
		pid_t pid;

		ASSERT_NE(MAP_FAILED, shared);
		pid = fork();
		if (!pid) {
			struct runner runner = { .context = &self->context, .site = &sites[i] };
			pthread_t thread;

			if (stall_open(&runner.stall, variant->backing))
				_exit(255);
			pthread_create(&thread, NULL, run_site, &runner);
			atomic_store(shared, stall_wait(&runner.stall, PATIENCE_MS / 2) ? 1 : 2);
			pause();
		}
		ASSERT_LT(0, pid);
		while (!atomic_load(shared) && tries-- && waitpid(pid, &status, WNOHANG) == 0)
			usleep(10000);
		if (!atomic_load(shared))
			SKIP(return, "cannot make pages that stall");
		EXPECT_EQ(1, atomic_load(shared));
		kill(pid, SIGKILL);
		for (tries = PATIENCE_MS / 10; tries && waitpid(pid, &status, WNOHANG) == 0; tries--)
			usleep(10000);
		EXPECT_LT(0, tries)
		{
			TH_LOG("%s: does not die", sites[i].name);
		}
		EXPECT_EQ(0, bag_lock(&self->bag));
		EXPECT_EQ(0, bag_unlock(&self->bag));
		close(self->context.fd);
		ASSERT_EQ(0, site_context_open(&self->context, &self->bag));
		munmap(shared, sizeof(*shared));
	}
}

TEST_HARNESS_MAIN
