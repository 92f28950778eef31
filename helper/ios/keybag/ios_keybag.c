// SPDX-License-Identifier: GPL-2.0-or-later
#include "ios_keybag.h"

#include <errno.h>
#include <string.h>

#define TLV_HEADER	8
#define GENERATION_MASK	(~(uint32_t)0xf)
#define SIGNATURE_SIZE	20
#define MIN_SALT	8
#define MAX_SALT	64

struct parser {
	const uint8_t *bytes;
	struct ios_keybag *keybag;
	struct ios_keybag_fault *fault;
	uint32_t seen;		/* tags of the record at hand, bits by their place in the table */
	size_t record;		/* where it begins */
	size_t tlvs;
};

static uint32_t get_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int refuse(struct parser *parser, enum ios_keybag_problem problem, size_t offset, const char *tag)
{
	parser->fault->problem = problem;
	parser->fault->offset = offset;
	memccpy(parser->fault->tag, tag, 0, sizeof(parser->fault->tag));
	parser->fault->tag[4] = 0;
	return -EBADMSG;
}

/* Returns 1; 0 at the end of @limit; or a fault. */
static int read_tlv(struct parser *parser, size_t at, size_t limit, struct ios_tlv *tlv)
{
	*tlv = (struct ios_tlv){ .offset = at };
	if (at == limit)
		return 0;
	if (limit - at < sizeof(uint32_t))
		return refuse(parser, IOS_PROBLEM_CUT, at, "");
	for (size_t i = 0; i < 4; i++)
		if (parser->bytes[at + i] < ' ' || parser->bytes[at + i] > '~')
			return refuse(parser, IOS_PROBLEM_NO_TAG, at, "");
	memcpy(tlv->tag, parser->bytes + at, 4);
	if (limit - at < TLV_HEADER)
		return refuse(parser, IOS_PROBLEM_CUT, at, tlv->tag);
	tlv->length = get_be32(parser->bytes + at + 4);
	tlv->value = parser->bytes + at + TLV_HEADER;
	if (tlv->length > limit - at - TLV_HEADER)
		return refuse(parser, IOS_PROBLEM_CUT, at, tlv->tag);
	if (++parser->tlvs > IOS_KEYBAG_MAX_TLVS)
		return refuse(parser, IOS_PROBLEM_MANY, at, tlv->tag);
	return 1;
}

static size_t behind(const struct ios_tlv *tlv)
{
	return tlv->offset + TLV_HEADER + tlv->length;
}

/* ---- Values -------------------------------------------------------------------------------------- */

static struct ios_class_key *last_class(struct parser *parser)
{
	return &parser->keybag->classes[parser->keybag->class_count - 1];
}

static bool take_version(struct parser *parser, const struct ios_tlv *tlv)
{
	parser->keybag->version = get_be32(tlv->value);
	return true;
}

static bool take_type(struct parser *parser, const struct ios_tlv *tlv)
{
	parser->keybag->type = get_be32(tlv->value) & IOS_KEYBAG_TYPE_MASK;
	return parser->keybag->type <= IOS_KEYBAG_OTA;
}

static bool take_uuid(struct parser *parser, const struct ios_tlv *tlv)
{
	parser->keybag->uuid = tlv->value;
	return true;
}

static bool take_salt(struct parser *parser, const struct ios_tlv *tlv)
{
	parser->keybag->salt = tlv->value;
	parser->keybag->salt_length = tlv->length;
	return true;
}

static bool take_iterations(struct parser *parser, const struct ios_tlv *tlv)
{
	parser->keybag->iterations = get_be32(tlv->value);
	return true;
}

static bool take_first_salt(struct parser *parser, const struct ios_tlv *tlv)
{
	parser->keybag->first_salt = tlv->value;
	parser->keybag->first_salt_length = tlv->length;
	return true;
}

static bool take_first_iterations(struct parser *parser, const struct ios_tlv *tlv)
{
	parser->keybag->first_iterations = get_be32(tlv->value);
	return true;
}

static bool take_class(struct parser *parser, const struct ios_tlv *tlv)
{
	last_class(parser)->number = get_be32(tlv->value);
	return last_class(parser)->number & ~GENERATION_MASK;
}

static bool take_wrap(struct parser *parser, const struct ios_tlv *tlv)
{
	last_class(parser)->wrap = get_be32(tlv->value);
	return true;
}

