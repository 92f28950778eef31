// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Seal and open: files of any size, a chunk at a time. The keybag wraps the file key, libcrypto does the rest, and no
 * output has a name before all of it is there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bound.h"
#include "chunk_input.h"
#include "cli/output_file.h"
#include "cli/terminal_text.h"
#include "commands.h"
#include "common/registers.h"
#include "common/secret.h"
#include "complain.h"
#include "exit_code.h"
#include "locked_crypto.h"
#include "progress.h"
#include "sealed_file.h"

#define SUFFIX	".sealed"

struct transfer {
	struct arguments arguments;
	const char *in;			/* NULL: standard input */
	const char *out;		/* NULL: standard output */
	char *out_derived;		/* the same, where it follows from the name of the input */
	struct chunk_input input;
	struct output_file output;
	struct progress progress;
	struct secret chunk;
	uint8_t header[SEALED_HEADER_SIZE + 1];	/* and one that chunk_input_read() wants */
	bool text_only;			/* the output goes to a terminal */
	struct terminal_text text;
	int bag;
};

#define TRANSFER_NONE ((struct transfer){ .input = CHUNK_INPUT_NONE, .output = OUTPUT_FILE_NONE, .bag = -1 })

static void transfer_end(struct transfer *transfer)
{
	progress_end(&transfer->progress);
	chunk_input_close(&transfer->input);
	output_file_end(&transfer->output);
	secret_free(&transfer->chunk);
	explicit_bzero(&transfer->text, sizeof(transfer->text));
	free(transfer->out_derived);
	cleanup_descriptor(&transfer->bag);
}

#define CLEANUP_TRANSFER CLEANUP(transfer_end)

static int refuse_locked_memory(void)
{
	return complain(EXIT_FAILED, _("no locked memory: raise its limit (ulimit -l)"));
}

/* ---- Failures, in words; the line of progress goes first. ------------------------------------- */

static int fail_input(struct transfer *transfer, int error)
{
	progress_end(&transfer->progress);
	if (error == -ESTALE)
		return complain(EXIT_FAILED, _("%s changed while it was read: try again when nothing writes to it"),
				transfer->input.name);
	return complain(exit_status_of_file(error), "%s: %s", transfer->input.name, translate_errno(error));
}

static int fail_output(struct transfer *transfer, int error)
{
	const char *name = transfer->out ? transfer->out : _("standard output");

	progress_end(&transfer->progress);
	if (error == -EEXIST)
		return complain(EXIT_DUPLICATE, _("%s is there already: remove it, or choose another name with --out"), name);
	if (error == -ENAMETOOLONG && transfer->out_derived)
		return complain(EXIT_USAGE, _("%s: that name would be too long: choose another one with --out"), name);
	return complain(exit_status_of_file(error), "%s: %s", name, translate_errno(error));
}

static int fail_damaged(struct transfer *transfer)
{
	progress_end(&transfer->progress);
	return complain(EXIT_DAMAGED, _("%s is damaged: it was cut off, changed, or something was added to it; restore it "
			"from a backup"), transfer->input.name);
}

static int fail_chunk(struct transfer *transfer, int error)
{
	if (error == -EBADMSG)
		return fail_damaged(transfer);
	progress_end(&transfer->progress);
	if (error == -EFBIG)
		return complain(EXIT_FAILED, _("%s: more than 256 TiB are too many"), transfer->input.name);
	return complain(EXIT_FAILED, _("%s: libcrypto failed"), transfer->input.name);
}

static int fail_text(struct transfer *transfer)
{
	progress_end(&transfer->progress);
	return complain(EXIT_FAILED, _("%s has something other than text in it, which could steer the terminal: use --out FILE or "
			"a redirection, or add --force"), transfer->input.name);
}

/* ---- Names ---------------------------------------------------------------------------------------- */

/* FILE becomes FILE.sealed, and the other way. */
static int derive_name(struct transfer *transfer, bool seal)
{
	const char *name = transfer->in;
	size_t length = strlen(name), suffix = strlen(SUFFIX);
	int result;

	if (seal) {
		result = asprintf(&transfer->out_derived, "%s" SUFFIX, name);
	} else {
		if (length <= suffix || strcmp(name + length - suffix, SUFFIX) || name[length - suffix - 1] == '/')
			return complain(EXIT_USAGE, _("the name of %s does not end in .sealed: say with --out what it is "
					"called when it is open"), name);
		result = asprintf(&transfer->out_derived, "%.*s", (int)(length - suffix), name);
	}
	if (result < 0) {
		transfer->out_derived = NULL;
		return complain(EXIT_FAILED, _("out of memory"));
	}
	transfer->out = transfer->out_derived;
	return 0;
}

