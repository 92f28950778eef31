// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recovery codes as text.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/recovery_code.h"
#include "lib/random.h"
#include "lib/tap.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void test_known(void)
{
	enum recovery_code_kind kind;
	static const uint8_t secret[RECOVERY_SECRET_SIZE] = {
		0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
		0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
	};
	static const uint8_t zero[RECOVERY_SECRET_SIZE];
	uint8_t back[RECOVERY_SECRET_SIZE];
	char code[RECOVERY_CODE_LENGTH];

	recovery_code_format(RECOVERY_CODE_OWN, zero, code);
	check(!memcmp(code, "00000-00000-00000-00000-00000-280B4", sizeof(code)));
	recovery_code_format(RECOVERY_CODE_OWN, secret, code);
	/* 128 bits in groups of five, most significant first, then the checksum, which a division of polynomials in Python gave. */
	check(!memcmp(code, "008J4-CT4AN-K7F24-SNAXW-SQFEZ-X27PA", sizeof(code)));
	check(recovery_code_parse(code, sizeof(code), &kind, back) == 0);
	check(!memcmp(back, secret, sizeof(secret)));
	check(kind == RECOVERY_CODE_OWN);
	tap_test("known codes");
}

static void test_part(void)
{
	check(recovery_code_is_part("0Q1Z4", "0Q1Z4", 5) && recovery_code_is_part("oqLz4", "0Q1Z4", 5));
	check(recovery_code_is_part("oqiz4", "0Q1Z4", 5));
	check(!recovery_code_is_part("0Q1Z5", "0Q1Z4", 5) && !recovery_code_is_part("0Q-Z4", "0Q1Z4", 5));
	check(!recovery_code_is_part("UUUUU", "00000", 5));
	tap_test("parts of a code are read as codes are");
}

static void test_round_trip(void)
{
	enum recovery_code_kind kind;
	struct random random = { .state = 7 };
	uint8_t secret[RECOVERY_SECRET_SIZE], back[RECOVERY_SECRET_SIZE];
	char code[RECOVERY_CODE_LENGTH];
	char written[2 * RECOVERY_CODE_LENGTH];
	size_t i, length;
	int round;

	for (round = 0; round < 2000; round++) {
		random_bytes(&random, secret, sizeof(secret));
		recovery_code_format(RECOVERY_CODE_OWN, secret, code);
		check(recovery_code_parse(code, sizeof(code), &kind, back) == 0);
		check(!memcmp(back, secret, sizeof(secret)));
		/* As people write: any case, O and I, spaces anywhere, no dashes. */
		for (i = 0, length = 0; i < sizeof(code); i++) {
			if (random_bool(&random))
				written[length++] = ' ';
			if (code[i] == '-')
				continue;
			written[length] = code[i];
			if (code[i] == '0' && random_bool(&random))
				written[length] = 'O';
			if (code[i] == '1')
				written[length] = random_bool(&random) ? 'I' : 'l';
			if (random_bool(&random))
				written[length] = (char)tolower(written[length]);
			length++;
		}
		check(recovery_code_parse(written, length, &kind, back) == 0);
		check(!memcmp(back, secret, sizeof(secret)));
	}
	tap_test("written and read, as people write too");
}

/* The kind is told by the checksum, in which all of it is: no code is of both. */
static void test_organisation(void)
{
	enum recovery_code_kind kind;
	struct random random = { .state = 11 };
	uint8_t secret[RECOVERY_SECRET_SIZE], back[RECOVERY_SECRET_SIZE];
	char own[RECOVERY_CODE_LENGTH], code[RECOVERY_CODE_LENGTH];

	for (int round = 0; round < 2000; round++) {
		random_bytes(&random, secret, sizeof(secret));
		recovery_code_format(RECOVERY_CODE_OWN, secret, own);
		recovery_code_format(RECOVERY_CODE_ORGANISATION, secret, code);
		check(memcmp(own, code, sizeof(code)) != 0);
		check(recovery_code_parse(own, sizeof(own), &kind, back) == 0 && kind == RECOVERY_CODE_OWN);
		check(recovery_code_parse(code, sizeof(code), &kind, back) == 0 && kind == RECOVERY_CODE_ORGANISATION);
		check(!memcmp(back, secret, sizeof(secret)));
	}
	memset(secret, 0, sizeof(secret));
	recovery_code_format(RECOVERY_CODE_ORGANISATION, secret, code);
	check(!memcmp(code, "00000-00000-00000-00000-00000-2VCZQ", sizeof(code)));
	tap_test("codes of an organisation");
}

static void test_slips(void)
{
	enum recovery_code_kind kind;
	struct random random = { .state = 9 };
	uint8_t secret[RECOVERY_SECRET_SIZE], back[RECOVERY_SECRET_SIZE];
	char code[RECOVERY_CODE_LENGTH], slip[RECOVERY_CODE_LENGTH + 1];
	size_t i, j;
	int round;

	for (round = 0; round < 50; round++) {
		random_bytes(&random, secret, sizeof(secret));
		recovery_code_format(RECOVERY_CODE_OWN, secret, code);
		for (i = 0; i < sizeof(code); i++) {
			if (code[i] == '-')
				continue;
			memcpy(slip, code, sizeof(code));
			for (j = 0; j < 32; j++) {
				slip[i] = alphabet[j];
				if (slip[i] != code[i])
					check(recovery_code_parse(slip, sizeof(code), &kind, back) ==
					      -EINVAL);
			}
			slip[i] = code[i];
			j = i + 1 < sizeof(code) && code[i + 1] == '-' ? i + 2 : i + 1;
			if (j < sizeof(code) && code[i] != code[j]) {
				slip[i] = code[j];
				slip[j] = code[i];
				check(recovery_code_parse(slip, sizeof(code), &kind, back) == -EINVAL);
			}
		}
	}
	tap_test("each wrong character and each swap of neighbours is noticed");

	memcpy(slip, code, sizeof(code));
	slip[sizeof(code)] = '0';
	for (i = 0; i < sizeof(code); i++)
		check(recovery_code_parse(code, i, &kind, back) == -EINVAL);
	check(recovery_code_parse(slip, sizeof(code) + 1, &kind, back) == -EINVAL);
	check(recovery_code_parse("", 0, &kind, back) == -EINVAL);
	slip[3] = 'U';
	check(recovery_code_parse(slip, sizeof(code), &kind, back) == -EINVAL);
	slip[3] = 0;
	check(recovery_code_parse(slip, sizeof(code), &kind, back) == -EINVAL);
	tap_test("too short, too long, other characters");
}

int main(void)
{
	tap_start();
	test_known();
	test_part();
	test_round_trip();
	test_organisation();
	test_slips();
	return tap_end();
}
