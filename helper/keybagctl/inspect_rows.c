// SPDX-License-Identifier: GPL-2.0-or-later
#include "inspect_rows.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "libkeybag/keybag.h"

/* Enough to tell whether two are the same, in files of any number. */
#define DIGEST_SIZE	8
static const char digest_name[] = "sha256";

static void print_hex(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		printf("%02x", bytes[i]);
}

/* Zeros where libcrypto fails. */
static void make_digest(const struct inspect_row *row, uint8_t ret_digest[EVP_MAX_MD_SIZE])
{
	if (EVP_Digest(row->bytes, row->length, ret_digest, NULL, EVP_sha256(), NULL) != 1)
		memset(ret_digest, 0, EVP_MAX_MD_SIZE);
}

static bool shown_whole(const struct inspect_output *output, const struct inspect_row *row)
{
	return row->kind == INSPECT_NAME || output->hex;
}

/* ---- For people ---------------------------------------------------------------------------------- */

static void print_bytes(const struct inspect_output *output, const struct inspect_row *row)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (!row->length) {
		putchar('-');
	} else if (shown_whole(output, row)) {
		print_hex(row->bytes, row->length);
	} else {
		make_digest(row, digest);
		printf("%s:", digest_name);
		print_hex(digest, DIGEST_SIZE);
	}
}

static void print_value(const struct inspect_output *output, const struct inspect_row *row)
{
	char uuid[KEYBAG_UUID_TEXT_SIZE];

	switch (row->kind) {
	case INSPECT_RECORD:
		break;
	case INSPECT_NUMBER:
		printf("%" PRIu64, row->number);
		if (row->meaning)
			printf(" %s", row->meaning);
		break;
	case INSPECT_UUID:
		keybag_uuid_format(row->bytes, uuid);
		fputs(uuid, stdout);
		break;
	default:
		print_bytes(output, row);
	}
}

static void print_row(const struct inspect_output *output, const struct inspect_row *row)
{
	printf("%6zu  %-6s  %s%-*s  %6zu  ", row->offset, row->tag ? row->tag : "", row->tag ? "" : "  ", row->tag ? 18 : 16,
	       row->name ? row->name : "-", row->length);
	print_value(output, row);
	putchar('\n');
}

/* ---- For programs -------------------------------------------------------------------------------- */

static void json_bytes(const struct inspect_output *output, const struct inspect_row *row)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (row->kind == INSPECT_BYTES) {
		make_digest(row, digest);
		json_hex(digest_name, digest, DIGEST_SIZE);
	}
	if (shown_whole(output, row))
		json_hex("hex", row->bytes, row->length);
}

static void json_value(const struct inspect_output *output, const struct inspect_row *row)
{
	switch (row->kind) {
	case INSPECT_RECORD:
		break;
	case INSPECT_NUMBER:
		json_number("value", row->number);
		if (row->meaning)
			json_text("meaning", row->meaning);
		break;
	case INSPECT_UUID:
		json_uuid("uuid", row->bytes);
		break;
	default:
		json_bytes(output, row);
	}
}

static void end_record(struct inspect_output *output)
{
	if (!output->in_record)
		return;
	json_close(']');
	json_close('}');
	output->in_record = false;
}

static void json_row(struct inspect_output *output, const struct inspect_row *row)
{
	if (row->tag)
		end_record(output);
	json_open(NULL, '{');
	json_number("offset", row->offset);
	if (row->tag)
		json_text("tag", row->tag);
	if (row->name)
		json_text("name", row->name);
	else
		json_null("name");
	json_number("length", row->length);
	json_value(output, row);
	output->in_record = output->in_record || row->kind == INSPECT_RECORD;
	if (row->kind == INSPECT_RECORD)
		json_open("fields", '[');
	else
		json_close('}');
}

/* ---- Both ---------------------------------------------------------------------------------------- */

void inspect_begin(struct inspect_output *output)
{
	output->in_record = false;
	if (output->json)
		json_open("tags", '[');
	else
		printf("%6s  %-6s  %-18s  %6s  %s\n", "offset", "tag", "name", "length", "value");
}

void inspect_row(struct inspect_output *output, const struct inspect_row *row)
{
	if (output->json)
		json_row(output, row);
	else
		print_row(output, row);
}

void inspect_end(struct inspect_output *output)
{
	if (!output->json)
		return;
	end_record(output);
	json_close(']');
}
