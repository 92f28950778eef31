// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * backup: all items of a keychain into a file, under a password, whole or not at all.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "backup_ticket.h"
#include "complain.h"
#include "execute.h"
#include "helper/cli/options.h"
#include "helper/cli/output_file.h"
#include "helper/common/printable.h"
#include "helper/keychain/base/backup_frame.h"
#include "helper/keychain/library/client.h"
#include "helper/keychain/transport/page.h"

static const char usage[] =
	N_("usage: keychainctl backup FILE [OPTION...]\n"
	"\n"
	"Writes all items of a keychain, of every program, to a file that 'keychainctl restore' reads,\n"
	"on any machine, with the password that it asks for. Items that stay on this device can be\n"
	"restored on this device only; those of class akpu are left out. It asks for the passcode of\n"
	"the keybag first. Without a terminal both come from standard input, a line each.\n"
	"\n"
	"      --recovery       ask for the recovery code in place of the passcode\n"
	"      --force          replace FILE\n"
	"  -k, --keychain NAME  default: the user's default one\n");

struct writing {
	struct keychain_client *client;
	const char *path;
	bool force, recovery;
	struct keybag_backup_ticket ticket;
	struct output_file file;
	int64_t items;
	int64_t skipped;
};

static int fail_output(const struct writing *writing, int error)
{
	if (error != -EEXIST)
		return complain_file(writing->path, error);
	complain_other(_("%s is there already: choose another name, or replace it with --force"), writing->path);
	return EXIT_DUPLICATE;
}

static int check_path(const struct writing *writing)
{
	struct stat status;

	/* Before anything is asked for in vain; what counts is when the file is put in place. */
	if (!writing->force && lstat(writing->path, &status) == 0)
		return fail_output(writing, -EEXIST);
	if (lstat(writing->path, &status) == 0 && !S_ISREG(status.st_mode))
		return complain_usage(_("%s is no file: a backup is only put in the place of a file"), writing->path);
	return 0;
}

static int begin_file(struct writing *writing)
{
	uint8_t head[BACKUP_HEAD_SIZE];
	int error = output_file_begin_new(writing->path, &writing->file);

	backup_head_write(head, writing->ticket.form_length);
	if (!error)
		error = output_file_append(&writing->file, head, sizeof(head));
	if (!error)
		error = output_file_append(&writing->file, writing->ticket.form, writing->ticket.form_length);
	return error ? fail_output(writing, error) : 0;
}

/* Names what was skipped by what stands in the clear, as nothing else of it can be read. */
static void tell_skipped(struct writing *writing, const struct value *skipped)
{
	for (size_t i = 0; i < value_count(skipped); i++) {
		const struct value *one = value_at(skipped, i);
		const uint8_t *reference;
		char digits[64] = "";
		size_t length = 0;

		reference = value_bytes(value_get(one, "v_PersistentRef"), &length);
		for (size_t byte = 0; reference && byte < length && 2 * byte + 2 < sizeof(digits); byte++)
			sprintf(digits + 2 * byte, "%02x", reference[byte]);
		complain_other(_("a damaged item of class %s in group %s is left out: --reference %s"),
			       value_as_string(value_get(one, "class")), value_as_string(value_get(one, "agrp")), digits);
		writing->skipped++;
	}
}

static int write_frames(struct writing *writing, const struct value *frames)
{
	int error = 0;

	for (size_t i = 0; !error && i < value_count(frames); i++) {
		size_t length = 0;
		const void *bytes = value_bytes(value_at(frames, i), &length);

		error = bytes ? output_file_append(&writing->file, bytes, length) : -EPROTO;
	}
	return error ? fail_output(writing, error) : 0;
}

/* A page. *ret_more: another follows, which @request asks for then. */
static int write_page(struct writing *writing, struct value *request, bool *ret_more)
{
	struct value *answer = NULL;
	int status = client_execute_page(writing->client, request, &answer), result;

	*ret_more = false;
	if (status)
		return complain(writing->client, status);
	result = writing->file.fd < 0 ? begin_file(writing) : 0;
	if (!result)
		result = write_frames(writing, value_get(answer, "result"));
	tell_skipped(writing, value_get(answer, "skipped"));
	writing->items = value_as_integer(value_get(answer, "items"));
	*ret_more = value_get(answer, "cursor");
	if (!result && *ret_more && page_continue(request, answer))
		result = complain_other(_("out of memory"));
	value_free(answer);
	return result;
}

static int write_pages(struct writing *writing)
{
	struct value *request = backup_request("backup", &writing->ticket);
	bool more = true;
	int result = 0;

	if (!request || client_add_target(writing->client, request))
		result = complain_other(_("out of memory"));
	while (!result && more)
		result = write_page(writing, request, &more);
	value_free(request);
	return result;
}

static int report(const struct writing *writing)
{
	printable_line(stderr, translate_count("keychainctl: %lld item is in %s", "keychainctl: %lld items are in %s",
					       (unsigned long long)writing->items), (long long)writing->items, writing->path);
	return writing->skipped ? EXIT_PARTIAL : EXIT_DONE;
}

static int run(struct writing *writing)
{
	int result = check_path(writing), error;

	if (!result)
		result = backup_ticket_create(writing->recovery, &writing->ticket);
	if (!result)
		result = write_pages(writing);
	if (!result) {
		error = output_file_finish(&writing->file, writing->force);
		result = error ? fail_output(writing, error) : report(writing);
	}
	output_file_end(&writing->file);
	return result;
}

int command_backup(struct keychain_client *client, int argc, char **argv)
{
	static const struct option table[] = {
		{ "recovery", no_argument, NULL, 'r' },
		{ "force", no_argument, NULL, 'f' },
		{ "keychain", required_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options options = OPTIONS_BEGIN(argc, argv, table, "k:h");
	struct writing writing = { .client = client, .file = OUTPUT_FILE_NONE };
	int option, status;

	while ((option = options_next(&options)) != OPTIONS_END) {
		if (option == 'h') {
			fputs(_(usage), stdout);
			return 0;
		}
		if (option < 0)
			return options_complain(&options, option, argv[0]);
		writing.recovery |= option == 'r';
		writing.force |= option == 'f';
		status = option == 'k' ? keychain_client_choose(client, options.value) : 0;
		if (status)
			return complain(client, status);
	}
	if (options.words != 1)
		return complain_usage(_("'backup' takes the name of one file: see 'keychainctl backup --help'"));
	writing.path = argv[1];
	return run(&writing);
}
