// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keychainctl import: certificates and keys out of a file, all of them or none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "attribute_text.h"
#include "complain.h"
#include "execute.h"
#include "helper/cli/options.h"
#include "helper/common/cleanup.h"
#include "helper/common/terminal.h"
#include "helper/common/utf8.h"
#include "helper/keychain/base/cbor.h"
#include "helper/keychain/certificate/container/container.h"
#include "helper/keychain/certificate/crypto_memory.h"
#include "helper/keychain/certificate/key.h"
#include "helper/keychain/library/client.h"
#include "helper/keychain/transport/wire.h"
#include "import_ios.h"
#include "progress.h"
#include "stream.h"

/* Standard input is kept in locked memory, of which a user has little; files are mapped. */
#define IMPORT_MAX_INPUT (2U << 20)

/* Bytes of items in one request, which has the name of the keychain besides. */
#define MAX_REQUEST (WIRE_MAX_BODY - 256)

#define PASSPHRASE_TRIES 3

static const char usage[] =
	N_("usage: keychainctl import [OPTION...] FILE\n"
	"       keychainctl import --ios-backup [OPTION...] FOLDER\n"
	"\n"
	"Adds the certificates and keys of FILE ('-': standard input), which is PEM, DER, PKCS#8,\n"
	"PKCS#12 or a private key of OpenSSH. A passphrase that it needs is asked for on a\n"
	"terminal; if standard input is none, it is its first line. Items that are there already\n"
	"are left as they are.\n"
	"\n"
	"With --ios-backup adds the passwords, certificates and keys of the keychain in the\n"
	"encrypted backup of iOS 10 or later that is in FOLDER, each in its protection class.\n"
	"The backup's password is asked for in the same way. What cannot be opened is counted.\n"
	"\n"
	"  --accessible CLASS  of the keys: ak (default), ck, dk, aku, cku, dku, akpu\n"
	"  --access-group GROUP\n"
	"                      access group; default: the first of one's own\n"
	"  --label LABEL       of all items, instead of what the file says\n"
	"  --from-group GROUP  only items of this access group of iOS (with --ios-backup)\n"
	"  -k, --keychain NAME default: the user's default one\n"
	"  --system            the system keychain\n"
	"  --dry-run           tell what would be added and what is there, and add nothing\n"
	"  -j, --json          tell it as JSON\n");

struct import {
	struct keychain_client *client;
	const char *file, *accessible, *group, *label;
	const char *from_group;		/* of iOS */
	bool from_input, dry_run, json, ios;
	bool asked;			/* a passphrase, on a terminal */
	int unreachable;		/* the status of a service that does not answer */
	const void *bytes;
	size_t length;
	struct secret input;		/* what @bytes are, of standard input */
	struct value *items;		/* to be added */
	struct value *present;		/* those that were there already */
};

/* Nobody types a passphrase for items that no service would take. */
static int ask_passphrase(struct import *import, struct secret *ret_line)
{
	int result;

	import->unreachable = execute_quietly(import->client, request_plain("keychain-default"), NULL);
	if (import->unreachable)
		return -ENOLINK;
	result = stream_ask(_("Passphrase of the file: "), ret_line);
	import->asked = !result;
	return result;
}

/* Reads the line alone: more may come late, or never. */
static int read_passphrase(size_t size, struct secret *line)
{
	int result = secret_new(line, size + 2);

	if (!result)
		result = line_read(STDIN_FILENO, line);
	/* No line is an empty one. */
	return result == -ENODATA ? 0 : result;
}

/* The passphrase, for container_items(). */
static int give_passphrase(void *context, char *buffer, size_t size)
{
	struct import *import = context;
	CLEANUP_SECRET struct secret line = SECRET_NONE;
	int result;

	/* Standard input that has the file leaves the terminal itself, if there is one. */
	if (isatty(STDIN_FILENO) || import->from_input)
		result = ask_passphrase(import, &line);
	else
		result = read_passphrase(size, &line);
	if (result < 0)
		return result == -ENOTTY ? -ENOKEY : result;
	if (line.length > size)
		return -EMSGSIZE;
	/* To memory that is locked and wiped, by bytes: no copy stays in a vector register. */
	for (size_t at = 0; at < line.length; at++)
		((volatile char *)buffer)[at] = (char)line.data[at];
	return (int)line.length;
}

