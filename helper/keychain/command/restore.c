// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * restore: items of a backup into a keychain, as many at a time as one request takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup_reader.h"
#include "backup_ticket.h"
#include "complain.h"
#include "confirm.h"
#include "execute.h"
#include "helper/cli/options.h"
#include "helper/common/printable.h"
#include "helper/keychain/library/client.h"

static const char usage[] =
	N_("usage: keychainctl restore FILE [OPTION...]\n"
	"\n"
	"Brings back items of a file that 'keychainctl backup' has made, with their classes, groups, dates\n"
	"and references. Items that are there stay as they are. It asks for the passcode of the keybag and\n"
	"for the password of the backup; without a terminal both come from standard input, a line each.\n"
	"\n"
	"      --replace        items of the backup take the place of those that are there; when all of it was\n"
	"                       read, items that it does not have are deleted, but none that it cannot have\n"
	"      --dry-run        only say what would be done\n"
	"      --yes            replace without a question\n"
	"      --recovery       ask for the recovery code in place of the passcode\n"
	"  -k, --keychain NAME  default: the user's default one\n");

#define BATCH_FRAMES	256
#define BATCH_BYTES	(384U << 10)

enum { COUNT_ADDED, COUNT_REPLACED, COUNT_KEPT, COUNT_DELETED, COUNT_ELSEWHERE, COUNT_DAMAGED, COUNT_REMOVED, COUNTS };

static const char *const counted[COUNTS] = { "added", "replaced", "kept", "deleted", "elsewhere", "damaged", "removed" };

struct restoring {
	struct keychain_client *client;
	const char *path;
	bool replace, dry_run, yes, recovery;
	struct keybag_backup_ticket ticket;
	struct backup_reader reader;
	int64_t counts[COUNTS];
	bool ended, whole;
	int64_t items, skipped;		/* of the backup, and damaged ones that were left out of it */
};

static int fail_file(const struct restoring *restoring, int error)
{
	if (error == -EPROTONOSUPPORT) {
		complain_other(_("%s was made by a newer release: restore it with that"), restoring->path);
		return EXIT_DAMAGED;
	}
	if (error == -EBADMSG) {
		complain_other(_("%s is no backup of a keychain, or its beginning is damaged"), restoring->path);
		return EXIT_DAMAGED;
	}
	return complain_file(restoring->path, error);
}

/* ---- what the service has done ---- */

static void tell_item(const struct value *told)
{
	const char *fate = value_as_string(value_get(told, "fate")), *name = value_as_string(value_get(told, "name"));
	long long index = (long long)value_as_integer(value_get(told, "index"));

	if (!strcmp(fate, "kept"))
		complain_other(_("is there already, and stays: %s"), name);
	else if (!strcmp(fate, "deleted"))
		complain_other(_("was deleted after the backup, and stays so: %s"), name);
	else if (!strcmp(fate, "elsewhere"))
		complain_other(_("stays on the device, or with the user, that the backup was made on: %s"), name);
	else if (*name)
		complain_other(_("is damaged in the backup: %s"), name);
	else
		complain_other(_("part %lld of the backup is damaged"), index);
}

static void take_answer(struct restoring *restoring, const struct value *answer)
{
	const struct value *result = value_get(answer, "result");
	const struct value *told = value_get(result, "told");

	for (unsigned int count = 0; count < COUNTS; count++)
		restoring->counts[count] += value_as_integer(value_get(result, counted[count]));
	for (size_t i = 0; i < value_count(told); i++)
		tell_item(value_at(told, i));
	restoring->ended |= value_as_boolean(value_get(result, "ended"));
	restoring->whole |= value_as_boolean(value_get(result, "whole"));
	restoring->items += value_as_integer(value_get(answer, "items"));
	restoring->skipped += value_as_integer(value_get(answer, "skipped"));
}

/* ---- frames ---- */

/* As many as go into one request. NULL: an error, or the end: an empty array. */
static struct value *gather(struct restoring *restoring, int *ret_error)
{
	struct value *frames = value_array();
	size_t bytes = 0, count = 0;
	int result = frames ? 1 : -ENOMEM;

	while (result > 0 && count < BATCH_FRAMES && bytes < BATCH_BYTES) {
		const uint8_t *frame;
		size_t length;

		result = backup_reader_next(&restoring->reader, &frame, &length);
		if (result <= 0)
			break;
		if (value_append(frames, value_data(frame, length)))
			result = -ENOMEM;
		bytes += length;
		count++;
	}
	*ret_error = result < 0 ? result : 0;
	return frames;
}

static struct value *make_request(struct restoring *restoring, struct value *frames)
{
	struct value *request = backup_request("restore", &restoring->ticket);

	if (!request || value_set(request, "items", frames)) {
		if (!request)
			value_free(frames);
		value_free(request);
		return NULL;
	}
	if (restoring->replace)
		request_set(&request, "options", "replace", value_boolean(true));
	if (request && restoring->dry_run)
		request_set(&request, "options", "dry_run", value_boolean(true));
	return request;
}

static int send_frames(struct restoring *restoring, struct value *frames)
{
	struct value *answer = NULL;
	int result = execute(restoring->client, make_request(restoring, frames), &answer);

	if (!result)
		take_answer(restoring, answer);
	value_free(answer);
	return result;
}

