// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Secrets on their way from one process to another, and what may come instead of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/deadline.h"
#include "common/handover.h"
#include "common/transport.h"
#include "daemon/closer.h"
#include "lib/tap.h"

static bool all_zero(int fd, size_t length)
{
	char bytes[4096];
	size_t i;

	if (pread(fd, bytes, length, 0) != (ssize_t)length)
		return false;
	for (i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

static int memory_file(size_t length, unsigned int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (ftruncate(fd, (off_t)length) < 0)
		return -1;
	if (length && pwrite(fd, "secret", length < 6 ? length : 6, 0) < 0)
		return -1;
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | seals);
	return fd;
}

static void test_way(void)
{
	CLEANUP_HANDOVER struct handover handover = HANDOVER_NONE;
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	int pair[2], descriptors[TRANSPORT_MAX_DESCRIPTORS];
	char bytes[16];

	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	check(handover_new(&handover, "passcode", 8) == 0);
	check(transport_send(pair[0], "hello", 5, &handover.descriptor, 1) == 0);
	check(transport_receive(pair[1], bytes, sizeof(bytes), descriptors) == 5);
	check(!memcmp(bytes, "hello", 5));
	check(descriptors[0] >= 0 && descriptors[1] == -1);
	check(fcntl(descriptors[0], F_GETFD) & FD_CLOEXEC);
	check(handover_receive(descriptors[0], 1024, &secret) == 0);
	check(secret.length == 8 && !memcmp(secret.data, "passcode", 8));
	check(all_zero(handover.descriptor, 8));
	transport_close(descriptors);
	close(pair[0]);
	check(transport_receive(pair[1], bytes, sizeof(bytes), descriptors) == 0);
	close(pair[1]);
	tap_test("a secret arrives, and its file is zeroed");
}

static void test_never_read(void)
{
	CLEANUP_HANDOVER struct handover handover = HANDOVER_NONE;
	struct stat status;
	int copy;

	check(handover_new(&handover, "passcode", 8) == 0);
	copy = dup(handover.descriptor);
	check(fcntl(copy, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == -1 && errno == EPERM);
	check(fstat(copy, &status) == 0 && status.st_blocks > 0);
	handover_free(&handover);
	check(fstat(copy, &status) == 0 && status.st_blocks == 0);
	check(all_zero(copy, 8));
	check(handover.descriptor == -1);
	close(copy);
	check(handover_new(&handover, "", 0) == -EINVAL);
	tap_test("what nobody has read is zeroed by who sent it, and takes up no memory any more");
}

/* As a service that refuses a connection does: its last message is there all the same. */
static void test_unread(void)
{
	int pair[2], descriptors[TRANSPORT_MAX_DESCRIPTORS];
	char bytes[16];

	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	check(transport_send(pair[0], "hello", 5, NULL, 0) == 0 && transport_send(pair[1], "no", 2, NULL, 0) == 0);
	close(pair[1]);
	check(deadline_poll(pair[0], POLLIN, deadline_after(1)) == 0);
	check(transport_receive(pair[0], bytes, sizeof(bytes), descriptors) == 2 && !memcmp(bytes, "no", 2));
	check(deadline_poll(pair[0], POLLIN, deadline_after(1)) == 0);
	check(transport_receive(pair[0], bytes, sizeof(bytes), descriptors) == 0);
	close(pair[0]);
	check(deadline_poll(pair[0], POLLIN, deadline_after(1)) == -ECONNRESET);
	tap_test("a peer that hung up unread has its last message read");
}

/* A file without content takes no memory of whoever zeroes it. */
static void test_sparse(void)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	static const size_t lengths[] = { 1024, 1 << 20 };
	struct stat status;
	blkcnt_t blocks;
	char end[6];
	size_t i;
	int fd;

	for (i = 0; i < 2; i++) {
		fd = memory_file(0, 0);
		check(ftruncate(fd, (off_t)lengths[i]) == 0);
		check(handover_receive(fd, lengths[i], &secret) == 0);
		check(fstat(fd, &status) == 0 && status.st_blocks == 0);
		secret_free(&secret);
		check(pwrite(fd, "secret", 6, (off_t)lengths[i] - 6) == 6);
		check(fstat(fd, &status) == 0);
		blocks = status.st_blocks;
		check(handover_receive(fd, lengths[i], &secret) == 0);
		check(!memcmp(secret.data + lengths[i] - 6, "secret", 6));
		check(fstat(fd, &status) == 0 && status.st_blocks == blocks);
		check(pread(fd, end, sizeof(end), (off_t)lengths[i] - 6) == 6 && !memcmp(end, "\0\0\0\0\0", 6));
		secret_free(&secret);
		close(fd);
	}
	tap_test("a file takes none of the receiver's memory, sparse or not");
}

/* Cuts all pages out of a file, as soon as the first is zeroed. Returns NULL, or something where it never was. */
static void *cut_out(void *context)
{
	int fd = *(const int *)context;
	bool zeroed;
	const volatile uint8_t *first = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);

	for (uint64_t end = deadline_after(10000000000); *first && deadline_now() < end;)
		;
	zeroed = !*first;
	fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 20);
	munmap((void *)first, 1);
	return zeroed ? NULL : context;
}