/* A terminal would show the secret, and nobody sees that the program waits for it. */
static int refuse_typed(const struct transfer *transfer, bool seal)
{
	if (transfer->in || !isatty(STDIN_FILENO))
		return 0;
	return complain(EXIT_USAGE, seal ? _("seal: which FILE? What is typed would be shown: name a file, or use a redirection") :
			_("open: which FILE? Name a sealed file, or use a redirection"));
}

/* At once, and not when all the work is done. */
static int refuse_derived(struct transfer *transfer)
{
	struct stat status;

	if (!transfer->out_derived)
		return 0;
	if (!S_ISREG(transfer->input.before.st_mode))
		return complain(EXIT_USAGE, _("%s is no regular file: say with --out where it goes"), transfer->in);
	if (lstat(transfer->out, &status) == 0)
		return fail_output(transfer, -EEXIST);
	return errno == ENAMETOOLONG ? fail_output(transfer, -ENAMETOOLONG) : 0;
}

/* A name that nobody gave may by now be a pipe that somebody has put there. */
static int begin_output(struct transfer *transfer)
{
	return transfer->out_derived ? output_file_begin_new(transfer->out, &transfer->output) :
				       output_file_begin(transfer->out, &transfer->output);
}

/* Arguments, and the input. */
static int transfer_begin(int argc, char **argv, unsigned int options, bool seal, struct transfer *transfer)
{
	struct arguments *arguments = &transfer->arguments;
	int result = arguments_read(argc, argv, options | OPTION_TARGET | OPTION_FILES, 1, arguments);

	if (result)
		return result;
	if (arguments->count && arguments->in_given)
		return complain(EXIT_USAGE, _("%s: --in or the name of a file, not both"), argv[0]);
	if (arguments->count && !*arguments->rest[0])
		return complain(EXIT_USAGE, _("%s takes the name of a file"), argv[0]);
	transfer->in = arguments->in;
	if (arguments->count && strcmp(arguments->rest[0], "-"))
		transfer->in = arguments->rest[0];
	transfer->out = arguments->out;
	transfer->text_only = !seal && !transfer->out && isatty(STDOUT_FILENO) && !arguments_has(arguments, OPTION_FORCE);
	result = refuse_typed(transfer, seal);
	if (!result && arguments->count && transfer->in && !arguments->out_given) {
		transfer->text_only = false;
		result = derive_name(transfer, seal);
	}
	if (result)
		return result;
	if (locked_crypto_begin() < 0 || secret_new(&transfer->chunk, SEALED_CHUNK_ROOM + 1) < 0)
		return refuse_locked_memory();
	result = chunk_input_open(transfer->in, &transfer->input);
	if (result < 0) {
		transfer->input.name = transfer->in ? transfer->in : _("standard input");
		return fail_input(transfer, result);
	}
	return refuse_derived(transfer);
}

/* ---- The chunks ----------------------------------------------------------------------------------- */

struct pass {
	const char *what;
	ssize_t (*work)(struct sealed_chunks *chunks, uint8_t *chunk, size_t length, bool last);
	size_t size;		/* of a full chunk that is read */
	bool writes;
};

static const struct pass pass_seal = { N_("sealing"), sealed_chunks_seal, SEALED_CHUNK_SIZE, true };
static const struct pass pass_check = { N_("checking"), sealed_chunks_open, SEALED_CHUNK_ROOM, false };
static const struct pass pass_open = { N_("opening"), sealed_chunks_open, SEALED_CHUNK_ROOM, true };

