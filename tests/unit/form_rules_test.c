// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every rule of docs/format.md, The sealed form, at its edges: what is just allowed is read, what
 * is not is refused with the right error. Each case edits a sound form of the vectors.
 */
#include "keybag/bytes.h"
#include "lib/raw_form.h"
#include "lib/tap.h"

enum edit_kind {
	END,
	SET8,		/* of the @nth value with @tag: the byte at @at becomes @value */
	SET32,
	RESIZE,		/* by @value bytes more, or fewer */
	CLAIM,		/* says @value is its length, without change */
	ZERO,		/* what stands in the place of zero becomes @value */
	RETAG,		/* its tag becomes @value */
	REMOVE,
	REPEAT,		/* a copy follows it */
	SWAP,		/* with the one before */
	INSERT,		/* a TLV with tag @value and one byte, before it */
	APPEND,		/* the same, at the end */
};

struct edit {
	enum edit_kind kind;
	u16 tag;
	unsigned int nth;
	unsigned int at;
	u32 value;
};

/* Offsets in a protector. */
#define ID		0
#define KIND		4
#define PADDING		5
#define MEMORY		8
#define PASSES		12
#define LANES		16
#define OPAQUE_LENGTH	52
/* Offsets in a class key; classes of the vectors by their place. */
#define CLASS		0
#define ALGORITHM	1
#define COPIES		2
#define CLASS_ZERO	3
#define KEY_GENERATION	4
#define PUBLIC		8
enum { AT_A, AT_B, AT_C, AT_D, AT_AK, AT_CK, AT_DK, AT_AKU, AT_CKU, AT_DKU, AT_AKPU };

#define TYPE	KB_TAG_TYPE, 0
#define OWNER	KB_TAG_OWNER, 0
#define CHOICE	KB_TAG_RECOVERY_CHOICE, 0
#define LOGIN	KB_TAG_LOGIN, 0
#define HARDWARE	KB_TAG_HARDWARE, 0
#define PROTECTOR(nth)	KB_TAG_PROTECTOR, nth
#define CLASS_KEY(nth)	KB_TAG_CLASS_KEY, nth

#define BAD	(-EBADMSG)
#define NEWER	(-EPROTONOSUPPORT)
#define MOST_EDITS	4