/* A mapping, so that no copy of a private key is made on the heap. */
static int open_file(struct import *import)
{
	CLEANUP_FD int descriptor = -1;
	struct stat status;
	void *bytes;
	int result;

	if (import->from_input) {
		result = stream_read(IMPORT_MAX_INPUT, &import->input);
		import->bytes = import->input.data;
		import->length = import->input.length;
		if (result == -EMSGSIZE)
			return complain_other(_("standard input is longer than %u MiB: name a file"),
					      IMPORT_MAX_INPUT >> 20);
		return result < 0 ? complain_other(_("standard input: %s"), stream_problem(result)) : 0;
	}
	descriptor = open(import->file, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0 || fstat(descriptor, &status) < 0)
		return complain_file(import->file, errno);
	if (!S_ISREG(status.st_mode))
		return complain_other(_("%s is no regular file; '-' reads standard input"),
				      import->file);
	if (!status.st_size)
		return complain_other(_("%s is empty"), import->file);
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
	if (bytes == MAP_FAILED)
		return complain_other("%s: %s", import->file, translate_errno(errno));
	import->bytes = bytes;
	import->length = (size_t)status.st_size;
	return 0;
}

static void close_file(struct import *import)
{
	if (!import->from_input && import->bytes)
		munmap((void *)import->bytes, import->length);
	secret_free(&import->input);
}

static const char *name_of(const struct import *import)
{
	return import->from_input ? _("standard input") : import->file;
}

static int set_text(struct value *item, const char *key, const char *text)
{
	return text ? value_set(item, key, value_string(text)) : 0;
}

/*
 * Attributes that the command line gives. Certificates are no secrets: their class stays the
 * default.
 */
static int complete_items(struct import *import)
{
	for (size_t number = 0; number < value_count(import->items); number++) {
		struct value *item = value_at(import->items, number);
		const char *class = value_as_string(value_get(item, "class"));

		if (set_text(item, "agrp", import->group) ||
		    set_text(item, "labl", import->label) ||
		    (class && !strcmp(class, "keys") && set_text(item, "pdmn", import->accessible)))
			return complain_other(_("out of memory"));
	}
	return 0;
}

/* Statuses of this program for what became of the file. */
static int exit_of_file(int status)
{
	switch (status) {
	case errSecInteractionNotAllowed:
	case errSecParam:
		return EXIT_USAGE;
	case errSecAuthFailed:
		return EXIT_WRONG_PASSCODE;
	case errSecDecode:
		return EXIT_DAMAGED;
	default:
		return EXIT_OTHER;
	}
}

static int read_items_once(struct import *import, int *ret_status)
{
	const struct container_passphrase passphrase = { give_passphrase, import };
	char *message CLEANUP_FREE = NULL;
	int status = container_items(import->bytes, import->length, &passphrase, &import->items,
				     &message);

	*ret_status = status;
	if (!status)
		return complete_items(import);
	if (import->unreachable)
		return execute_complain(import->unreachable);
	complain_other("%s: %s (%d): %s", name_of(import),
		       keychain_status_name(status), status, message ? message : "");
	return exit_of_file(status);
}

/* A wrong passphrase is asked for again, as a passcode is. */
static int read_items(struct import *import)
{
	int result, status;

	for (int tries = 1;; tries++) {
		import->asked = false;
		result = read_items_once(import, &status);
		if (status != errSecAuthFailed || !import->asked || tries == PASSPHRASE_TRIES)
			return result;
	}
}

static struct value *add_request(const struct import *import)
{
	struct value *request = request_plain("add-all");

	if (value_set(request, "items", value_copy(import->items))) {
		value_free(request);
		return NULL;
	}
	if (import->dry_run)
		request_set(&request, "options", "dry_run", value_boolean(true));
	return request;
}

/* One transaction is one request, which has bounds. */
static int check_size(const struct import *import)
{
	struct value *request = add_request(import);
	size_t size = cbor_value_size(request), count = value_count(import->items);

	value_free(request);
	if (!size)
		return complain_other(_("out of memory"));
	if (count > VALUE_MAX_ENTRIES)
		return complain_other(_("%s has %zu certificates and keys; at most %d are imported at once, and nothing was: "
				      "split it into several files"), name_of(import), count, VALUE_MAX_ENTRIES);
	if (size > MAX_REQUEST)
		return complain_other(_("%s has certificates and keys of %zu bytes together; at most %u are imported at "
				      "once, and nothing was: split it into several files"), name_of(import), size,
				      MAX_REQUEST);
	return 0;
}

/* Item @number is there already: moves it to those. */
static int set_aside(struct import *import, size_t number)
{
	struct value *rest = value_array();
	int error = 0;

	for (size_t at = 0; !error && at < value_count(import->items); at++)
		error = value_append(at == number ? import->present : rest,
				     value_copy(value_at(import->items, at)));
	if (error) {
		value_free(rest);
		return complain_other(_("out of memory"));
	}
	value_free(import->items);
	import->items = rest;
	return 0;
}

