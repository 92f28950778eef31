// SPDX-License-Identifier: GPL-2.0-or-later
#include "import_ios.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attribute_name.h"
#include "attribute_text.h"
#include "complain.h"
#include "execute.h"
#include "helper/common/terminal.h"
#include "helper/ios/ios_exchange.h"
#include "helper/keychain/base/cbor.h"
#include "helper/keychain/certificate/crypto_memory.h"
#include "import_report.h"
#include "ios_reader.h"
#include "progress.h"
#include "stream.h"

#define PASSWORD_TRIES	3
#define MAX_BATCH	64		/* items in one request */
#define MAX_BATCH_SIZE	(512U * 1024)
#define DIGEST_SIZE	32
#define GROUP_NAME	"ios-access-group"	/* the attribute of one's own with the group that an item had */

/* An item that was sent for adding: what makes it unique, and its secret. */
struct seen {
	uint8_t unique[DIGEST_SIZE], secret[DIGEST_SIZE];
};

struct import {
	struct keychain_client *client;
	const struct import_ios_options *options;
	struct import_report report;
	struct value *batch;
	size_t batch_size;
	struct seen *seen;
	size_t seen_count, seen_room;
	bool asked;		/* for the password, on a terminal */
	bool wrong;		/* it was */
	bool wanted;		/* an item was of the group that was asked for */
};

static int no_memory(void)
{
	return complain_other(_("out of memory"));
}

/* ---- Failures ------------------------------------------------------------------------------------ */

static const struct {
	const char *failure, *text;
	int status;
} failures[] = {
	{ IOS_FAILURE_MANIFEST, N_("its Manifest.plist is damaged, or is none"), EXIT_DAMAGED },
	{ IOS_FAILURE_PLAIN, N_("it is not encrypted: in such a backup the keychain is encrypted by a key that never leaves the "
				"device; choose encrypted backups in Finder, iTunes or idevicebackup2, and make another one"),
	  EXIT_OTHER },
	{ IOS_FAILURE_KEYBAG, N_("its keybag is damaged, or not one that a password opens"), EXIT_DAMAGED },
	{ IOS_FAILURE_PASSWORD, N_("the password is wrong"), EXIT_WRONG_PASSCODE },
	{ IOS_FAILURE_ITERATIONS, N_("its keybag wants more than 100 million iterations of PBKDF2, which no device does: it is "
				     "damaged"), EXIT_DAMAGED },
	{ IOS_FAILURE_DATABASE, N_("its Manifest.db cannot be decrypted, or is damaged"), EXIT_DAMAGED },
	{ IOS_FAILURE_ABSENT, N_("there is no keychain in it"), EXIT_NOT_FOUND },
	{ IOS_FAILURE_KEYCHAIN, N_("its keychain cannot be decrypted, or is damaged"), EXIT_DAMAGED },
	{ IOS_FAILURE_LARGE, N_("one of its files is larger than a backup has it (Manifest.plist 32 MiB, Manifest.db 1 GiB, keychain "
				"64 MiB), or a property list in it deeper"), EXIT_DAMAGED },
	{ IOS_FAILURE_MANY, N_("its keychain has more than 65536 entries, which no device has: it is damaged"), EXIT_DAMAGED },
	{ IOS_FAILURE_CONFINE, N_("this kernel has no filters of system calls (seccomp), without which no backup is read"),
	  EXIT_OTHER },
	{ IOS_FAILURE_MEMORY, N_("there is not enough memory to read it"), EXIT_OTHER },
};

static int complain_failure(struct import *import, const char *failure)
{
	import->wrong = !strcmp(failure, IOS_FAILURE_PASSWORD);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (strcmp(failures[i].failure, failure))
			continue;
		complain_other("%s: %s", import->options->folder, _(failures[i].text));
		return failures[i].status;
	}
	return complain_other(_("%s: the program that reads it sends what is not known"), import->options->folder);
}