static const struct fault {
	const char *form;
	const char *name;
	int answer;
	struct edit edits[MOST_EDITS];
} faults[] = {
	{ "user", "type 0", BAD, { { SET32, TYPE, 0, 0 } } },
	{ "user", "type 3", BAD, { { SET32, TYPE, 0, 3 } } },
	{ "user", "type system with a uid", BAD, { { SET32, TYPE, 0, KB_FORM_SYSTEM } } },
	{ "user", "owner nobody", BAD, { { SET32, OWNER, 0, KB_OWNER_NONE } } },
	{ "user", "owner root", 0, { { SET32, OWNER, 0, 0 } } },
	{ "user", "highest owner", 0, { { SET32, OWNER, 0, KB_OWNER_NONE - 1 } } },
	{ "system", "owner of a system bag", BAD, { { SET32, OWNER, 0, 0 } } },
	{ "user", "system bag with a passcode", BAD,
	  { { SET32, TYPE, 0, KB_FORM_SYSTEM }, { SET32, OWNER, 0, KB_OWNER_NONE } } },
	{ "without passcode", "system bag with destroyed akpu", 0,
	  { { SET32, TYPE, 0, KB_FORM_SYSTEM }, { SET32, OWNER, 0, KB_OWNER_NONE } } },
	{ "user", "generation 0", BAD, { { SET8, KB_TAG_GENERATION, 0, 0, 0 } } },
	{ "user", "generation 2^56", 0,
	  { { SET8, KB_TAG_GENERATION, 0, 0, 0 }, { SET8, KB_TAG_GENERATION, 0, 7, 1 } } },
	{ "user", "highest generation", 0,
	  { { SET32, KB_TAG_GENERATION, 0, 0, -2U }, { SET32, KB_TAG_GENERATION, 0, 4, -1U } } },
	{ "user", "generation 2^64 - 1", BAD,
	  { { SET32, KB_TAG_GENERATION, 0, 0, -1U }, { SET32, KB_TAG_GENERATION, 0, 4, -1U } } },
	{ "user", "recovery choice open, but present", BAD, { { SET32, CHOICE, 0, 0 } } },
	{ "user", "recovery choice refused", 0, { { SET32, CHOICE, 0, 2 } } },
	{ "user", "recovery choice 3", BAD, { { SET32, CHOICE, 0, 3 } } },
	{ "user", "no recovery choice", 0, { { REMOVE, CHOICE, 0, 0 } } },

	{ "hardware", "no verified login", 0, { { REMOVE, LOGIN, 0, 0 } } },
	{ "hardware", "verified login: another passcode", 0, { { SET32, LOGIN, 0, 1 } } },
	{ "hardware", "verified login: too short", BAD, { { RESIZE, LOGIN, 0, -1U } } },
	{ "hardware", "verified login: too long", BAD, { { RESIZE, LOGIN, 0, 1 } } },
	{ "hardware", "verified login, twice", BAD, { { REPEAT, LOGIN, 0, 0 } } },
	{ "guarded", "no hardware", 0, { { REMOVE, HARDWARE, 0, 0 } } },
	{ "guarded", "hardware of no kind", BAD, { { SET32, HARDWARE, 0, 0 } } },
	{ "guarded", "hardware of another kind", BAD, { { SET32, HARDWARE, 0, 2 } } },
	{ "guarded", "hardware: too short", BAD, { { RESIZE, HARDWARE, 0, -1U } } },
	{ "guarded", "hardware: too long", BAD, { { RESIZE, HARDWARE, 0, 1 } } },
	{ "guarded", "hardware, twice", BAD, { { REPEAT, HARDWARE, 0, 0 } } },
	{ "guarded", "hardware, not critical", BAD, { { RETAG, HARDWARE, 0, 0x0009 } } },
	{ "hardware", "verified login, critical", BAD, { { RETAG, LOGIN, 0, 0x8008 } } },

	{ "user", "protector 0", BAD, { { SET32, PROTECTOR(0), ID, 0 } } },
	{ "user", "two protectors with one id", BAD, { { SET32, PROTECTOR(1), ID, 1 } } },
	{ "user", "highest protector id", 0, { { SET32, PROTECTOR(2), ID, 0xffffffff } } },
	{ "user", "protectors in the wrong order", BAD, { { SWAP, PROTECTOR(1), 0, 0 } } },
	{ "user", "protector of kind 0", BAD, { { SET8, PROTECTOR(1), KIND, 0 } } },
	{ "user", "protector of kind 5", BAD, { { SET8, PROTECTOR(1), KIND, 5 } } },
	{ "user", "protector: padding, first byte", BAD, { { SET8, PROTECTOR(1), PADDING, 1 } } },
	{ "user", "protector: padding, last byte", BAD,
	  { { SET8, PROTECTOR(1), PADDING + 2, 1 } } },
	{ "user", "least memory", 0, { { SET32, PROTECTOR(0), MEMORY, 64 } } },
	{ "user", "too little memory", BAD, { { SET32, PROTECTOR(0), MEMORY, 63 } } },
	{ "user", "most memory", 0, { { SET32, PROTECTOR(0), MEMORY, 262144 } } },
	{ "user", "too much memory", BAD, { { SET32, PROTECTOR(0), MEMORY, 262145 } } },
	{ "user", "no pass", BAD, { { SET32, PROTECTOR(0), PASSES, 0 } } },
	{ "user", "most passes", 0, { { SET32, PROTECTOR(0), PASSES, 100 } } },
	{ "user", "too many passes", BAD, { { SET32, PROTECTOR(0), PASSES, 101 } } },
	{ "user", "no lane", BAD, { { SET32, PROTECTOR(0), LANES, 0 } } },
	{ "user", "most lanes", 0, { { SET32, PROTECTOR(0), LANES, 4 } } },
	{ "user", "too many lanes", BAD, { { SET32, PROTECTOR(0), LANES, 5 } } },
	{ "user", "recovery code with memory", BAD, { { SET32, PROTECTOR(1), MEMORY, 64 } } },
	{ "user", "recovery code with passes", BAD, { { SET32, PROTECTOR(1), PASSES, 1 } } },
	{ "user", "escrow with lanes", BAD, { { SET32, PROTECTOR(2), LANES, 1 } } },
	{ "user", "most opaque bytes", 0,
	  { { SET32, PROTECTOR(1), OPAQUE_LENGTH, 1024 }, { RESIZE, PROTECTOR(1), 0, 1024 } } },
	{ "user", "too many opaque bytes", BAD,
	  { { SET32, PROTECTOR(1), OPAQUE_LENGTH, 1025 }, { RESIZE, PROTECTOR(1), 0, 1025 } } },
	{ "user", "opaque bytes that are not there", BAD,
	  { { SET32, PROTECTOR(1), OPAQUE_LENGTH, 1 } } },
	{ "user", "opaque length 2^32 - 1", BAD,
	  { { SET32, PROTECTOR(1), OPAQUE_LENGTH, 0xffffffff } } },
	{ "user", "protector one byte too long", BAD, { { RESIZE, PROTECTOR(0), 0, 1 } } },
	{ "user", "protector one byte too short", BAD, { { RESIZE, PROTECTOR(2), 0, -1U } } },
	{ "user", "passcode without sealed K_akpu", BAD, { { RESIZE, PROTECTOR(0), 0, -60U } } },
	{ "user", "recovery code with two sealed keys", BAD, { { RESIZE, PROTECTOR(1), 0, 60 } } },
	{ "user", "passcode removed", BAD, { { REMOVE, PROTECTOR(0), 0, 0 } } },
	{ "without passcode", "neither passcode nor none", BAD,
	  { { SET8, PROTECTOR(0), KIND, KB_PROTECTOR_RECOVERY } } },
	{ "without passcode", "no protector", BAD, { { REMOVE, PROTECTOR(0), 0, 0 } } },
	{ "user", "passcode and none", BAD, { { SET8, PROTECTOR(1), KIND, 4 } } },
	{ "user", "two passcodes", BAD,
	  { { REPEAT, PROTECTOR(0), 0, 0 }, { SET32, PROTECTOR(1), ID, 2 },
	    { SET32, PROTECTOR(2), ID, 3 } } },
	{ "without passcode", "two of kind none", BAD,
	  { { REPEAT, PROTECTOR(0), 0, 0 }, { SET32, PROTECTOR(1), ID, 5 } } },
	{ "without passcode", "none twice, the same", BAD, { { REPEAT, PROTECTOR(0), 0, 0 } } },

	{ "user", "class 0", BAD, { { SET8, CLASS_KEY(AT_A), CLASS, 0 } } },
	{ "user", "class 5", BAD, { { SET8, CLASS_KEY(AT_D), CLASS, 5 } } },
	{ "user", "class 13", BAD, { { SET8, CLASS_KEY(AT_AKPU), CLASS, 13 } } },
	{ "user", "class 255", BAD, { { SET8, CLASS_KEY(AT_AKPU), CLASS, 255 } } },
	{ "user", "class keys in the wrong order", BAD, { { SWAP, CLASS_KEY(AT_CK), 0, 0 } } },
	{ "user", "class key twice", BAD, { { REPEAT, CLASS_KEY(AT_CK), 0, 0 } } },
	{ "user", "algorithm 0", BAD, { { SET8, CLASS_KEY(AT_AK), ALGORITHM, 0 } } },
	{ "user", "algorithm 3", BAD, { { SET8, CLASS_KEY(AT_AK), ALGORITHM, 3 } } },
	{ "user", "ak with X25519", BAD, { { SET8, CLASS_KEY(AT_AK), ALGORITHM, 2 } } },
	{ "user", "B with AES", BAD, { { SET8, CLASS_KEY(AT_B), ALGORITHM, 1 } } },
	{ "user", "ak without a key", BAD,
	  { { SET8, CLASS_KEY(AT_AK), COPIES, 0 }, { RESIZE, CLASS_KEY(AT_AK), 0, -60U } } },
	{ "user", "ak twice sealed", BAD,
	  { { SET8, CLASS_KEY(AT_AK), COPIES, 2 }, { RESIZE, CLASS_KEY(AT_AK), 0, 60 } } },
	{ "user", "dk sealed once", BAD,
	  { { SET8, CLASS_KEY(AT_DK), COPIES, 1 }, { RESIZE, CLASS_KEY(AT_DK), 0, -60U } } },
	{ "user", "D sealed three times", BAD,
	  { { SET8, CLASS_KEY(AT_D), COPIES, 3 }, { RESIZE, CLASS_KEY(AT_D), 0, 60 } } },
	{ "user", "copies 255", BAD, { { SET8, CLASS_KEY(AT_D), COPIES, 255 } } },
	{ "user", "class key: padding", BAD, { { SET8, CLASS_KEY(AT_AK), CLASS_ZERO, 1 } } },
	{ "user", "key_generation 0", BAD, { { SET32, CLASS_KEY(AT_AK), KEY_GENERATION, 0 } } },
	{ "user", "key_generation 2^32 - 1", 0,
	  { { SET32, CLASS_KEY(AT_AK), KEY_GENERATION, 0xffffffff } } },
	{ "user", "public half of ak, first byte", BAD, { { SET8, CLASS_KEY(AT_AK), PUBLIC, 1 } } },
	{ "user", "public half of ak, last byte", BAD,
	  { { SET8, CLASS_KEY(AT_AK), PUBLIC + 31, 1 } } },
	{ "user", "class key one byte too long", BAD, { { RESIZE, CLASS_KEY(AT_AK), 0, 1 } } },
	{ "user", "class key one byte too short", BAD, { { RESIZE, CLASS_KEY(AT_AK), 0, -1U } } },
	{ "user", "passcode without akpu", BAD, { { REMOVE, CLASS_KEY(AT_AKPU), 0, 0 } } },
	{ "user", "passcode with destroyed akpu", BAD,
	  { { SET8, CLASS_KEY(AT_AKPU), COPIES, 0 }, { RESIZE, CLASS_KEY(AT_AKPU), 0, -60U } } },
	{ "without passcode", "akpu without passcode", BAD,
	  { { SET8, CLASS_KEY(AT_AKPU), COPIES, 1 }, { RESIZE, CLASS_KEY(AT_AKPU), 0, 60 } } },
	{ "without passcode", "no akpu", 0, { { REMOVE, CLASS_KEY(AT_AKPU), 0, 0 } } },

	{ "user", "unknown critical tag between", NEWER, { { INSERT, PROTECTOR(0), 0, 0x800f } } },
	{ "system", "unknown critical tag at the end", NEWER, { { APPEND, 0, 0, 0, 0xffff } } },
	{ "user", "unknown critical tag at the start", NEWER,
	  { { REMOVE, 0x0000, 0, 0, 0 }, { INSERT, TYPE, 0, 0x8000 } } },
	{ "user", "unknown critical tag in the wrong order", BAD,
	  { { INSERT, OWNER, 0, 0x8000 } } },
	{ "user", "one number, with bit 15 and without", BAD, { { APPEND, 0, 0, 0, 0xffff } } },
	{ "user", "unknown optional tag", 0, { { INSERT, PROTECTOR(0), 0, 0x000f } } },
	{ "user", "unknown optional tag twice", BAD, { { REPEAT, 0x0011, 0, 0, 0 } } },
	{ "user", "unknown optional tag in the wrong order", BAD, { { INSERT, TYPE, 0, 0x000f } } },
	{ "user", "TLV whose second field is 1", BAD, { { ZERO, TYPE, 0, 1 } } },
	{ "user", "TLV whose second field is 0x8000", BAD, { { ZERO, 0x7fff, 0, 0, 0x8000 } } },
	{ "user", "last TLV goes into the MACs", BAD, { { CLAIM, 0x7fff, 0, 0, 2 } } },
	{ "user", "last TLV ends early", BAD, { { CLAIM, 0x7fff, 0, 0, 0 } } },
	{ "user", "TLV of 2^31 bytes", BAD, { { CLAIM, 0x7fff, 0, 0, 0x80000000 } } },
	{ "user", "TLV of 2^32 - 1 bytes", BAD, { { CLAIM, 0x7fff, 0, 0, 0xffffffff } } },
	{ "user", "first TLV of 2^32 - 8 bytes", BAD, { { CLAIM, TYPE, 0, 0xfffffff8 } } },
};

