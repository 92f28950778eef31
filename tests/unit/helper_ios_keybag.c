// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keybags of iOS that are damaged in every place: each is refused at a place within it, or read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "helper/ios/keybag/ios_keybag.h"
#include "lib/tap.h"

#define CLASSES	11

struct bag {
	uint8_t bytes[4096];
	size_t length;
};

static void add_bytes(struct bag *bag, const char *tag, const void *value, size_t length)
{
	uint8_t *at = bag->bytes + bag->length;

	memcpy(at, tag, 4);
	at[4] = at[5] = 0;
	at[6] = (uint8_t)(length >> 8);
	at[7] = (uint8_t)length;
	memcpy(at + 8, value, length);
	bag->length += 8 + length;
}

static void add_number(struct bag *bag, const char *tag, uint32_t number)
{
	add_bytes(bag, tag, (uint8_t[]){ (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number }, 4);
}

static void make_bag(struct bag *bag)
{
	uint8_t filler[72];

	memset(filler, 0xa5, sizeof(filler));
	bag->length = 0;
	add_number(bag, "VERS", 4);
	add_number(bag, "TYPE", IOS_KEYBAG_BACKUP);
	add_bytes(bag, "UUID", filler, 16);
	add_bytes(bag, "HMCK", filler, 40);
	add_number(bag, "WRAP", 0);
	add_bytes(bag, "SALT", filler, 20);
	add_number(bag, "ITER", 10000);
	add_number(bag, "DPWT", 1);
	add_number(bag, "DPIC", 10000000);
	add_bytes(bag, "DPSL", filler, 20);
	for (uint32_t number = 1; number <= CLASSES; number++) {
		add_bytes(bag, "UUID", filler, 16);
		add_number(bag, "CLAS", number);
		add_number(bag, "WRAP", 2);
		add_number(bag, "KTYP", 0);
		add_bytes(bag, "WPKY", filler, 40);
	}
}

static void make_signed(struct bag *bag)
{
	struct bag inner;

	make_bag(&inner);
	bag->length = 0;
	add_bytes(bag, "DATA", inner.bytes, inner.length);
	add_bytes(bag, "SIGN", inner.bytes, 20);
}

/* In memory of exactly that size, which a sanitizer watches. */
static int parse(const uint8_t *bytes, size_t length, struct ios_keybag *keybag, struct ios_keybag_fault *fault)
{
	uint8_t *copy = malloc(length ? length : 1);
	int answer;

	memcpy(copy, bytes, length);
	answer = ios_keybag_parse(copy, length, keybag, fault);
	check(answer == 0 || answer == -EBADMSG);
	check((answer == 0) == (fault->problem == IOS_PROBLEM_NONE));
	check(fault->offset <= length);
	free(copy);
	return answer;
}

static void test_read(void)
{
	struct ios_keybag_fault fault;
	struct ios_keybag keybag;
	struct bag bag;

	make_bag(&bag);
	check(!ios_keybag_parse(bag.bytes, bag.length, &keybag, &fault));
	check(keybag.version == 4 && keybag.type == IOS_KEYBAG_BACKUP && keybag.iterations == 10000);
	check(keybag.first_iterations == 10000000 && keybag.first_salt_length == 20 && keybag.class_count == CLASSES);
	check(ios_keybag_class(&keybag, 6)->number == 6 && ios_keybag_class(&keybag, 0x16)->number == 6);
	check(!ios_keybag_class(&keybag, 12));
	tap_test("a keybag is read");

	/* More bytes are there, so that one read too many is seen by its answer, and not by a sanitizer that ends the program. */
	add_bytes(&bag, "TEXT", "four", 4);
	for (size_t missing = 1; missing <= 4; missing++)
		check(ios_keybag_parse(bag.bytes, bag.length - missing, &keybag, &fault) == -EBADMSG &&
		      fault.problem == IOS_PROBLEM_CUT && fault.offset == bag.length - 12);
	tap_test("a value that goes beyond the end of the keybag is refused");
}

static void test_flipped(const char *name, const struct bag *bag)
{
	struct ios_keybag_fault fault;
	struct ios_keybag keybag;
	unsigned int refused = 0;

	for (size_t at = 0; at < bag->length; at++)
		for (int flip = 0; flip < 9; flip++) {
			struct bag damaged = *bag;

			damaged.bytes[at] ^= (uint8_t)(flip < 8 ? 1 << flip : 0xff);
			refused += parse(damaged.bytes, damaged.length, &keybag, &fault) != 0;
		}
	check(refused > bag->length);
	tap_test("%s: every byte flipped is refused at a place, or read", name);
}

static void test_lengths(const char *name, const struct bag *bag)
{
	struct ios_keybag_fault fault;
	struct ios_keybag keybag;
	struct bag longer = *bag;
	unsigned int whole = 0;

	for (size_t length = 0; length < bag->length; length++)
		whole += !parse(bag->bytes, length, &keybag, &fault);
	/* Between two records, and where the last ones lack only what may be absent. */
	check(whole <= 5 * CLASSES);
	tap_test("%s: cut short at every length", name);
	for (size_t more = 1; more <= 300; more++) {
		longer.bytes[longer.length++] = (uint8_t)more;
		check(parse(longer.bytes, longer.length, &keybag, &fault) == -EBADMSG && fault.offset == bag->length);
	}
	tap_test("%s: with bytes added it is refused where they begin", name);
}

static void test_bounds(void)
{
	struct ios_keybag_fault fault;
	struct ios_keybag keybag;
	uint8_t *many = calloc(1, IOS_KEYBAG_MAX_SIZE + 8);
	struct bag bag;

	make_bag(&bag);
	memcpy(many, bag.bytes, bag.length);
	for (size_t at = bag.length; at < IOS_KEYBAG_MAX_SIZE; at += 8)
		memcpy(many + at, "MANY", 4);
	check(parse(many, bag.length + 8 * 100, &keybag, &fault) == 0);
	check(parse(many, bag.length + 8 * 1000, &keybag, &fault) == -EBADMSG && fault.problem == IOS_PROBLEM_MANY);
	check(parse(many, IOS_KEYBAG_MAX_SIZE + 8, &keybag, &fault) == -EBADMSG && fault.problem == IOS_PROBLEM_MANY);
	free(many);
	tap_test("more tags than a keybag has, or more bytes");
}

int main(void)
{
	struct bag plain, with_signature;

	tap_start();
	make_bag(&plain);
	make_signed(&with_signature);
	test_read();
	test_flipped("plain", &plain);
	test_flipped("signed", &with_signature);
	test_lengths("plain", &plain);
	test_lengths("signed", &with_signature);
	test_bounds();
	return tap_end();
}