/* One that is full of @byte, and may be read by its owner alone. */
static int full_file(uint8_t byte)
{
	static uint8_t content[1 << 20];
	int fd = memory_file(0, 0);

	memset(content, byte, sizeof(content));
	check(pwrite(fd, content, sizeof(content), 0) == sizeof(content) && fchmod(fd, 0) == 0);
	return fd;
}

static blkcnt_t blocks_of(int fd)
{
	struct stat status = { .st_blocks = -1 };

	fstat(fd, &status);
	return status.st_blocks;
}

/* Pages that are made again are the receiver's, for as long as the sender likes. */
static void test_cut_out(void)
{
	enum { ROUNDS = 50 };
	blkcnt_t blocks = 0;
	void *late = NULL;
	pthread_t thread;
	int fd;

	for (int i = 0; i < ROUNDS && !late; i++) {
		CLEANUP_SECRET struct secret secret = SECRET_NONE;

		fd = full_file('x');
		check(pthread_create(&thread, NULL, cut_out, &fd) == 0);
		check(handover_receive(fd, 1 << 20, &secret) == 0);
		pthread_join(thread, &late);
		check(!late);
		blocks += blocks_of(fd);
		handover_release(fd);
		check(blocks_of(fd) == 0);
		close(fd);
	}
	printf("# %ld bytes a file were made again\n", blocks * 512L / ROUNDS);
	/* One or the other page is cut out while it is zeroed. */
	check(blocks * 512 <= ROUNDS * 4L * 4096);
	tap_test("pages that the sender cuts out while the file is zeroed are not made again");
}

/* Its receiver may hold the lock of the file, and keep it. */
static void test_sent(void)
{
	struct handover handover = HANDOVER_NONE;
	int kept, file;

	check(handover_new(&handover, "passcode", 8) == 0);
	kept = dup(handover.descriptor);
	file = handover_zero_sent(&handover);
	check(file >= 0 && all_zero(kept, 8) && !handover.mapping && handover_zero_sent(&handover) == -1);
	check(blocks_of(kept) > 0);
	closer_close(4711, &file, 1);
	for (uint64_t end = deadline_after(10000000000); blocks_of(kept) && !deadline_pause(end);)
		;
	check(blocks_of(kept) == 0);
	close(kept);
	tap_test("a secret that was sent is zeroed at once, and leaves no pages in a file that its receiver keeps");
}

/* A child shares the memory, and ends in its own way. */
static void test_sender_ended(void)
{
	CLEANUP_HANDOVER struct handover handover = HANDOVER_NONE;
	pid_t child;

	check(handover_new(&handover, "passcode", 8) == 0);
	child = fork();
	if (!child) {
		locked_memory_wipe_all();
		_exit(0);
	}
	check(waitpid(child, NULL, 0) == child && !all_zero(handover.descriptor, 8));
	locked_memory_wipe_all();
	check(all_zero(handover.descriptor, 8));
	tap_test("a secret that nobody has received is zeroed by a signal that ends its sender, and by none that ends a child");
}

static void test_released(void)
{
	int fd = full_file('x');

	check(blocks_of(fd) == (1 << 20) / 512);
	closer_close(4711, (const int[]){ dup(fd), -1 }, 2);
	for (uint64_t end = deadline_after(10000000000); blocks_of(fd) && !deadline_pause(end);)
		;
	check(blocks_of(fd) == 0);
	close(fd);
	tap_test("what is closed for a sender leaves no pages in a memory file that it keeps");

	fd = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
	check(fd >= 0 && write(fd, "file", 4) == 4);
	handover_release(fd);
	check(blocks_of(fd) > 0);
	close(fd);
	tap_test("a file that is none of those for secrets is left as it is");
}