static void apply(struct raw_form *raw, const struct edit *edit)
{
	unsigned int place = edit->kind == APPEND ? raw->count :
			     raw_find(raw, edit->tag, edit->nth);
	struct raw_tlv *tlv = &raw->tlvs[place];

	switch (edit->kind) {
	case END:
		break;
	case SET8:
		tlv->value[edit->at] = (u8)edit->value;
		break;
	case SET32:
		kb_put_le32(tlv->value + edit->at, edit->value);
		break;
	case RESIZE:
		raw_resize(raw, place, tlv->length + (size_t)(int)edit->value);
		break;
	case CLAIM:
		tlv->claimed_length = edit->value;
		break;
	case ZERO:
		tlv->zero = (u16)edit->value;
		break;
	case RETAG:
		tlv->tag = (u16)edit->value;
		break;
	case REMOVE:
		raw_remove(raw, place);
		break;
	case REPEAT:
		raw_insert(raw, place + 1, tlv->tag, tlv->value, tlv->length);
		break;
	case SWAP:
		raw_swap(raw, place, place - 1);
		break;
	case INSERT:
	case APPEND:
		raw_insert(raw, place, (u16)edit->value, "x", 1);
		break;
	}
}

static int answer_to(const char *name, const struct edit *edits, unsigned int count)
{
	struct bytes sound_bytes = form_from_vectors(name), bytes;
	struct raw_form *raw = raw_take_apart(&sound_bytes);
	unsigned int i;
	bool sound = false;
	int answer;

	for (i = 0; i < count && edits[i].kind != END; i++)
		apply(raw, &edits[i]);
	bytes = raw_put_together(raw);
	answer = form_parse_checked(&bytes, &sound);
	check(sound);
	free(bytes.data);
	raw_free(raw);
	free(sound_bytes.data);
	return answer;
}

