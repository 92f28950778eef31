// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures keybag's data path and what it is compared with. Prints lines "NAME VALUE".
 *
 *   measure count    nanoseconds an operation, of one process; where the machine counts
 *                    instructions, one nanosecond is one instruction
 *   measure smp      unwraps a second by one process, by two; the same of a plain wrap, that
 *                    shares nothing; waits for a lock meanwhile
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alg.h"
#include "bag.h"
#include "bench.h"

#define SAMPLES		101
#define TIMES		100		/* calls in a sample */
#define BATCHES		5
#define ROUNDS		9		/* medians of nine */
#define ROUND_NS	400000000ULL
#define LOCKS		21		/* in a round */
/* Header and length of the caller's associated data come before it in what the cipher is given. */
#define WHOLE_AAD	(KEYBAG_BLOB_HEADER_SIZE + 4 + AAD_LENGTH)

static int bench_device;
static struct bench bench;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

static void nothing(void)
{
	__asm__ volatile("" ::: "memory");
}

static void null_ioctl(void)
{
	static struct bench_null argument;

	if (ioctl(bench_device, BENCH_NULL, &argument))
		fail("null ioctl");
}

static void plain_wrap(void)
{
	if (ioctl(bench_device, BENCH_WRAP(sizeof(bench.wrap)), bench.wrap) != BLOB_LENGTH)
		fail("plain wrap");
}

static void unwrap(void)
{
	bench_unwrap(&bench);
}

static void wrap(void)
{
	bench_wrap(&bench);
}

static void batch(void)
{
	bench_batch(&bench);
}

static void macs(void)
{
	bench_macs(&bench);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(values[0]), compare);
	return values[count / 2];
}

static double took(void (*call)(void), unsigned int times)
{
	uint64_t start = now();
	unsigned int i;

	for (i = 0; i < times; i++)
		call();
	return (double)(now() - start);
}

/*
 * Per call, without the loop's own. Of many small samples: the kernel's timer falls into few of
 * them, and their median does not know it.
 */
static double cost(void (*call)(void), unsigned int times)
{
	double full[SAMPLES], empty[SAMPLES];
	unsigned int i;

	took(call, 50);
	for (i = 0; i < SAMPLES; i++) {
		empty[i] = took(nothing, times);
		full[i] = took(call, times);
	}
	return (median(full, SAMPLES) - median(empty, SAMPLES)) / times;
}

static double bare_cipher(unsigned int decrypt)
{
	double sample[SAMPLES];
	unsigned int i;

	for (i = 0; i < SAMPLES; i++) {
		struct bench_loop loop = {
			.count = TIMES,
			.decrypt = decrypt,
			.length = SECRET_LENGTH,
			.aad_length = WHOLE_AAD,
		};

		if (ioctl(bench_device, BENCH_LOOP, &loop))
			fail("bare cipher");
		sample[i] = (double)loop.total_ns;
	}
	return median(sample, SAMPLES) / TIMES;
}

/* Two blocks of SHA-256: what a MAC of a short message cannot do without. */
static double bare_hash(void)
{
	double sample[SAMPLES];
	unsigned int i;

	for (i = 0; i < SAMPLES; i++) {
		struct bench_hash hash = { .count = TIMES };

		if (ioctl(bench_device, BENCH_HASH, &hash))
			fail("bare hash");
		sample[i] = (double)hash.total_ns;
	}
	return median(sample, SAMPLES) / TIMES;
}

static int count(void)
{
	printf("null_ioctl %.1f\n", cost(null_ioctl, TIMES));
	printf("bare_gcm_decrypt %.1f\n", bare_cipher(1));
	printf("bare_gcm_encrypt %.1f\n", bare_cipher(0));
	printf("unwrap_32 %.1f\n", cost(unwrap, TIMES));
	printf("wrap_32 %.1f\n", cost(wrap, TIMES));
	printf("plain_wrap %.1f\n", cost(plain_wrap, TIMES));
	printf("batch_64 %.1f\n", cost(batch, BATCHES) / BATCH);
	printf("bare_sha256_blocks %.1f\n", bare_hash());
	printf("mac_28 %.1f\n", cost(macs, TIMES) / MACS);
	if (alg_open())
		printf("af_alg %.1f\n", cost(alg_decrypt, TIMES));
	return 0;
}

/* -- on two processors, in real time -- */

/* Between the processes. */
struct shared {
	atomic_uint ready;
	atomic_bool go;
	atomic_bool stop;
	atomic_ulong done[2];
};