/* Whether an item is what one in the file is, of which it has what makes it unique. */
static bool is_same(const struct value *item, const struct value *data)
{
	struct value *attributes = value_dictionary();
	const void *bytes;
	size_t length;
	bool same = value_equal(value_get(item, "v_Data"), data);

	bytes = value_bytes(data, &length);
	/* A key may be stored in another form. */
	if (!same && bytes && value_get(item, "klbl") && !key_attributes(bytes, length, attributes))
		same = value_equal(value_get(attributes, "klbl"), value_get(item, "klbl")) &&
		       value_equal(value_get(attributes, "kcls"), value_get(item, "kcls"));
	value_free(attributes);
	return same;
}

/* Whether the file itself has another certificate with the issuer and serial number of item @number before that one. */
static bool is_other_in_file(const struct import *import, size_t number)
{
	const struct value *item = value_at(import->items, number);

	for (size_t at = 0; value_get(item, "slnr") && at < number; at++)
		if (value_equal(value_get(value_at(import->items, at), "slnr"), value_get(item, "slnr")) &&
		    value_equal(value_get(value_at(import->items, at), "issr"), value_get(item, "issr")))
			return true;
	return false;
}

static int complain_other_item(const struct value *item, const struct value *reference)
{
	const char *class = value_as_string(value_get(item, "class"));
	bool certificate = class && !strcmp(class, "cert");
	char *text CLEANUP_FREE = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	if (!file)
		return complain_other(_("out of memory"));
	attribute_print(file, reference);
	if (fclose(file))
		return complain_other(_("out of memory"));
	complain_other(certificate ?
		       _("another certificate with the same issuer and serial number is in the way, and nothing was "
			 "imported: look at it with 'keychainctl find --attributes --reference %s', then delete it, or "
			 "import into another keychain (--keychain)") :
		       _("another key with the same label is in the way, and nothing was imported: look at it with "
			 "'keychainctl find --attributes --reference %s', then delete it, or import into another "
			 "keychain (--keychain)"), text);
	return EXIT_DUPLICATE;
}

/* Looks at the item that is in the way of item @number. Returns 0 where it is the same one. */
static int check_present(struct import *import, size_t number, const struct value *reference)
{
	const struct value *item = value_at(import->items, number);
	struct value *query = value_dictionary(), *answer = NULL;
	int result;

	if (is_other_in_file(import, number)) {
		value_free(query);
		complain_other(_("%s has two certificates that differ and have the same issuer and serial number, and nothing "
				 "was imported: leave one of them out of the file"), name_of(import));
		return EXIT_DUPLICATE;
	}
	if (value_set(query, "v_PersistentRef", value_copy(reference)) ||
	    value_set(query, "r_Data", value_boolean(true))) {
		value_free(query);
		return complain_other(_("out of memory"));
	}
	result = execute(import->client, request_new("copy", query), &answer);
	if (!result && !is_same(item, value_get(answer, "result")))
		result = complain_other_item(item, reference);
	value_free(answer);
	return result;
}

/*
 * All in one transaction. One that is there already, as a half of an identity or an authority may
 * be, is left out, and the others are tried again: all of them, or none.
 */
static int add_items(struct import *import)
{
	int result = value_count(import->items) ? check_size(import) : 0;

	while (!result && value_count(import->items)) {
		struct value *answer;
		int64_t status, number;

		answer = execute_answer(import->client, add_request(import));
		if (!answer)
			return complain_other(_("out of memory"));
		status = value_as_integer(value_get(answer, "status"));
		number = value_as_integer(value_get(answer, "item"));
		if (status == errSecDuplicateItem && number >= 0 &&
		    (size_t)number < value_count(import->items)) {
			result = check_present(import, (size_t)number, value_get(answer, "colliding"));
			if (!result)
				result = set_aside(import, (size_t)number);
		} else {
			result = status ? complain_answer(answer) : 0;
		}
		value_free(answer);
		if (result || !status)
			return result;
	}
	return result;
}

static bool is_identity(const struct import *import, const struct value *certificate)
{
	const struct value *lists[] = { import->items, import->present };

	for (size_t list = 0; list < 2; list++)
		for (size_t number = 0; number < value_count(lists[list]); number++) {
			const struct value *key = value_at(lists[list], number);

			if (value_as_boolean(value_get(key, "priv")) &&
			    value_equal(value_get(key, "klbl"), value_get(certificate, "pkhh")))
				return true;
		}
	return false;
}

static const char *kind_of(const struct import *import, const struct value *item)
{
	if (value_get(item, "klbl"))
		return value_as_boolean(value_get(item, "priv")) ? N_("private key") : N_("public key");
	return is_identity(import, item) ? N_("certificate of an identity") : N_("certificate");
}