static const struct {
	const char *left, *text;
	bool singly;		/* it may be a matter of this entry alone */
	bool partial;		/* another device or another version could have it */
} reasons[] = {
	{ IOS_LEFT_DEVICE, N_("a key of the device encrypts it, which no backup has"), false, false },
	{ IOS_LEFT_CLASS_KEY, N_("the backup has no key of its class"), false, true },
	{ IOS_LEFT_DAMAGED, N_("it is damaged"), true, true },
	{ IOS_LEFT_VERSION, N_("it has a form that is not known"), true, true },
	{ IOS_LEFT_CONTROL, N_("only the device may open it, by its access control"), false, false },
	{ IOS_LEFT_TOKEN, N_("the key itself is in the Secure Enclave or a token"), false, false },
	{ IOS_LEFT_DELETED, N_("it only says that an item was deleted"), false, false },
	{ IOS_LEFT_LARGE, N_("it is longer than 240 KiB"), true, true },
};

/* ---- Adding -------------------------------------------------------------------------------------- */

static struct value *add_request(const struct import *import)
{
	struct value *request = request_plain("add-all");

	if (!request || value_set(request, "items", value_copy(import->batch))) {
		value_free(request);
		return NULL;
	}
	if (import->options->dry_run)
		request_set(&request, "options", "dry_run", value_boolean(true));
	return request;
}

/*
 * Why an item is refused that another one is in the way of; NULL: that has the same secret. The other one may be of the same
 * batch, which is undone: then it is not there any more.
 */
static const char *collision(struct import *import, const struct value *item, const struct value *reference)
{
	struct value *query = value_dictionary(), *answer = NULL;
	int status = errSecAllocate;
	bool same;

	if (!query || value_set(query, "v_PersistentRef", value_copy(reference)) || value_set(query, "r_Data", value_boolean(true)))
		value_free(query);
	else
		status = execute_quietly(import->client, request_new("copy", query), &answer);
	same = !status && value_equal(value_get(answer, "result"), value_get(item, "v_Data"));
	value_free(answer);
	if (same)
		return NULL;
	if (!status)
		return N_("another item with the same attributes is there already; import it into another keychain (--keychain)");
	if (status == errSecItemNotFound)
		return N_("another item of the backup has the same attributes; import it into another keychain (--keychain)");
	return N_("an item with the same attributes is there already, and its secret cannot be compared: unlock the keybag, and "
		  "import again");
}

static int set_aside_present(struct import *import, const struct value *item, const struct value *answer)
{
	const char *reason = collision(import, item, value_get(answer, "colliding"));
	int error;

	if (reason)
		error = import_report_refuse(&import->report, item, reason, NULL);
	else
		error = import_report_count(&import->report, IMPORT_PRESENT, value_as_string(value_get(item, "class")));
	return error ? no_memory() : 0;
}

/* An item alone is the cause of these: the others are added without it. */
static bool is_of_item(int64_t status)
{
	return status == errSecDuplicateItem || status == errSecParam || status == errSecNoSuchAttr || status == errSecDecode;
}

static int set_aside(struct import *import, size_t number, int64_t status, const struct value *answer)
{
	const struct value *item = value_at(import->batch, number);
	struct value *rest = value_array();
	int result = rest ? 0 : no_memory(), error = 0;

	if (!result && status == errSecDuplicateItem)
		result = set_aside_present(import, item, answer);
	else if (!result && import_report_refuse(&import->report, item, N_("the keychain does not take it"),
						 value_as_string(value_get(answer, "message"))))
		result = no_memory();
	for (size_t i = 0; !result && !error && i < value_count(import->batch); i++)
		if (i != number)
			error = value_append(rest, value_copy(value_at(import->batch, i)));
	if (result || error) {
		value_free(rest);
		return result ? result : no_memory();
	}
	value_free(import->batch);
	import->batch = rest;
	return 0;
}