static void test_faults(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		int answer = answer_to(faults[i].form, faults[i].edits, MOST_EDITS);

		if (!check(answer == faults[i].answer))
			printf("# answer %d, not %d\n", answer, faults[i].answer);
		tap_test("%s: %s", faults[i].name, faults[i].answer == 0 ? "accepted" :
			 faults[i].answer == NEWER ? "refused as newer" : "refused");
	}
}

/* Rules for every known tag alike. */
static void test_known_tags(void)
{
	static const u16 tags[] = {
		KB_TAG_TYPE, KB_TAG_OWNER, KB_TAG_UUID, KB_TAG_DEVICE_KEY_ID, KB_TAG_GENERATION,
		KB_TAG_RECOVERY_CHOICE, KB_TAG_PROTECTOR, KB_TAG_CLASS_KEY,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		const struct edit longer = { RESIZE, tags[i], 0, 0, 1 };
		const struct edit shorter = { RESIZE, tags[i], 0, 0, -1U };
		const struct edit retagged = { RETAG, tags[i], 0, 0, tags[i] ^ 0x8000 };
		const struct edit repeated = { REPEAT, tags[i], 0, 0, 0 };
		const struct edit removed = { REMOVE, tags[i], 0, 0, 0 };

		check(answer_to("user", &longer, 1) == BAD);
		check(answer_to("user", &shorter, 1) == BAD);
		check(answer_to("user", &retagged, 1) == BAD);
		check(answer_to("user", &repeated, 1) == BAD);
		check(answer_to("user", &removed, 1) ==
		      (tags[i] == KB_TAG_RECOVERY_CHOICE ? 0 : BAD));
		tap_test("tag %#06x: longer, shorter, bit 15 flipped, repeated, removed", tags[i]);
	}
}

