// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "helper/keychain/certificate/certificate_parse.h"
#include "helper/keychain/certificate/container/container_bundle.h"
#include "helper/keychain/certificate/crypto_free.h"
#include "helper/keychain/certificate/trust.h"

#define MAX_CHAIN 16
/* 112 bits of strength: as Debian has it for TLS. Without a level libcrypto takes signatures with SHA-1 and MD5. */
#define SECURITY_LEVEL 2

/* The file last read: reading it takes longer than verifying. */
static struct {
	pthread_mutex_t mutex;
	char *path;
	struct stat stat;
	X509_STORE *store;
} cache = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static bool cached(const char *path, const struct stat *stat)
{
	return cache.store && !strcmp(cache.path, path) && cache.stat.st_ino == stat->st_ino &&
	       cache.stat.st_size == stat->st_size &&
	       cache.stat.st_mtim.tv_sec == stat->st_mtim.tv_sec &&
	       cache.stat.st_mtim.tv_nsec == stat->st_mtim.tv_nsec;
}

/* One that libcrypto does not take is no reason to trust none. */
static void add(X509_STORE *store, const struct value *item)
{
	X509 *certificate CLEANUP(free_x509) = NULL;
	size_t length;
	const void *der = value_bytes(value_get(item, "v_Data"), &length);

	certificate = certificate_parse(der, length);
	if (certificate)
		X509_STORE_add_cert(store, certificate);
}

/* All that can be read of the file; libcrypto's own function gives up at the first that cannot. */
static bool load(X509_STORE *store, const char *path)
{
	CLEANUP_FD int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	struct value *items CLEANUP(free_value) = NULL;

	if (descriptor < 0 || container_bundle_file(descriptor, NULL, NULL, &items))
		return false;
	for (size_t number = 0; number < value_count(items); number++)
		add(store, value_at(items, number));
	return value_count(items) > 0;
}

static void refresh(const char *path, const struct stat *stat)
{
	X509_STORE *store = X509_STORE_new();
	char *copy = strdup(path);

	X509_STORE_free(cache.store);
	free(cache.path);
	cache.store = NULL;
	cache.path = NULL;
	if (!store || !copy || !load(store, path)) {
		X509_STORE_free(store);
		free(copy);
		return;
	}
	cache.store = store;
	cache.path = copy;
	cache.stat = *stat;
}

/* A reference to the certificates of the file, or NULL. */
static X509_STORE *roots_of(const char *path)
{
	X509_STORE *store = NULL;
	struct stat now;

	pthread_mutex_lock(&cache.mutex);
	if (!stat(path, &now)) {
		if (!cached(path, &now))
			refresh(path, &now);
		if (cache.store && X509_STORE_up_ref(cache.store))
			store = cache.store;
	}
	pthread_mutex_unlock(&cache.mutex);
	return store;
}

bool trust_verify(X509 *certificate, STACK_OF(X509) *others, const char *roots, time_t when)
{
	X509_STORE *store CLEANUP(free_store) = roots_of(roots);
	X509_STORE_CTX *context CLEANUP(free_store_context) = NULL;
	bool trusted;

	context = store ? X509_STORE_CTX_new() : NULL;
	if (!context || !X509_STORE_CTX_init(context, store, certificate, others)) {
		ERR_clear_error();
		return false;
	}
	X509_STORE_CTX_set_time(context, 0, when);
	X509_STORE_CTX_set_depth(context, MAX_CHAIN);
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context), SECURITY_LEVEL);
	trusted = X509_verify_cert(context) == 1;
	ERR_clear_error();
	return trusted;
}
