// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads of secrets from whatever provides the Secret Service, through libsecret.
 *
 *   secret-service ITEMS TIMES    stores ITEMS passwords, then prints "secret_service_read N", the
 *                                 nanoseconds of one lookup of one of them, the mean of TIMES
 *
 * libsecret is opened at run time, so that building this takes no headers of it. One process makes
 * all lookups over one connection and one session of the bus, which is the least a program can pay.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERVICE_OPEN_SESSION (1 << 1)

/* SecretSchema, as its documentation lays it out. */
struct schema {
	const char *name;
	int flags;
	struct {
		const char *name;
		int type;
	} attributes[32];
	int reserved;
	void *pointers[7];
};

static const struct schema schema = {
	.name = "org.example.Measured",
	.attributes = { { "account", 0 }, { "service", 0 } },
};

typedef int store_function(const struct schema *schema, const char *collection, const char *label,
			   const char *password, void *cancellable, void **error, ...);
typedef char *lookup_function(const struct schema *schema, void *cancellable, void **error, ...);
typedef void *get_function(int flags, void *cancellable, void **error);
typedef void free_function(char *password);

static void *library_function(const char *name)
{
	static void *library;
	void *function;

	if (!library)
		library = dlopen("libsecret-1.so.0", RTLD_NOW);
	function = library ? dlsym(library, name) : NULL;
	if (!function) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	return function;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

static void account_of(unsigned long number, char text[32])
{
	snprintf(text, 32, "account-%08lu", number);
}

static void fill(unsigned long items)
{
	store_function *store = library_function("secret_password_store_sync");
	char account[32];

	for (unsigned long number = 0; number < items; number++) {
		account_of(number, account);
		if (!store(&schema, "default", "measured", "a secret of 32 bytes, as of keys", NULL,
			   NULL, "account", account, "service", "measured", NULL)) {
			fprintf(stderr, "password %lu is not stored\n", number);
			exit(1);
		}
	}
}

/* Nanoseconds of one. */
static uint64_t measure(unsigned long items, unsigned long times)
{
	lookup_function *lookup = library_function("secret_password_lookup_sync");
	free_function *release = library_function("secret_password_free");
	uint64_t start = now();
	char account[32];

	for (unsigned long time = 0; time < times; time++) {
		char *password;

		account_of(time * 7919 % items, account);
		password = lookup(&schema, NULL, NULL, "account", account, "service", "measured",
				  NULL);
		if (!password || strlen(password) != 32) {
			fprintf(stderr, "%s is not found\n", account);
			exit(1);
		}
		release(password);
	}
	return (now() - start) / times;
}

int main(int argc, char **argv)
{
	unsigned long items, times;
	get_function *get;

	if (argc != 3)
		return 2;
	items = strtoul(argv[1], NULL, 10);
	times = strtoul(argv[2], NULL, 10);
	/* Held, so that not every lookup makes a connection and a session of its own. */
	get = library_function("secret_service_get_sync");
	if (!get(SERVICE_OPEN_SESSION, NULL, NULL)) {
		fprintf(stderr, "nobody provides the Secret Service\n");
		return 1;
	}
	fill(items);
	measure(items, 10);
	printf("secret_service_read %llu\n", (unsigned long long)measure(items, times));
	return 0;
}