static bool take_key_type(struct parser *parser, const struct ios_tlv *tlv)
{
	last_class(parser)->type = get_be32(tlv->value);
	return last_class(parser)->type <= IOS_KEY_CURVE25519;
}

static bool take_wrapped(struct parser *parser, const struct ios_tlv *tlv)
{
	last_class(parser)->wrapped = tlv->value;
	last_class(parser)->wrapped_length = tlv->length;
	return tlv->length == IOS_WRAPPED_SIZE || tlv->length == IOS_WRAPPED_LONG_SIZE;
}

static bool take_public(struct parser *parser, const struct ios_tlv *tlv)
{
	last_class(parser)->public_key = tlv->value;
	return true;
}

static bool take_nothing(struct parser *parser, const struct ios_tlv *tlv)
{
	(void)parser;
	(void)tlv;
	return true;
}

/* A tag of that name is known in both places, or in one. */
static const struct known {
	char tag[5];
	bool of_class, required;
	uint32_t shortest, longest;
	bool (*take)(struct parser *parser, const struct ios_tlv *tlv);
} known_tags[] = {
	{ "VERS", false, true, 4, 4, take_version },
	{ "TYPE", false, true, 4, 4, take_type },
	{ "UUID", false, true, IOS_UUID_SIZE, IOS_UUID_SIZE, take_uuid },
	{ "HMCK", false, false, IOS_WRAPPED_SIZE, IOS_WRAPPED_SIZE, take_nothing },
	{ "WRAP", false, false, 4, 4, take_nothing },
	{ "SALT", false, false, MIN_SALT, MAX_SALT, take_salt },
	{ "ITER", false, false, 4, 4, take_iterations },
	{ "DPWT", false, false, 4, 4, take_nothing },
	{ "DPIC", false, false, 4, 4, take_first_iterations },
	{ "DPSL", false, false, MIN_SALT, MAX_SALT, take_first_salt },
	{ "CLAS", true, true, 4, 4, take_class },
	{ "WRAP", true, false, 4, 4, take_wrap },
	{ "KTYP", true, false, 4, 4, take_key_type },
	{ "WPKY", true, false, 1, UINT32_MAX, take_wrapped },
	{ "PBKY", true, false, IOS_PUBLIC_SIZE, IOS_PUBLIC_SIZE, take_public },
};

#define KNOWN	(sizeof(known_tags) / sizeof(known_tags[0]))

static const struct known *find_known(const char *tag, bool of_class)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (known_tags[i].of_class == of_class && !strcmp(known_tags[i].tag, tag))
			return &known_tags[i];
	return NULL;
}

/* ---- Records ------------------------------------------------------------------------------------- */

static bool is_duplicate(struct parser *parser)
{
	for (size_t i = 0; i + 1 < parser->keybag->class_count; i++)
		if (parser->keybag->classes[i].number == last_class(parser)->number)
			return true;
	return false;
}

/* The record at hand is over, at @end. */
static int end_record(struct parser *parser, size_t end)
{
	bool of_class = parser->keybag->class_count;

	for (size_t i = 0; i < KNOWN; i++)
		if (known_tags[i].of_class == of_class && known_tags[i].required && !(parser->seen & 1U << i))
			return refuse(parser, IOS_PROBLEM_MISSING, end, known_tags[i].tag);
	if (of_class && is_duplicate(parser))
		return refuse(parser, IOS_PROBLEM_TWICE, parser->record, "CLAS");
	return 0;
}

/* The second UUID and every later one. */
static int begin_class(struct parser *parser, const struct ios_tlv *tlv)
{
	int result = end_record(parser, tlv->offset);

	if (result)
		return result;
	if (tlv->length != IOS_UUID_SIZE)
		return refuse(parser, IOS_PROBLEM_LENGTH, tlv->offset, tlv->tag);
	if (parser->keybag->class_count == IOS_KEYBAG_MAX_CLASSES)
		return refuse(parser, IOS_PROBLEM_MANY, tlv->offset, tlv->tag);
	parser->keybag->classes[parser->keybag->class_count++] = (struct ios_class_key){ .uuid = tlv->value };
	parser->record = tlv->offset;
	parser->seen = 0;
	return 0;
}