/* One transaction; what cannot be added is set aside, and the others are tried again. */
static int add_batch(struct import *import)
{
	int64_t status = 0, number;
	int result = 0;

	do {
		struct value *answer = value_count(import->batch) ? execute_answer(import->client, add_request(import)) : NULL;

		if (!value_count(import->batch))
			break;
		if (!answer)
			return no_memory();
		status = value_as_integer(value_get(answer, "status"));
		number = value_get(answer, "item") ? value_as_integer(value_get(answer, "item")) : -1;
		if (status && is_of_item(status) && number >= 0 && (size_t)number < value_count(import->batch))
			result = set_aside(import, (size_t)number, status, answer);
		else if (status)
			result = complain_answer(answer);
		value_free(answer);
	} while (!result && status);
	for (size_t i = 0; !result && i < value_count(import->batch); i++)
		if (import_report_count(&import->report, IMPORT_ADDED,
					value_as_string(value_get(value_at(import->batch, i), "class"))))
			result = no_memory();
	value_free(import->batch);
	import->batch = value_array();
	import->batch_size = 0;
	return result || import->batch ? result : no_memory();
}

/* ---- Items of the backup ------------------------------------------------------------------------- */

/* As the keychain compares values: text and data by their bytes, numbers by their digits, nothing as what is empty. */
static bool hash_value(EVP_MD_CTX *context, const struct value *value)
{
	char digits[24];
	size_t length = 0;
	const void *bytes = value_bytes(value, &length);
	int64_t number = value_is(value, VALUE_BOOLEAN) ? value_as_boolean(value) :
			 value_is(value, VALUE_DATE) ? value_as_date(value) : value_as_integer(value);
	uint64_t prefix;

	if (!bytes && number) {
		length = (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)number);
		bytes = digits;
	}
	prefix = length;
	return EVP_DigestUpdate(context, &prefix, sizeof(prefix)) == 1 && (!length || EVP_DigestUpdate(context, bytes, length) == 1);
}

/*
 * A certificate, or a key without the hash of its public half, is its data, from which the rest follows: two certificates that
 * differ and have the same issuer and serial number are left to the keychain.
 */
static bool hash_unique(EVP_MD_CTX *context, const struct value *item)
{
	const char *class = value_as_string(value_get(item, "class"));
	bool done = hash_value(context, value_get(item, "class"));

	if (!strcmp(class, "cert") || (!strcmp(class, "keys") && !value_get(item, "klbl")))
		return done && hash_value(context, value_get(item, "v_Data"));
	for (size_t i = 0; done && i < attribute_name_count(); i++)
		if (attribute_name_at(i)->unique & class_bit(class) && strcmp(attribute_name_at(i)->key, "agrp"))
			done = hash_value(context, value_get(item, attribute_name_at(i)->key));
	return done;
}

static int make_seen(const struct value *item, struct seen *ret_seen)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 && hash_unique(context, item) &&
		    EVP_DigestFinal_ex(context, ret_seen->unique, NULL) == 1 &&
		    EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 && hash_value(context, value_get(item, "v_Data")) &&
		    EVP_DigestFinal_ex(context, ret_seen->secret, NULL) == 1;

	EVP_MD_CTX_free(context);
	return done ? 0 : -ENOMEM;
}

static void free_seen(struct import *import)
{
	if (import->seen)
		explicit_bzero(import->seen, import->seen_count * sizeof(*import->seen));
	free(import->seen);
}

static const struct seen *find_seen(const struct import *import, const struct seen *wanted)
{
	for (size_t i = 0; i < import->seen_count; i++)
		if (!memcmp(import->seen[i].unique, wanted->unique, DIGEST_SIZE))
			return &import->seen[i];
	return NULL;
}