static void test_each_class_is_needed(void)
{
	unsigned int nth;

	for (nth = AT_A; nth <= AT_AKPU; nth++) {
		const struct edit removed = { REMOVE, CLASS_KEY(nth), 0, 0 };

		check(answer_to("user", &removed, 1) == BAD);
		check(answer_to("without passcode", &removed, 1) == (nth == AT_AKPU ? 0 : BAD));
	}
	tap_test("no class may be missing but akpu");
}

static void test_counts(void)
{
	struct bytes user = form_from_vectors("user"), bytes;
	struct raw_form *raw = raw_take_apart(&user);
	unsigned int i, last;
	bool sound;

	/* Protectors 1, 2 and 5 are there. */
	for (i = 6; i <= 11; i++) {
		last = raw_find(raw, KB_TAG_PROTECTOR, i - 4);
		raw_insert(raw, last + 1, KB_TAG_PROTECTOR, raw->tlvs[last].value,
			   raw->tlvs[last].length);
		kb_put_le32(raw->tlvs[last + 1].value, i);
		bytes = raw_put_together(raw);
		check(form_parse_checked(&bytes, &sound) == (i - 2 <= 8 ? 0 : BAD) && sound);
		free(bytes.data);
	}
	tap_test("there may be 8 protectors, and no more");
	raw_free(raw);

	raw = raw_take_apart(&user);
	for (i = 4; i < 66; i++) {
		raw_insert(raw, raw->count - 1, (u16)(0x1000 + i), "x", 1);
		bytes = raw_put_together(raw);
		check(form_parse_checked(&bytes, &sound) == (i < 64 ? 0 : BAD) && sound);
		free(bytes.data);
	}
	tap_test("there may be 64 unknown optional TLVs, and no more");
	raw_free(raw);
	free(user.data);
}

int main(void)
{
	tap_start();
	test_faults();
	test_known_tags();
	test_each_class_is_needed();
	test_counts();
	return tap_end();
}