static int add_line(struct value *report, const struct import *import, const struct value *item,
		    const char *outcome)
{
	struct value *line = value_dictionary();
	const struct value *label = value_get(item, "labl");

	if (value_set(line, "kind", value_string(kind_of(import, item))) ||
	    (label && value_set(line, "label", value_copy(label))) ||
	    value_set(line, "outcome", value_string(outcome))) {
		value_free(line);
		return -ENOMEM;
	}
	return value_append(report, line);
}

static void print_label(const struct value *label)
{
	if (label) {
		putchar(' ');
		attribute_print(stdout, label);
	}
	putchar('\n');
}

static void print(const struct value *report)
{
	for (size_t number = 0; number < value_count(report); number++) {
		const struct value *line = value_at(report, number);

		printf("%s: %s", _(value_as_string(value_get(line, "outcome"))),
		       _(value_as_string(value_get(line, "kind"))));
		print_label(value_get(line, "label"));
	}
}

static int tell(const struct import *import)
{
	struct value *report = value_array();
	int result = 0;

	for (size_t number = 0; !result && number < value_count(import->items); number++)
		result = add_line(report, import, value_at(import->items, number),
				  import->dry_run ? N_("to be added") : N_("added"));
	for (size_t number = 0; !result && number < value_count(import->present); number++)
		result = add_line(report, import, value_at(import->present, number),
				  N_("there already"));
	if (result)
		result = complain_other(_("out of memory"));
	else if (import->json)
		result = print_report_json("items", value_copy(report));
	else
		print(report);
	value_free(report);
	if (!result && value_count(import->present) && !value_count(import->items))
		return EXIT_DUPLICATE;
	return result;
}

/* Returns -1, or the exit status. */
static int read_options(struct import *import, int argc, char **argv)
{
	static const struct option table[] = {
		{ "accessible", required_argument, NULL, 'a' },
		{ "access-group", required_argument, NULL, 'g' },
		{ "label", required_argument, NULL, 'l' },
		{ "ios-backup", no_argument, NULL, 'i' },
		{ "from-group", required_argument, NULL, 'f' },
		{ "keychain", required_argument, NULL, 'k' },
		{ "system", no_argument, NULL, 's' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options options = OPTIONS_BEGIN(argc, argv, table, "hjk:");
	bool system = false;
	int option;

	while ((option = options_next(&options)) != OPTIONS_END) {
		const char *value = options.value;

		if (value && !utf8_valid(value, strlen(value)))
			return complain_usage(_("'%s' is not UTF-8"), value);
		switch (option) {
		case 'a':
			import->accessible = value;
			if (!is_accessible(value))
				return complain_usage(_("'%s' is no value for --accessible: %s"),
						      value, attribute_takes("pdmn", value));
			break;
		case 'g':
			import->group = value;
			break;
		case 'l':
			import->label = value;
			break;
		case 'i':
			import->ios = true;
			break;
		case 'f':
			import->from_group = value;
			break;
		case 'k':
			if (keychain_client_choose(import->client, value))
				return complain_other(_("out of memory"));
			break;
		case 's':
			system = true;
			break;
		case 'n':
			import->dry_run = true;
			break;
		case 'j':
			import->json = true;
			break;
		case 'h':
			fputs(_(usage), stdout);
			return 0;
		default:
			return options_complain(&options, option, argv[0]);
		}
	}
	if (options.words != 1 || !*argv[1])
		return complain_usage(_("'import' takes the name of one file, or '-'"));
	if (import->ios && (import->accessible || import->label))
		return complain_usage(_("the items of a backup have classes and labels: --ios-backup takes no --accessible and no "
					"--label"));
	if (!import->ios && import->from_group)
		return complain_usage(_("--from-group goes with --ios-backup"));
	if (system)
		client_mean_system(import->client);
	import->file = argv[1];
	import->from_input = !strcmp(import->file, "-");
	return -1;
}

int command_import(struct keychain_client *client, int argc, char **argv)
{
	struct import import = { .client = client, .input = SECRET_NONE };
	int result = read_options(&import, argc, argv);
	struct progress *progress;

	if (result >= 0)
		return result;
	if (import.ios)
		return import_ios(client, &(struct import_ios_options){ .folder = import.file, .group = import.group,
				  .from_group = import.from_group, .dry_run = import.dry_run, .json = import.json });
	/* Before anything else of libcrypto: keys pass through it. */
	crypto_memory_wipe();
	import.present = value_array();
	result = open_file(&import);
	if (!result)
		result = read_items(&import);
	close_file(&import);
	if (!result) {
		progress = progress_start(client, import.json);
		result = add_items(&import);
		progress_end(progress);
	}
	if (!result)
		result = tell(&import);
	value_free(import.items);
	value_free(import.present);
	return result;
}