static void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("sched_setaffinity");
}

enum what {
	UNWRAP,		/* a lock of the bag is waited for to end */
	PLAIN_WRAP,	/* that shares nothing with another's */
};

/* Works until told to stop. */
static void work(struct shared *shared, enum what what, unsigned int number)
{
	static struct bench own;
	unsigned long done = 0;
	int device;

	pin(number);
	bench_open(&own);
	device = open(BENCH_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0)
		fail(BENCH_DEVICE);
	atomic_fetch_add(&shared->ready, 1);
	while (!atomic_load(&shared->go))
		sched_yield();
	while (!atomic_load_explicit(&shared->stop, memory_order_relaxed)) {
		if (what == PLAIN_WRAP) {
			if (ioctl(device, BENCH_WRAP(sizeof(own.wrap)), own.wrap) != BLOB_LENGTH)
				fail("plain wrap");
			done++;
		} else if (ioctl(own.fd, KEYBAG_IOC_UNWRAP(sizeof(own.unwrap)), own.unwrap) ==
			   SECRET_LENGTH) {
			done++;
		} else if (errno != ENOKEY) {
			fail("UNWRAP");
		}
	}
	atomic_store(&shared->done[number], done);
}

static void start(struct shared *shared, enum what what, unsigned int workers, pid_t *pids)
{
	unsigned int i;

	memset(shared, 0, sizeof(*shared));
	for (i = 0; i < workers; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			work(shared, what, i);
			_exit(0);
		}
		if (pids[i] < 0)
			fail("fork");
	}
	while (atomic_load(&shared->ready) < workers)
		usleep(1000);
	atomic_store(&shared->go, true);
}

static void finish(struct shared *shared, unsigned int workers, const pid_t *pids)
{
	unsigned int i;
	int status;

	atomic_store(&shared->stop, true);
	for (i = 0; i < workers; i++)
		if (waitpid(pids[i], &status, 0) != pids[i] || status)
			fail("a worker");
}

static double throughput(struct shared *shared, enum what what, unsigned int workers)
{
	uint64_t begin, took;
	pid_t pids[2];

	start(shared, what, workers, pids);
	begin = now();
	usleep(ROUND_NS / 1000);
	took = now() - begin;
	finish(shared, workers, pids);
	return (double)(atomic_load(&shared->done[0]) + atomic_load(&shared->done[1])) * 1e9 /
	       (double)took;
}

/* Time that LOCK takes, in ms, while both processors unwrap. */
static double lock_latency(struct shared *shared)
{
	const struct sched_param urgent = { .sched_priority = 1 };
	double waits[LOCKS];
	unsigned int i;
	uint64_t begin;
	pid_t pids[2];

	start(shared, UNWRAP, 2, pids);
	/* As it would be asked for: by somebody who does not queue behind those he locks out. */
	sched_setscheduler(0, SCHED_FIFO, &urgent);
	for (i = 0; i < LOCKS; i++) {
		usleep(5000);
		begin = now();
		bag_lock();
		waits[i] = (double)(now() - begin) / 1e6;
		bag_unlock();
	}
	sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){});
	finish(shared, 2, pids);
	return median(waits, LOCKS);
}

static int smp(void)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double one[ROUNDS], ratios[ROUNDS], plain[ROUNDS], waits[ROUNDS];
	unsigned int i;

	if (shared == MAP_FAILED)
		fail("mmap");
	for (i = 0; i < ROUNDS; i++) {
		one[i] = throughput(shared, UNWRAP, 1);
		ratios[i] = throughput(shared, UNWRAP, 2) / one[i];
		plain[i] = throughput(shared, PLAIN_WRAP, 1);
		plain[i] = throughput(shared, PLAIN_WRAP, 2) / plain[i];
		waits[i] = lock_latency(shared);
	}
	printf("smp_one %.0f\n", median(one, ROUNDS));
	printf("smp_ratio %.3f\n", median(ratios, ROUNDS));
	printf("smp_plain %.3f\n", median(plain, ROUNDS));
	printf("lock_ms %.4f\n", median(waits, ROUNDS));
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	bench_device = open(BENCH_DEVICE, O_RDWR | O_CLOEXEC);
	if (bench_device < 0)
		fail(BENCH_DEVICE);
	bag_make();
	bench_open(&bench);
	if (!strcmp(what, "count"))
		return count();
	if (!strcmp(what, "smp"))
		return smp();
	fprintf(stderr, "usage: measure count|smp\n");
	return 2;
}