/* A digest of a short secret tells it: none is left behind. */
static int add_seen(struct import *import, const struct seen *seen)
{
	size_t room = import->seen_room ? 2 * import->seen_room : 256;
	struct seen *grown;

	if (import->seen_count == import->seen_room) {
		grown = calloc(room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		for (size_t i = 0; i < import->seen_count; i++)
			grown[i] = import->seen[i];
		free_seen(import);
		import->seen = grown;
		import->seen_room = room;
	}
	import->seen[import->seen_count++] = *seen;
	return 0;
}

/*
 * Groups keep items apart in the backup, and all of them come into one here. Returns 1 where another item of the backup is
 * in the way, which is noted, 0 where none is, or a negative errno.
 */
static int note_seen(struct import *import, const struct value *item)
{
	const struct seen *other = NULL;
	struct seen seen;
	int result = make_seen(item, &seen);

	if (!result)
		other = find_seen(import, &seen);
	if (other && secret_bytes_equal(other->secret, seen.secret, DIGEST_SIZE))
		result = import_report_count(&import->report, IMPORT_PRESENT, value_as_string(value_get(item, "class")));
	else if (other)
		result = import_report_refuse(&import->report, item, N_("another item of the backup has the same attributes; "
					      "import its access group (--from-group) into another keychain (--keychain)"),
					      value_as_string(value_get(value_get(item, "attr"), GROUP_NAME)));
	else if (!result)
		result = add_seen(import, &seen);
	explicit_bzero(&seen, sizeof(seen));
	return result || !other ? result : 1;
}

/* The group that it had is kept as an attribute of its own: here programs hold other groups. */
static int complete_item(struct import *import, struct value *item, const struct value *group)
{
	struct value *own = group ? value_dictionary() : NULL;

	if (group && (!own || value_set(own, GROUP_NAME, value_copy(group)))) {
		value_free(own);
		return -ENOMEM;
	}
	if (own && value_set(item, "attr", own))
		return -ENOMEM;
	return import->options->group ? value_set(item, "agrp", value_string(import->options->group)) : 0;
}

static bool is_wanted(const struct import *import, const struct value *group)
{
	const char *wanted = import->options->from_group, *name = value_as_name(group);

	return !wanted || (name && !strcmp(name, wanted));
}

/* The program that sent it parses what others have made: it may be taken over, and an item have more than attributes. */
static bool is_item(const struct value *item)
{
	const char *class = value_as_name(value_get(item, "class")), *protection = value_as_name(value_get(item, "pdmn"));

	for (size_t i = 0; i < value_count(item); i++) {
		const char *key = value_key_at(item, i);

		if (strcmp(key, "v_Data") && (!attribute_name_of(key) || !strcmp(key, "agrp") || !strcmp(key, "attr") ||
					      !strcmp(key, "v_PersistentRef")))
			return false;
	}
	return class && class_bit(class) && protection && is_accessible(protection);
}

static int take_item(struct import *import, const struct value *record)
{
	const struct value *group = value_get(record, IOS_RECORD_GROUP);
	struct value *item = value_copy(value_get(record, IOS_RECORD_ITEM));
	size_t size = item ? cbor_value_size(item) : 0;
	int seen;

	if (!item)
		return no_memory();
	if (!size || !is_item(item)) {
		value_free(item);
		return complain_failure(import, "");
	}
	if (!is_wanted(import, group)) {
		value_free(item);
		return 0;
	}
	import->wanted = true;
	seen = complete_item(import, item, group);
	if (!seen)
		seen = note_seen(import, item);
	if (seen) {
		value_free(item);
		return seen < 0 ? no_memory() : 0;
	}
	if (value_count(import->batch) == MAX_BATCH || import->batch_size + size > MAX_BATCH_SIZE) {
		int result = add_batch(import);

		if (result) {
			value_free(item);
			return result;
		}
	}
	import->batch_size += size;
	return value_append(import->batch, item) ? no_memory() : 0;
}

static int take_left(struct import *import, const struct value *record)
{
	const char *left = value_as_name(value_get(record, IOS_RECORD_LEFT));
	const char *class = value_as_name(value_get(record, IOS_RECORD_CLASS));
	const char *protection = value_as_name(value_get(record, IOS_RECORD_PROTECTION));

	/* Their group is not known: they are told whichever was asked for. */
	if (!class || !class_bit(class) || !protection || (*protection && !is_accessible(protection)))
		return complain_failure(import, "");
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i].left, left))
			continue;
		import->report.partial |= reasons[i].partial;
		return import_report_leave(&import->report, class, protection, reasons[i].text, reasons[i].singly,
					   value_as_integer(value_get(record, IOS_RECORD_NUMBER))) ? no_memory() : 0;
	}
	return complain_failure(import, "");
}

/* ---- The whole ----------------------------------------------------------------------------------- */