static void test_refused(void)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	char bytes[] = { 's', 'e', 'c', 'r', 'e', 't' };
	int pipes[2], fd;

	fd = memory_file(0, 0);
	check(handover_receive(fd, 1024, &secret) == -EINVAL);
	close(fd);
	fd = memory_file(1025, 0);
	check(handover_receive(fd, 1024, &secret) == -EINVAL);
	close(fd);
	fd = memory_file(1024, 0);
	check(handover_receive(fd, 1024, &secret) == 0 && secret.length == 1024);
	secret_free(&secret);
	close(fd);
	fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	check(write(fd, bytes, sizeof(bytes)) == sizeof(bytes));
	check(handover_receive(fd, 1024, &secret) == -EINVAL);
	close(fd);
	fd = memory_file(6, F_SEAL_WRITE);
	check(handover_receive(fd, 1024, &secret) == -EINVAL);
	close(fd);
	fd = memory_file(6, F_SEAL_FUTURE_WRITE);
	check(handover_receive(fd, 1024, &secret) == -EINVAL);
	close(fd);
	check(pipe(pipes) == 0);
	check(handover_receive(pipes[0], 1024, &secret) == -EINVAL);
	close(pipes[0]);
	close(pipes[1]);
	fd = open("/etc/passwd", O_RDONLY);
	check(handover_receive(fd, 1024, &secret) == -EINVAL);
	close(fd);
	/* A file on a disk, which could take any time to read, is left as it is; one of tmpfs, which has no seals, is too. */
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	check(fd >= 0 && write(fd, bytes, sizeof(bytes)) == sizeof(bytes));
	check(handover_receive(fd, 1024, &secret) == -EINVAL);
	check(pread(fd, bytes, sizeof(bytes), 0) == sizeof(bytes) && !memcmp(bytes, "secret", sizeof(bytes)));
	close(fd);
	check(handover_receive(-1, 1024, &secret) == -EINVAL);
	check(!secret.data);
	tap_test("pipes, files, empty and large ones, and those that are sealed against writing or not against shrinking, are refused");
}

static void test_too_much(void)
{
	int pair[2], descriptors[TRANSPORT_MAX_DESCRIPTORS], many[3];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(many))];
	} control = { 0 };
	struct iovec part = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	char bytes[16], large[17] = { 0 };
	int before = dup(0), after, i;

	close(before);
	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	check(transport_send(pair[0], large, sizeof(large), NULL, 0) == 0);
	check(transport_receive(pair[1], bytes, sizeof(bytes), descriptors) == -EMSGSIZE);
	for (i = 0; i < 3; i++)
		many[i] = 0;
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(many));
	memcpy(CMSG_DATA(&control.header), many, sizeof(many));
	check(sendmsg(pair[0], &message, 0) == 1);
	check(transport_receive(pair[1], bytes, sizeof(bytes), descriptors) == -EMSGSIZE);
	check(descriptors[0] == -1 && descriptors[1] == -1);
	close(pair[0]);
	close(pair[1]);
	after = dup(0);
	close(after);
	check(before == after);
	tap_test("too long a message and too many descriptors leave nothing open");
}

/* As a program that is set-user-ID; only root can become one here. */
static void test_effective_user(void)
{
	union {
		struct cmsghdr header;
		char bytes[256];
	} control;
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct ucred sender = { 0 };
	int pair[2], on = 1, descriptors = 0;
	pid_t child;

	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	check(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
	child = fork();
	if (!child)
		_exit((!getuid() && setresuid(4711, 4712, 4712)) ||
		      transport_send_effective(pair[0], "x", 1, pair, 1));
	check(recvmsg(pair[1], &message, 0) == 1);
	for (struct cmsghdr *extra = CMSG_FIRSTHDR(&message); extra; extra = CMSG_NXTHDR(&message, extra)) {
		if (extra->cmsg_type == SCM_CREDENTIALS)
			memcpy(&sender, CMSG_DATA(extra), sizeof(sender));
		descriptors += extra->cmsg_type == SCM_RIGHTS;
	}
	check(sender.pid == child && sender.uid == (getuid() ? geteuid() : 4712) && descriptors == 1);
	waitpid(child, NULL, 0);
	close(pair[0]);
	close(pair[1]);
	tap_test("a message in the name of the effective user, with a descriptor");
}

/* In a program that is somebody else's. */
static void test_guests(void)
{
	CLEANUP_HANDOVER struct handover handover = HANDOVER_NONE;
	int saved = dup(STDIN_FILENO), pair[2], descriptors[TRANSPORT_MAX_DESCRIPTORS];
	struct rlimit before, small;
	char byte;

	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &small);
	check(handover_new(&handover, NULL, 9000) == -EFBIG);
	check(handover_new(&handover, "passcode", 8) == 0);
	handover_free(&handover);
	setrlimit(RLIMIT_FSIZE, &before);
	tap_test("beyond the limit for files there is an error, and no signal");

	close(STDIN_FILENO);
	check(handover_new(&handover, "passcode", 8) == 0 && handover.descriptor > STDERR_FILENO);
	check(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	if (!pair[0])
		pair[0] = dup(0);
	close(STDIN_FILENO);
	check(transport_send(pair[0], "x", 1, &handover.descriptor, 1) == 0);
	check(transport_receive(pair[1], &byte, 1, descriptors) == 1 && descriptors[0] > STDERR_FILENO);
	transport_close(descriptors);
	close(pair[0]);
	close(pair[1]);
	dup2(saved, STDIN_FILENO);
	close(saved);
	tap_test("a secret gets no number of a standard stream that is closed");
}

int main(void)
{
	tap_start();
	test_way();
	test_never_read();
	test_unread();
	test_sparse();
	test_cut_out();
	test_sent();
	test_sender_ended();
	test_released();
	test_refused();
	test_too_much();
	test_effective_user();
	test_guests();
	return tap_end();
}
