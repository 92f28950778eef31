// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Inspect: what a file of a keybag says, this project's or one of iOS. It needs neither root nor keybagd nor the module.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "chunk_input.h"
#include "commands.h"
#include "complain.h"
#include "exit_code.h"
#include "inspect_form.h"
#include "inspect_ios.h"
#include "ios/keybag/ios_keybag.h"
#include "json.h"
#include "report.h"

struct inspection {
	struct inspect_output output;
	const char *name;	/* of the file */
	const uint8_t *bytes;
	size_t length;
};

static void begin_json(const struct inspection *inspection, const char *kind, uint64_t version)
{
	json_open(NULL, '{');
	json_number("format", REPORT_JSON_FORMAT);
	json_text("kind", kind);
	json_number("version", version);
	json_number("size", inspection->length);
}

static int end_json(void)
{
	json_close('}');
	json_end();
	return EXIT_DONE;
}

/* ---- This project's ------------------------------------------------------------------------------ */

static bool hash_is_right(const struct inspection *inspection)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t before = inspection->length - KB_FORM_MAC_SIZE;

	return EVP_Digest(inspection->bytes, before, digest, NULL, EVP_sha256(), NULL) == 1 &&
	       !memcmp(digest, inspection->bytes + before, KB_FORM_MAC_SIZE);
}

/* The length comes first: without it the hash has no place. */
static int refuse_header(const struct inspection *inspection)
{
	uint32_t length;

	if (inspection->length < KB_FORM_HEADER_SIZE + KB_FORM_TRAILER_SIZE)
		return complain(EXIT_DAMAGED, _("%s is damaged: cut off at offset %zu, before the end of its header and trailer"),
				inspection->name, inspection->length);
	memcpy(&length, inspection->bytes + 12, sizeof(length));
	length = le32toh(length);
	if (length != inspection->length)
		return complain(EXIT_DAMAGED, _("%s is damaged: at offset 12 its header says that it has %u bytes, and it has %zu"),
				inspection->name, length, inspection->length);
	return complain(EXIT_DAMAGED, _("%s is damaged: at offset 8 its header has a version that no keybag has"),
			inspection->name);
}

static int refuse_form(const struct inspection *inspection, int error, const struct kb_form_place *place)
{
	bool whole = inspection->length > KB_FORM_TRAILER_SIZE && hash_is_right(inspection);

	if (error == -EPROTONOSUPPORT && whole && !place->tag)
		return complain(EXIT_DAMAGED, _("%s is a keybag of a newer version: use a newer keybagctl"), inspection->name);
	if (error == -EPROTONOSUPPORT && whole)
		return complain(EXIT_DAMAGED, _("%s has the tag 0x%04x at offset %u, which a newer version has made: use a newer "
				"keybagctl"), inspection->name, place->tag, place->offset);
	if (!place->tag)
		return refuse_header(inspection);
	return complain(EXIT_DAMAGED, _("%s is damaged: the tag 0x%04x at offset %u is cut off, malformed, missing, or does not "
			"suit the others"), inspection->name, place->tag, place->offset);
}

static int inspect_own(struct inspection *inspection)
{
	static struct kb_form form;
	struct kb_form_place place;
	int error = kb_form_parse_place(&form, inspection->bytes, inspection->length, &place);

	if (error)
		return refuse_form(inspection, error, &place);
	if (!hash_is_right(inspection))
		return complain(EXIT_DAMAGED, _("%s is damaged: the SHA-256 at offset %zu is not that of the bytes before it"),
				inspection->name, inspection->length - KB_FORM_MAC_SIZE);
	if (inspection->output.json) {
		begin_json(inspection, "keybag", KB_FORM_VERSION);
		json_boolean("login_verified", kb_form_login_verified(&form));
		inspect_form(&inspection->output, &form, inspection->bytes, inspection->length);
		return end_json();
	}
	printf(_("keybag, version %d, %zu bytes, undamaged; only its own device can tell whether it is authentic\n"),
	       KB_FORM_VERSION, inspection->length);
	inspect_form(&inspection->output, &form, inspection->bytes, inspection->length);
	return EXIT_DONE;
}

/* ---- Of iOS -------------------------------------------------------------------------------------- */