static int take_tlv(struct parser *parser, const struct ios_tlv *tlv)
{
	bool of_class = parser->keybag->class_count;
	const struct known *known = find_known(tlv->tag, of_class);
	uint32_t bit;

	if (!strcmp(tlv->tag, "UUID") && parser->keybag->uuid)
		return begin_class(parser, tlv);
	if (!known && find_known(tlv->tag, !of_class))
		return refuse(parser, IOS_PROBLEM_PLACE, tlv->offset, tlv->tag);
	if (!known)
		return 0;
	bit = 1U << (known - known_tags);
	if (parser->seen & bit)
		return refuse(parser, IOS_PROBLEM_TWICE, tlv->offset, tlv->tag);
	parser->seen |= bit;
	if (tlv->length < known->shortest || tlv->length > known->longest)
		return refuse(parser, IOS_PROBLEM_LENGTH, tlv->offset, tlv->tag);
	if (!known->take(parser, tlv))
		return refuse(parser, known->take == take_wrapped ? IOS_PROBLEM_LENGTH : IOS_PROBLEM_VALUE, tlv->offset,
			      tlv->tag);
	return 0;
}

static int take_all(struct parser *parser, size_t at, size_t limit)
{
	struct ios_tlv tlv;
	int result;

	if (limit - at < 4 || memcmp(parser->bytes + at, "VERS", 4))
		return refuse(parser, IOS_PROBLEM_MISSING, at, "VERS");
	while ((result = read_tlv(parser, at, limit, &tlv)) > 0) {
		result = take_tlv(parser, &tlv);
		if (result)
			return result;
		at = behind(&tlv);
	}
	return result ? result : end_record(parser, limit);
}

/* DATA, with the keybag in it, and SIGN; what follows has to be TLVs, too. */
static int take_signed(struct parser *parser, size_t length)
{
	struct ios_tlv tlv;
	bool is_signed = false;
	int result = read_tlv(parser, 0, length, &tlv);
	size_t at = behind(&tlv);

	if (result > 0)
		result = take_all(parser, TLV_HEADER, at);
	while (!result && (result = read_tlv(parser, at, length, &tlv)) > 0) {
		result = 0;
		at = behind(&tlv);
		if (strcmp(tlv.tag, "SIGN"))
			continue;
		if (is_signed)
			return refuse(parser, IOS_PROBLEM_TWICE, tlv.offset, tlv.tag);
		if (tlv.length != SIGNATURE_SIZE)
			return refuse(parser, IOS_PROBLEM_LENGTH, tlv.offset, tlv.tag);
		is_signed = true;
	}
	if (!result && !is_signed)
		return refuse(parser, IOS_PROBLEM_MISSING, length, "SIGN");
	return result;
}

bool ios_keybag_begins(const uint8_t *bytes, size_t length)
{
	return length >= 4 && (!memcmp(bytes, "VERS", 4) || !memcmp(bytes, "DATA", 4));
}

int ios_keybag_parse(const uint8_t *bytes, size_t length, struct ios_keybag *ret_keybag, struct ios_keybag_fault *ret_fault)
{
	struct parser parser = { .bytes = bytes, .keybag = ret_keybag, .fault = ret_fault };

	memset(ret_keybag, 0, sizeof(*ret_keybag));
	memset(ret_fault, 0, sizeof(*ret_fault));
	if (!ios_keybag_begins(bytes, length))
		return refuse(&parser, IOS_PROBLEM_NO_KEYBAG, 0, "");
	if (length > IOS_KEYBAG_MAX_SIZE)
		return refuse(&parser, IOS_PROBLEM_MANY, IOS_KEYBAG_MAX_SIZE, "");
	return bytes[0] == 'D' ? take_signed(&parser, length) : take_all(&parser, 0, length);
}

bool ios_keybag_next(const uint8_t *bytes, size_t length, size_t *at, struct ios_tlv *ret_tlv)
{
	struct ios_keybag_fault fault;
	struct parser parser = { .bytes = bytes, .fault = &fault };

	if (read_tlv(&parser, *at, length, ret_tlv) <= 0)
		return false;
	*at = !*at && !strcmp(ret_tlv->tag, "DATA") ? TLV_HEADER : behind(ret_tlv);
	return true;
}

const struct ios_class_key *ios_keybag_class(const struct ios_keybag *keybag, uint32_t number)
{
	for (size_t i = 0; i < keybag->class_count; i++)
		if (keybag->classes[i].number == number)
			return &keybag->classes[i];
	for (size_t i = 0; i < keybag->class_count; i++)
		if (!((keybag->classes[i].number ^ number) & ~GENERATION_MASK))
			return &keybag->classes[i];
	return NULL;
}