static int ask_password(struct import *import, struct secret *ret_password)
{
	int result;

	import->asked = isatty(STDIN_FILENO);
	if (!import->asked) {
		result = secret_new(ret_password, IOS_MAX_PASSWORD + 2);
		if (!result)
			result = line_read(STDIN_FILENO, ret_password);
		/* No line is an empty one. */
		result = result == -ENODATA ? 0 : result;
	} else {
		/* Nobody types a password for items that no service would take. */
		result = execute_quietly(import->client, request_plain("keychain-default"), NULL);
		if (result)
			return execute_complain(result);
		result = stream_ask(_("Password of the backup: "), ret_password);
	}
	if (!result && ret_password->length > IOS_MAX_PASSWORD)
		result = -EMSGSIZE;
	return result ? complain_other(_("password: %s"), stream_problem(result)) : 0;
}

static int take_record(struct import *import, struct ios_reader *reader, const struct value *record)
{
	CLEANUP_SECRET struct secret password = SECRET_NONE;
	const char *source = value_as_string(value_get(record, IOS_RECORD_BACKUP));
	int result = 0;

	if (source) {
		free(import->report.source);
		import->report.source = strdup(source);
		result = import->report.source ? ask_password(import, &password) : no_memory();
	} else if (value_get(record, IOS_RECORD_ITEM)) {
		result = take_item(import, record);
	} else if (value_as_name(value_get(record, IOS_RECORD_LEFT))) {
		result = take_left(import, record);
	} else if (value_as_name(value_get(record, IOS_RECORD_FAILURE))) {
		result = complain_failure(import, value_as_name(value_get(record, IOS_RECORD_FAILURE)));
	} else if (!value_get(record, IOS_RECORD_END)) {
		result = complain_failure(import, "");
	}
	if (!result)
		ios_reader_go_on(reader, source ? &password : NULL);
	return result;
}

static int read_once(struct import *import, const struct ios_folder *folder)
{
	CLEANUP_IOS_READER struct ios_reader reader = IOS_READER_NONE;
	bool over = false;
	int result = ios_reader_start(folder, &reader), error;

	while (!result && !over) {
		struct value *record = NULL;

		error = ios_reader_next(&reader, &record);
		if (error == -ENOMEM)
			return no_memory();
		if (error) {
			complain_other(_("%s: the program that reads it has ended unexpectedly: the backup may be damaged"),
				       import->options->folder);
			return EXIT_DAMAGED;
		}
		over = value_get(record, IOS_RECORD_END);
		result = take_record(import, &reader, record);
		value_free(record);
	}
	return result ? result : add_batch(import);
}

/* A wrong password is asked for again, as a passcode is. */
static int read_all_tries(struct import *import, const struct ios_folder *folder)
{
	int result;

	for (int tries = 1;; tries++) {
		import->wrong = false;
		result = read_once(import, folder);
		if (!import->wrong || !import->asked || tries == PASSWORD_TRIES)
			return result;
	}
}

static int tell(const struct import *import)
{
	int result = import_report_write(&import->report);

	if (result)
		return result;
	if (import->options->from_group && !import->wanted) {
		complain_other(_("%s: no item that it could give is of access group %s"), import->options->folder,
			       import->options->from_group);
		return EXIT_NOT_FOUND;
	}
	if (import->report.partial)
		return EXIT_PARTIAL;
	return import_report_total(&import->report, IMPORT_PRESENT) && !import_report_total(&import->report, IMPORT_ADDED) ?
		EXIT_DUPLICATE : 0;
}

int import_ios(struct keychain_client *client, const struct import_ios_options *options)
{
	CLEANUP_IOS_FOLDER struct ios_folder folder = IOS_FOLDER_NONE;
	struct import import = { .client = client, .options = options, .batch = value_array() };
	int result, told;

	/* Before anything else of libcrypto: secrets pass through it. */
	crypto_memory_wipe();
	result = import_report_begin(&import.report, options->dry_run, options->json) || !import.batch ? no_memory() : 0;
	if (!result)
		result = ios_folder_open(options->folder, &folder);
	if (!result)
		result = read_all_tries(&import, &folder);
	/* Items that were added before it failed are told all the same. */
	if (!result || import_report_total(&import.report, IMPORT_ADDED)) {
		told = tell(&import);
		result = result ? result : told;
	}
	import_report_release(&import.report);
	value_free(import.batch);
	free_seen(&import);
	return result;
}