static const char *problem_text(enum ios_keybag_problem problem)
{
	switch (problem) {
	case IOS_PROBLEM_CUT:
		return N_("%s is damaged: at offset %zu, tag %s, something goes beyond the end");
	case IOS_PROBLEM_LENGTH:
		return N_("%s is damaged: at offset %zu the tag %s has a length that it never has");
	case IOS_PROBLEM_VALUE:
		return N_("%s is damaged: at offset %zu the tag %s has a value that it never has");
	case IOS_PROBLEM_TWICE:
		return N_("%s is damaged: at offset %zu there is a second one of tag %s");
	case IOS_PROBLEM_PLACE:
		return N_("%s is damaged: at offset %zu the tag %s is outside of its record");
	case IOS_PROBLEM_MISSING:
		return N_("%s is damaged: at offset %zu the tag %s is missing");
	default:
		return N_("%s: at offset %zu, tag %s, there are more tags or class keys than a keybag has");
	}
}

static int refuse_ios(const struct inspection *inspection, const struct ios_keybag_fault *fault)
{
	const char *text = problem_text(fault->problem);

	if (fault->problem == IOS_PROBLEM_NO_TAG)
		return complain(EXIT_DAMAGED, _("%s is damaged: there is no tag at offset %zu"), inspection->name, fault->offset);
	return complain(EXIT_DAMAGED, _(text), inspection->name, fault->offset, *fault->tag ? fault->tag : "-");
}

static int inspect_of_ios(struct inspection *inspection)
{
	struct ios_keybag_fault fault;
	struct ios_keybag keybag;

	if (ios_keybag_parse(inspection->bytes, inspection->length, &keybag, &fault))
		return refuse_ios(inspection, &fault);
	if (inspection->output.json) {
		begin_json(inspection, "ios-keybag", keybag.version);
		json_text("type", inspect_ios_type(keybag.type));
		inspect_ios(&inspection->output, inspection->bytes, inspection->length);
		return end_json();
	}
	printf(_("keybag of iOS (%s), version %u, %zu bytes, class keys: %zu\n"), inspect_ios_type(keybag.type), keybag.version,
	       inspection->length, keybag.class_count);
	inspect_ios(&inspection->output, inspection->bytes, inspection->length);
	return EXIT_DONE;
}

/* ---- Either -------------------------------------------------------------------------------------- */

static bool begins(const struct inspection *inspection, const char *with, size_t length)
{
	return inspection->length >= length && !memcmp(inspection->bytes, with, length);
}

static int inspect_bytes(struct inspection *inspection)
{
	if (!inspection->length)
		return complain(EXIT_DAMAGED, _("%s is empty"), inspection->name);
	if (begins(inspection, KB_FORM_MAGIC, KB_FORM_MAGIC_SIZE))
		return inspect_own(inspection);
	if (ios_keybag_begins(inspection->bytes, inspection->length))
		return inspect_of_ios(inspection);
	if (begins(inspection, "bplist", 6) || begins(inspection, "<?xml", 5))
		return complain(EXIT_DAMAGED, _("%s is a property list: the keybag is a value in it, BackupKeyBag in the "
				"Manifest.plist of a backup; write that to a file of its own"), inspection->name);
	return complain(EXIT_DAMAGED, _("%s is no keybag, neither of this project nor of iOS: at offset 0 there is no tag that one "
			"begins with"), inspection->name);
}

int command_inspect(int argc, char **argv)
{
	static uint8_t bytes[IOS_KEYBAG_MAX_SIZE + 1];
	CLEANUP_INPUT struct chunk_input input = CHUNK_INPUT_NONE;
	struct inspection inspection = { .bytes = bytes };
	struct arguments arguments;
	ssize_t length;
	bool last;
	int result = arguments_read(argc, argv, OPTION_JSON | OPTION_HEX, 1, &arguments);

	if (result)
		return result;
	if (!arguments.count || !*arguments.rest[0])
		return complain(EXIT_USAGE, _("'inspect' takes the name of a file, or '-' for standard input"));
	inspection.output = (struct inspect_output){ .json = arguments_has(&arguments, OPTION_JSON),
						     .hex = arguments_has(&arguments, OPTION_HEX) };
	inspection.name = strcmp(arguments.rest[0], "-") ? arguments.rest[0] : _("standard input");
	result = chunk_input_open(strcmp(arguments.rest[0], "-") ? arguments.rest[0] : NULL, &input);
	length = result < 0 ? result : chunk_input_read(&input, bytes, IOS_KEYBAG_MAX_SIZE, &last);
	if (length == -ESTALE)
		return complain(EXIT_FAILED, _("%s changed while it was read: try again when nothing writes to it"),
				inspection.name);
	if (length < 0)
		return complain(exit_status_of_file((int)length), "%s: %s", inspection.name, translate_errno((int)length));
	if (!last)
		return complain(EXIT_DAMAGED, _("%s is no keybag: it has more than %d bytes"), inspection.name,
				IOS_KEYBAG_MAX_SIZE);
	inspection.length = (size_t)length;
	return inspect_bytes(&inspection);
}
