// SPDX-License-Identifier: GPL-2.0-or-later
#include "system_roots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "answer.h"
#include "helper/common/cleanup.h"
#include "helper/daemon/log.h"
#include "helper/keychain/base/reserved_names.h"
#include "helper/keychain/certificate/container/container_bundle.h"
#include "helper/keychain/include/keychain-status.h"

/* The group of the item that names the certificates' file; readers do not have it. */
#define STATE_GROUP	"system-roots.state"
#define MARK_SIZE	96

static const char *const reader_groups[] = { SYSTEM_ROOTS_GROUP };
static const char *const writer_groups[] = { SYSTEM_ROOTS_GROUP, STATE_GROUP };
static const struct engine_caller writer = {
	.groups = writer_groups,
	.group_count = 2,
};

struct engine_caller system_roots_caller(const struct engine_caller *caller)
{
	struct engine_caller reader = *caller;

	reader.groups = reader_groups;
	reader.group_count = 1;
	reader.tokens = false;
	reader.all_groups = false;
	reader.read_only = "keychain '" SYSTEM_ROOTS_KEYCHAIN "' shows the machine's CA certificates and "
			   "cannot be changed: the machine's are added with "
			   "update-ca-certificates(8), your own with 'keychainctl import' to another "
			   "keychain";
	return reader;
}

/* Takes @content. The status; *@ret_answer, which may be NULL, is to be freed. */
static int execute(struct engine *engine, const char *operation, const char *key,
		   struct value *content, struct value **ret_answer)
{
	struct value *request = value_dictionary();
	int status = errSecAllocate;

	value_free(*ret_answer);
	*ret_answer = NULL;
	if (!value_set(request, key, content) &&
	    !value_set(request, "op", value_string(operation)))
		*ret_answer = engine_execute(engine, &writer, request);
	if (*ret_answer)
		status = (int)value_as_integer(value_get(*ret_answer, "status"));
	value_free(request);
	return status;
}

static struct value *query_of(const char *class, const char *group)
{
	struct value *query = value_dictionary();

	if (!value_set(query, "class", value_string(class)) &&
	    !value_set(query, "agrp", value_string(group)))
		return query;
	value_free(query);
	return NULL;
}

static struct value *mark_query(const char *mark)
{
	struct value *query = query_of("genp", STATE_GROUP);

	if (!value_set(query, "svce", value_string("file")) &&
	    (!mark || !value_set(query, "acct", value_string(mark))))
		return query;
	value_free(query);
	return NULL;
}

static int clear(struct engine *engine, struct value *query, struct value **ret_answer)
{
	int status = execute(engine, "delete", "query", query, ret_answer);

	return status == errSecItemNotFound ? errSecSuccess : status;
}

/* Whether a certificate before @number is the same item. */
static bool repeated(const struct value *items, size_t number)
{
	const struct value *item = value_at(items, number);

	for (size_t other = 0; other < number; other++) {
		const struct value *before = value_at(items, other);

		if (value_equal(value_get(item, "issr"), value_get(before, "issr")) &&
		    value_equal(value_get(item, "slnr"), value_get(before, "slnr")))
			return true;
	}
	return false;
}

/* Lists the items to be added: each certificate once, and the mark. */
static struct value *additions(const struct value *items, const char *mark)
{
	struct value *result = value_array();
	struct value *last = mark_query(mark);
	int error = result && last ? value_set(last, "pdmn", value_string("dk")) : -ENOMEM;

	for (size_t number = 0; !error && number < value_count(items); number++) {
		struct value *item;

		if (repeated(items, number))
			continue;
		item = value_copy(value_at(items, number));
		error = value_set(item, "agrp", value_string(SYSTEM_ROOTS_GROUP));
		error = value_append(result, item) ? -ENOMEM : error;
	}
	if (!error) {
		error = value_append(result, last);
		last = NULL;
	}
	if (!error)
		return result;
	value_free(last);
	value_free(result);
	return NULL;
}

/* Its number names it: the text of a block is not for the journal. */
static void left_out(void *context, unsigned int block, const char *reason)
{
	(void)context;
	log_warning(SYSTEM_ROOTS_FILE ": block %u is left out: %s 'update-ca-certificates --fresh' writes the file anew",
		    block, reason);
}

/* The items of the file, those that can be read. */
static int read_file(int descriptor, struct value **ret_items, struct value **ret_answer)
{
	int status = container_bundle_file(descriptor, left_out, NULL, ret_items);

	value_free(*ret_answer);
	*ret_answer = NULL;
	if (status == errSecIO)
		*ret_answer = answer_fail(status, SYSTEM_ROOTS_FILE ": %m");
	else if (status)
		*ret_answer = answer_fail(status, SYSTEM_ROOTS_FILE ": there is no certificate in it that can be read: "
					  "'update-ca-certificates --fresh' writes it anew");
	return status;
}

static int fill(struct engine *engine, const struct value *items, const char *mark,
		struct value **ret_answer)
{
	int status = clear(engine, mark_query(NULL), ret_answer);

	if (!status)
		status = clear(engine, query_of("cert", SYSTEM_ROOTS_GROUP), ret_answer);
	if (!status)
		status = execute(engine, "add-all", "items", additions(items, mark), ret_answer);
	return status;
}

int system_roots_refresh(struct engine *engine, struct value **ret_failure)
{
	CLEANUP_FD int descriptor = open(SYSTEM_ROOTS_FILE, O_RDONLY | O_CLOEXEC);
	struct value *items = NULL;
	char mark[MARK_SIZE] = "none";
	struct stat now = { 0 };
	int status;

	*ret_failure = NULL;
	if (descriptor < 0 && errno != ENOENT) {
		*ret_failure = answer_fail(errSecIO, SYSTEM_ROOTS_FILE ": %m");
		return errSecIO;
	}
	if (descriptor >= 0 && !fstat(descriptor, &now))
		snprintf(mark, sizeof(mark), "%llu %lld %lld.%09ld", (unsigned long long)now.st_ino,
			 (long long)now.st_size, (long long)now.st_mtim.tv_sec,
			 now.st_mtim.tv_nsec);
	status = execute(engine, "copy", "query", mark_query(mark), ret_failure);
	if (status == errSecItemNotFound) {
		status = now.st_size ?
			read_file(descriptor, &items, ret_failure) : 0;
		if (!status)
			status = fill(engine, items, mark, ret_failure);
		value_free(items);
	}
	if (!status) {
		value_free(*ret_failure);
		*ret_failure = NULL;
	}
	return status;
}