static int run_pass(struct transfer *transfer, const struct pass *pass, struct sealed_chunks *chunks)
{
	uint8_t *chunk = transfer->chunk.data;
	ssize_t length;
	bool last;
	int result = 0;

	progress_begin(&transfer->progress, _(pass->what), chunk_input_total(&transfer->input));
	transfer->text.length = 0;
	do {
		length = chunk_input_read(&transfer->input, chunk, pass->size, &last);
		if (length < 0)
			return fail_input(transfer, (int)length);
		progress_add(&transfer->progress, (uint64_t)length);
		length = pass->work(chunks, chunk, (size_t)length, last);
		if (length < 0)
			return fail_chunk(transfer, (int)length);
		if (transfer->text_only && !terminal_text_part(&transfer->text, chunk, (size_t)length, last))
			return fail_text(transfer);
		if (pass->writes)
			result = output_file_append(&transfer->output, chunk, (size_t)length);
		if (result < 0)
			return fail_output(transfer, result);
	} while (!last);
	progress_end(&transfer->progress);
	return 0;
}

/* ---- Seal ----------------------------------------------------------------------------------------- */

/* A new file key, in the kernel, and the header that has it wrapped. */
static int make_header(struct transfer *transfer, uint32_t class_number, struct sealed_chunks **ret_chunks)
{
	CLEANUP_SECRET struct secret file_key = SECRET_NONE;
	uint8_t *header = transfer->header;
	struct keybag_status status;
	ssize_t length;
	int result = keybag_status(transfer->bag, &status);

	if (result < 0)
		return complain(exit_code_of(result), "keybag: %s", explain_error(result));
	if (secret_new(&file_key, SEALED_KEY_SIZE) < 0)
		return refuse_locked_memory();
	sealed_header_write(header, class_number, status.uuid);
	length = keybag_generate(transfer->bag, class_number, file_key.data, SEALED_KEY_SIZE, header, SEALED_AAD_SIZE,
				 sealed_header_blob(header), SEALED_BLOB_SIZE);
	if (length < 0)
		return bound_explain(transfer->bag, (int)length, keybag_class_name(class_number));
	result = sealed_chunks_new(header, file_key.data, true, ret_chunks);
	return result < 0 ? fail_chunk(transfer, result) : 0;
}

int command_seal(int argc, char **argv)
{
	CLEANUP_TRANSFER struct transfer transfer = TRANSFER_NONE;
	CLEANUP_CHUNKS struct sealed_chunks *chunks = NULL;
	uint32_t class_number;
	int result = transfer_begin(argc, argv, OPTION_CLASS, true, &transfer);

	class_number = arguments_has(&transfer.arguments, OPTION_CLASS) ? transfer.arguments.class_number :
									    KEYBAG_CLASS_A;
	if (!result && class_number == KEYBAG_CLASS_B)
		return complain(EXIT_USAGE, _("seal: class B is for what wrap takes: use another --class for files"));
	if (!result && !transfer.out)
		result = bound_refuse_terminal(&transfer.arguments);
	if (!result)
		result = bound_open(&transfer.arguments.whose, &transfer.bag);
	if (result)
		return result;
	result = make_header(&transfer, class_number, &chunks);
	if (result)
		return result;
	result = begin_output(&transfer);
	if (!result)
		result = output_file_append(&transfer.output, transfer.header, SEALED_HEADER_SIZE);
	if (result < 0)
		return fail_output(&transfer, result);
	result = run_pass(&transfer, &pass_seal, chunks);
	if (result)
		return result;
	result = output_file_finish(&transfer.output, !transfer.out_derived);
	return result < 0 ? fail_output(&transfer, result) : EXIT_DONE;
}

/* ---- Open ----------------------------------------------------------------------------------------- */

static int read_header(struct transfer *transfer)
{
	bool last;
	ssize_t length = chunk_input_read(&transfer->input, transfer->header, SEALED_HEADER_SIZE, &last);

	if (length < 0)
		return fail_input(transfer, (int)length);
	switch (sealed_header_check(transfer->header, (size_t)length)) {
	case 0:
		return 0;
	case -EINVAL:
		return complain(EXIT_DAMAGED, _("%s is no sealed file: what 'wrap' has made is for 'unwrap'"),
				transfer->input.name);
	case -EPROTONOSUPPORT:
		return complain(EXIT_DAMAGED, _("%s was sealed by a newer version of keybagctl: install that one"),
				transfer->input.name);
	default:
		return fail_damaged(transfer);
	}
}