static int send_all(struct restoring *restoring)
{
	int result = 0, error = 0;

	while (!result) {
		struct value *frames = gather(restoring, &error);

		if (!error && !value_count(frames)) {
			value_free(frames);
			return 0;
		}
		if (error) {
			value_free(frames);
			return fail_file(restoring, error);
		}
		result = send_frames(restoring, frames);
	}
	return result;
}

/* ---- report ---- */

static void print_counts(const struct restoring *restoring)
{
	const int64_t *counts = restoring->counts;

	if (restoring->dry_run)
		printable_line(stderr, _("keychainctl: would be added: %lld, replaced: %lld, kept as they are: %lld, deleted: %lld"),
			       (long long)counts[COUNT_ADDED], (long long)counts[COUNT_REPLACED], (long long)counts[COUNT_KEPT],
			       (long long)counts[COUNT_REMOVED]);
	else
		printable_line(stderr, _("keychainctl: added: %lld, replaced: %lld, kept as they are: %lld, deleted: %lld"),
			       (long long)counts[COUNT_ADDED], (long long)counts[COUNT_REPLACED], (long long)counts[COUNT_KEPT],
			       (long long)counts[COUNT_REMOVED]);
}

static int report(const struct restoring *restoring)
{
	const int64_t *counts = restoring->counts;
	int64_t missing = restoring->items;
	bool partial = counts[COUNT_DAMAGED] || restoring->reader.gaps || !restoring->ended;

	for (unsigned int count = 0; count < COUNT_REMOVED; count++)
		missing -= counts[count];
	print_counts(restoring);
	if (restoring->skipped)
		printable_line(stderr, _("keychainctl: were damaged when the backup was made, and left out of it: %lld"),
			       (long long)restoring->skipped);
	if (counts[COUNT_ELSEWHERE])
		printable_line(stderr, _("keychainctl: stay on the device, or with the user, that the backup was made on: %lld"),
			       (long long)counts[COUNT_ELSEWHERE]);
	if (counts[COUNT_DAMAGED] || restoring->reader.gaps)
		complain_other(_("%s is damaged, in places: %lld; another copy of it may have what is missing"), restoring->path,
			       (long long)counts[COUNT_DAMAGED] + (long long)restoring->reader.gaps);
	if (!restoring->ended)
		complain_other(_("%s ends too early: what is missing is not known"), restoring->path);
	if (restoring->ended && missing > 0)
		complain_other(_("items of the backup that are missing in %s: %lld; another copy of it may have them"), restoring->path,
			       (long long)missing);
	if (restoring->replace && !restoring->whole)
		complain_other(_("as the backup is not whole, nothing was deleted"));
	return partial || missing > 0 || counts[COUNT_ELSEWHERE] ? EXIT_PARTIAL : EXIT_DONE;
}

static int open_file(struct restoring *restoring, int *ret_fd)
{
	struct stat status;
	int fd = open(restoring->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	*ret_fd = fd;
	if (fd < 0 || fstat(fd, &status) < 0)
		return complain_file(restoring->path, errno);
	if (S_ISDIR(status.st_mode))
		return complain_file(restoring->path, EISDIR);
	return 0;
}

static int confirm_replace(const struct restoring *restoring)
{
	if (!restoring->replace || restoring->dry_run || restoring->yes)
		return 0;
	return confirm_loss(_("Items that were changed or added since the backup will be replaced or deleted."));
}

static int run(struct restoring *restoring)
{
	int fd = -1, error, result = open_file(restoring, &fd);

	if (!result) {
		error = backup_reader_begin(&restoring->reader, fd);
		result = error ? fail_file(restoring, error) : 0;
	}
	if (!result)
		result = confirm_replace(restoring);
	if (!result)
		result = backup_ticket_open(restoring->recovery, restoring->reader.form, restoring->reader.form_length,
					    &restoring->ticket);
	if (!result)
		result = send_all(restoring);
	if (!result)
		result = report(restoring);
	backup_reader_end(&restoring->reader);
	if (fd >= 0)
		close(fd);
	return result;
}

static int take_option(struct restoring *restoring, int option, const char *value)
{
	int status;

	restoring->replace |= option == 'R';
	restoring->dry_run |= option == 'd';
	restoring->yes |= option == 'y';
	restoring->recovery |= option == 'r';
	status = option == 'k' ? keychain_client_choose(restoring->client, value) : 0;
	return status ? complain(restoring->client, status) : 0;
}

int command_restore(struct keychain_client *client, int argc, char **argv)
{
	static const struct option table[] = {
		{ "replace", no_argument, NULL, 'R' },
		{ "dry-run", no_argument, NULL, 'd' },
		{ "yes", no_argument, NULL, 'y' },
		{ "recovery", no_argument, NULL, 'r' },
		{ "keychain", required_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct options options = OPTIONS_BEGIN(argc, argv, table, "k:h");
	struct restoring restoring = { .client = client };
	int option, result;

	while ((option = options_next(&options)) != OPTIONS_END) {
		if (option == 'h') {
			fputs(_(usage), stdout);
			return 0;
		}
		if (option < 0)
			return options_complain(&options, option, argv[0]);
		result = take_option(&restoring, option, options.value);
		if (result)
			return result;
	}
	if (options.words != 1)
		return complain_usage(_("'restore' takes the name of one file: see 'keychainctl restore --help'"));
	restoring.path = argv[1];
	return run(&restoring);
}