static int refuse_other_bag(struct transfer *transfer)
{
	const uint8_t *uuid = sealed_header_uuid(transfer->header);
	char sealed_by[KEYBAG_UUID_TEXT_SIZE], this[KEYBAG_UUID_TEXT_SIZE];
	struct keybag_status status;
	int result = keybag_status(transfer->bag, &status);

	if (result < 0)
		return complain(exit_code_of(result), "keybag: %s", explain_error(result));
	if (!memcmp(uuid, status.uuid, KEYBAG_UUID_SIZE))
		return 0;
	keybag_uuid_format(uuid, sealed_by);
	keybag_uuid_format(status.uuid, this);
	return complain(EXIT_DAMAGED, _("%s was sealed by keybag %s, and this is keybag %s: the owner of that one can open it, "
			"or root with --uuid"), transfer->input.name, sealed_by, this);
}

/* @ret_checked: a second time the same, to go through the file twice. */
static int open_header(struct transfer *transfer, struct sealed_chunks **ret_chunks, struct sealed_chunks **ret_checked)
{
	CLEANUP_SECRET struct secret file_key = SECRET_NONE;
	const uint8_t *header = transfer->header;
	ssize_t length;
	int result = refuse_other_bag(transfer);

	if (result)
		return result;
	if (secret_new(&file_key, SEALED_KEY_SIZE) < 0)
		return refuse_locked_memory();
	length = keybag_unwrap(transfer->bag, sealed_header_blob(transfer->header), SEALED_BLOB_SIZE, header, SEALED_AAD_SIZE,
			       file_key.data, SEALED_KEY_SIZE);
	if (length == -EBADMSG || length == -EINVAL || length == -EPROTONOSUPPORT || length == -EACCES)
		return fail_damaged(transfer);
	if (length < 0)
		return bound_explain(transfer->bag, (int)length, keybag_class_name(sealed_header_class(header)));
	result = sealed_chunks_new(header, file_key.data, false, ret_chunks);
	if (!result)
		result = sealed_chunks_new(header, file_key.data, false, ret_checked);
	return result < 0 ? fail_chunk(transfer, result) : 0;
}

/*
 * Nobody can take back bytes that have left through standard output, a pipe or a device, so all of them are
 * authenticated before the first one goes there. The second time each chunk is authenticated again.
 */
static int check_first(struct transfer *transfer, struct sealed_chunks *chunks)
{
	uint8_t again[SEALED_HEADER_SIZE + 1];
	bool last;
	ssize_t length;
	int result;

	if (transfer->input.start < 0)
		return complain(EXIT_USAGE, _("%s cannot be read twice, so it cannot be checked before it is written: use "
				"--out FILE, or --stream, and then trust the output only after exit status 0"),
				transfer->input.name);
	result = run_pass(transfer, &pass_check, chunks);
	if (result)
		return result;
	result = chunk_input_rewind(&transfer->input);
	if (result < 0)
		return fail_input(transfer, result);
	length = chunk_input_read(&transfer->input, again, SEALED_HEADER_SIZE, &last);
	if (length < 0)
		return fail_input(transfer, (int)length);
	return length == SEALED_HEADER_SIZE && !memcmp(again, transfer->header, SEALED_HEADER_SIZE) ? 0 :
		fail_damaged(transfer);
}

static int begin_open_output(struct transfer *transfer, struct sealed_chunks *chunks)
{
	bool stream = arguments_has(&transfer->arguments, OPTION_STREAM);
	int result = begin_output(transfer);

	if (result < 0)
		return fail_output(transfer, result);
	if (stream && !transfer->output.special)
		return complain(EXIT_USAGE, _("--stream is for standard output, a pipe or a device: a file is written as a whole"));
	return stream || !transfer->output.special ? 0 : check_first(transfer, chunks);
}

int command_open(int argc, char **argv)
{
	CLEANUP_TRANSFER struct transfer transfer = TRANSFER_NONE;
	CLEANUP_CHUNKS struct sealed_chunks *chunks = NULL;
	CLEANUP_CHUNKS struct sealed_chunks *checked = NULL;
	int result = transfer_begin(argc, argv, OPTION_STREAM | OPTION_FORCE, false, &transfer);

	if (!result)
		result = read_header(&transfer);
	if (!result)
		result = bound_open(&transfer.arguments.whose, &transfer.bag);
	if (!result)
		result = open_header(&transfer, &chunks, &checked);
	if (!result)
		result = begin_open_output(&transfer, checked);
	if (!result)
		result = run_pass(&transfer, &pass_open, chunks);
	if (result)
		return result;
	result = output_file_finish(&transfer.output, !transfer.out_derived);
	return result < 0 ? fail_output(&transfer, result) : EXIT_DONE;
}
