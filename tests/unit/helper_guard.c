// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Secrets that a TPM (swtpm) guards by an index that counts wrong passcodes: opened, refused, used up; attacked by whoever has the
 * owner's empty password; and with the TPM failing at each of its commands.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keybagd/tpm/guard.h"
#include "keybagd/tpm/tpm.h"
#include "lib/swtpm.h"
#include "lib/tap.h"

#define NUMBER		0x01923456
#define HANDLE(number)	(uint8_t)((number) >> 24), (uint8_t)((number) >> 16), (uint8_t)((number) >> 8), (uint8_t)(number)
#define NO_PASSWORD	0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0
#define OWNER		0x40, 0, 0, 1

static struct swtpm first = { .state = "tpm1" }, second = { .state = "tpm2" };
static struct request_result result;
static const struct guard_owner owner = { "keybag of a test", true }, without_code = { "keybag of a test", false };
static const uint8_t salt[TPM_EXCHANGE_SALT] = { 7, 8, 9 };
static struct secret right, wrong;
static const struct guard_file no_file;

static uint32_t send_command(const uint8_t *command, size_t length, uint8_t answer[SWTPM_COMMAND])
{
	uint8_t whole[SWTPM_COMMAND];

	memcpy(whole, command, length);
	whole[2] = whole[3] = 0;
	whole[4] = (uint8_t)(length >> 8);
	whole[5] = (uint8_t)length;
	swtpm_ask(whole, length, answer);
	return (uint32_t)answer[6] << 24 | (uint32_t)answer[7] << 16 | (uint32_t)answer[8] << 8 | answer[9];
}

#define SEND(command) ({ uint8_t answer_[SWTPM_COMMAND]; send_command(command, sizeof(command), answer_); })

static uint32_t undefine(uint32_t number)
{
	const uint8_t command[] = { 0x80, 2, 0, 0, 0, 0, 0, 0, 1, 0x22, OWNER, HANDLE(number), NO_PASSWORD };

	return SEND(command);
}

static bool is_there(uint32_t number)
{
	const uint8_t command[] = { 0x80, 1, 0, 0, 0, 0, 0, 0, 1, 0x69, HANDLE(number) };

	return SEND(command) == 0;
}

/* Defines one with the same public area as at @number, and an empty authorisation. */
static uint32_t define_again(uint32_t number, uint32_t as)
{
	const uint8_t read_public[] = { 0x80, 1, 0, 0, 0, 0, 0, 0, 1, 0x69, HANDLE(number) };
	uint8_t command[SWTPM_COMMAND] = { 0x80, 2, 0, 0, 0, 0, 0, 0, 1, 0x2a, OWNER, NO_PASSWORD, 0, 0 };
	uint8_t answer[SWTPM_COMMAND];
	const uint8_t handle[] = { HANDLE(as) };
	size_t length;

	if (send_command(read_public, sizeof(read_public), answer))
		return 1;
	length = 2 + ((size_t)answer[10] << 8 | answer[11]);
	memcpy(command + 29, answer + 10, length);
	memcpy(command + 31, handle, sizeof(handle));
	/* The bit TPMA_NV_WRITTEN, which no one is defined with. */
	command[37] &= (uint8_t)~0x20;
	if (number == as && undefine(number))
		return 2;
	return send_command(command, 29 + length, answer);
}

static int make_at(uint32_t number, struct guard_file *ret_file, struct secret *ret_secret, struct guard_index *ret_index)
{
	CLEANUP_HANDOVER struct handover making = HANDOVER_NONE;
	int error;

	result = (struct request_result){ 0 };
	error = guard_prepare(&owner, number, &making, ret_index, &result);
	return error ? error : guard_make(&owner, &making, &right, salt, ret_file, ret_secret, &result);
}

/* Whether that passcode key opens it, and to what. */
static int open_with(const struct guard_file *file, const struct secret *key, const struct secret *expected, uint32_t *ret_tries)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	int error;

	result = (struct request_result){ 0 };
	error = guard_release(&owner, file, key, salt, &secret, ret_tries, &result);
	if (!error)
		check(secret_equal(&secret, expected));
	else
		check(!secret.data);
	return error;
}

static void test_counts(const struct guard_file *file, const struct secret *secret)
{
	uint32_t tries = 0, counted = 0;

	check(open_with(file, &right, secret, &tries) == 0 && tries == 64);
	check(open_with(file, &wrong, secret, &tries) == -EKEYREJECTED && tries == 63 && !result.error);
	check(open_with(file, &wrong, secret, &tries) == -EKEYREJECTED && tries == 62);
	check(guard_count(&owner, file, &counted, &result) == 0 && counted == 62);
	check(open_with(file, &right, secret, &tries) == 0 && tries == 64);
	check(guard_count(&owner, file, &counted, &result) == 0 && counted == 64);
	tap_test("a wrong passcode key counts, a right one opens and sets the count back");

	swtpm_restart(&first);
	check(open_with(file, &wrong, secret, &tries) == -EKEYREJECTED && tries == 63);
	swtpm_restart(&first);
	check(open_with(file, &right, secret, &tries) == 0 && tries == 64);
	tap_test("so it is after a restart of the machine, which makes the kept storage key worthless");
}

static void test_used_up(void)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE, device_key = SECRET_NONE;
	struct tpm_sealed sealed;
	struct guard_index index;
	struct guard_file file;
	uint32_t tries = 0;

	check(make_at(NUMBER + 8, &file, &secret, &index) == 0);
	for (uint32_t at = 1; at <= 64; at++)
		check(open_with(&file, &wrong, &secret, &tries) == -EKEYREJECTED && tries == 64 - at);
	check(open_with(&file, &right, &secret, &tries) == -EKEYREVOKED && tries == 0 && strstr(result.text, "as many wrong passcodes"));
	check(strstr(result.text, "with the recovery code"));
	swtpm_restart(&first);
	check(open_with(&file, &right, &secret, &tries) == -EKEYREVOKED);
	check(guard_release(&without_code, &file, &right, salt, &secret, &tries, &result) == -EKEYREVOKED);
	check(strstr(result.text, "has no recovery code, and nothing opens it any more") && !strstr(result.text, "passwd --recovery"));
	check(secret_from(right.data, 32, &device_key) == 0 && tpm_seal("device.tpm", &device_key, &sealed, &result) == 0);
	check(guard_remove(&owner, &index, &result) == 0 && !is_there(NUMBER + 8));
	tap_test("after 64 wrong ones the right one opens nothing, for good; the TPM itself is not locked out");
}

static void test_owner(void)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	const uint8_t write[] = { 0x80, 2, 0, 0, 0, 0, 0, 0, 1, 0x37, OWNER, HANDLE(NUMBER + 2), NO_PASSWORD, 0, 8, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0 };
	const uint8_t by_itself[] = { 0x80, 2, 0, 0, 0, 0, 0, 0, 1, 0x37, HANDLE(NUMBER + 2), HANDLE(NUMBER + 2), NO_PASSWORD, 0, 8, 0, 0, 0,
				      0, 0, 0, 1, 0, 0, 0 };
	struct guard_index index;
	struct guard_file file;
	uint32_t tries = 0;

	check(make_at(NUMBER + 2, &file, &secret, &index) == 0 && SEND(write));
	check(open_with(&file, &wrong, &secret, &tries) == -EKEYREJECTED && SEND(write) && SEND(by_itself));
	check(guard_count(&owner, &file, &tries, &result) == 0 && tries == 63);
	tap_test("the owner's empty password writes no count");

	check(define_again(NUMBER + 2, NUMBER + 2) == 0);
	check(open_with(&file, &right, &secret, &tries) == -ENOLINK && strstr(result.text, "replaced by another one"));
	/* Whoever has it open with their own authorisation cannot write it, and an unwritten one has another Name. */
	check(SEND(write) && SEND(by_itself));
	check(open_with(&file, &right, &secret, &tries) == -ENOLINK);
	check(undefine(NUMBER + 2) == 0);
	check(open_with(&file, &right, &secret, &tries) == -ENOLINK && strstr(result.text, "was deleted"));
	tap_test("one that the owner has deleted, and defined again with another authorisation, opens nothing");
}

/* The signature that has written an index, given again in another session. */
static void test_replay(void)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	const uint8_t start[] = { 0x80, 1, 0, 0, 0, 0, 0, 0, 1, 0x76, 0x40, 0, 0, 7, 0x40, 0, 0, 7, 0, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
				  13, 14, 15, 16, 0, 0, 1, 0, 0x10, 0, 0x0b };
	struct swtpm_command *loads = &swtpm_faults->load_external, *signs = &swtpm_faults->policy_signed;
	uint8_t session[SWTPM_COMMAND], key[SWTPM_COMMAND], answer[SWTPM_COMMAND];
	uint8_t flush[] = { 0x80, 1, 0, 0, 0, 0, 0, 0, 1, 0x65, 0, 0, 0, 0 };
	struct guard_index index;
	struct guard_file file;

	check(make_at(NUMBER + 4, &file, &secret, &index) == 0 && loads->length && signs->length);
	check(send_command(start, sizeof(start), session) == 0 && send_command(loads->bytes, loads->length, key) == 0);
	memcpy(signs->bytes + 10, key + 10, 4);
	memcpy(signs->bytes + 14, session + 10, 4);
	check(send_command(signs->bytes, signs->length, answer) != 0);
	/* Nor without the nonce. */
	{
		size_t nonce = (size_t)signs->bytes[18] << 8 | signs->bytes[19];

		memmove(signs->bytes + 20, signs->bytes + 20 + nonce, signs->length - 20 - nonce);
		signs->bytes[18] = signs->bytes[19] = 0;
		check(send_command(signs->bytes, signs->length - nonce, answer) != 0);
	}
	memcpy(flush + 10, key + 10, 4);
	check(SEND(flush) == 0);
	memcpy(flush + 10, session + 10, 4);
	check(SEND(flush) == 0 && guard_remove(&owner, &index, &result) == 0);
	tap_test("the signature that has written an index is good for no other session");
}

/* Whatever fails, what was noted before is enough to leave nothing behind, and the next attempt succeeds. */
static void test_making(uint32_t code, const char *name)
{
	for (int at = 1;; at++) {
		CLEANUP_SECRET struct secret secret = SECRET_NONE, again = SECRET_NONE;
		struct guard_index index, next;
		struct guard_file file;
		int error, commands;

		swtpm_faults->commands = 0;
		swtpm_faults->fail_at = at;
		swtpm_faults->code = code;
		error = make_at(NUMBER + 6, &file, &secret, &index);
		swtpm_faults->fail_at = 0;
		commands = swtpm_faults->commands;
		check(!error || (*result.text && !secret.data));
		/* Sessions and keys that the kernel's resource manager would have taken away with the descriptor. */
		if (!code)
			swtpm_restart(&first);
		check(guard_remove(&owner, &index, &result) == 0 && !is_there(NUMBER + 6));
		check(make_at(NUMBER + 6, &file, &again, &next) == 0 && guard_remove(&owner, &next, &result) == 0);
		if (commands < at) {
			check(!error);
			tap_test("made, with each of %d commands of the TPM %s: nothing stays behind", at - 1, name);
			return;
		}
	}
}

static void test_opening(const struct guard_file *file, const struct secret *secret, uint32_t code)
{
	for (int at = 1;; at++) {
		uint32_t tries;
		int error;

		swtpm_faults->commands = 0;
		swtpm_faults->fail_at = at;
		swtpm_faults->code = code;
		error = open_with(file, &right, secret, &tries);
		swtpm_faults->fail_at = 0;
		check(error != -EKEYREJECTED && error != -EKEYREVOKED && (!error || *result.text));
		if (swtpm_faults->commands < at) {
			check(!error);
			tap_test("opened, with each of %d commands of the TPM failing: 0x%x", at - 1, code);
			return;
		}
		check(open_with(file, &right, secret, &tries) == 0 && tries == 64);
	}
}

static void test_numbers(const struct guard_file *file, const struct secret *secret)
{
	CLEANUP_SECRET struct secret other = SECRET_NONE;
	struct guard_index index, index_of_file, another;
	struct guard_file second_file, cut = *file;
	uint32_t tries;

	check(guard_index_of(file, &index_of_file) && index_of_file.number == NUMBER && !guard_index_of(&no_file, &index));
	check(make_at(NUMBER, &second_file, &other, &index) == -EEXIST && !other.data);
	check(guard_remove(&owner, &index, &result) == 0 && is_there(NUMBER));
	check(open_with(file, &right, secret, &tries) == 0);
	tap_test("a number that is taken: an error of its own; what was not made is not removed, what is there stays");

	check(make_at(NUMBER ^ 1, &second_file, &other, &index) == 0);
	another = index;
	another.number = NUMBER;
	check(guard_remove(&owner, &another, &result) == 0 && is_there(NUMBER) && is_there(NUMBER ^ 1));
	check(guard_remove(&owner, &index_of_file, &result) == 0 && !is_there(NUMBER));
	check(open_with(file, &right, secret, &tries) == -ESTALE && strstr(result.text, "restore the newer file"));
	check(open_with(&second_file, &right, &other, &tries) == 0);
	check(guard_remove(&owner, &index, &result) == 0 && guard_remove(&owner, &index, &result) == 0);
	tap_test("after a change the file of before: an error that says so; an index with another Name is never removed");

	cut.length--;
	check(open_with(&cut, &right, secret, &tries) == -EBADMSG);
	cut = *file;
	cut.bytes[0] = 2;
	check(open_with(&cut, &right, secret, &tries) == -EPROTONOSUPPORT);
	tap_test("a file that is damaged, or newer: errors of their own");
}

static void test_other_tpm(void)
{
	static const uint8_t clear[] = { 0x80, 2, 0, 0, 0, 0, 0, 0, 1, 0x26, 0x40, 0, 0, 0x0a, NO_PASSWORD };
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	struct guard_index index;
	struct guard_file file;
	uint32_t tries;

	check(make_at(NUMBER, &file, &secret, &index) == 0);
	swtpm_present = NULL;
	check(open_with(&file, &right, &secret, &tries) == -ENODEV && strstr(result.text, "passwd --recovery --no-tpm"));
	swtpm_present = &second;
	check(open_with(&file, &right, &secret, &tries) == -EXDEV && strstr(result.text, "by another TPM"));
	check(guard_remove(&owner, &index, &result) == 0);
	swtpm_present = &first;
	check(open_with(&file, &right, &secret, &tries) == 0);
	check(SEND(clear) == 0);
	check(open_with(&file, &right, &secret, &tries) == -EXDEV && strstr(result.text, "was cleared since its passcode was set"));
	tap_test("no TPM, another one, one that was cleared: errors of their own");
}

/* Last: it is left alone for a while then. */
static void test_silent(void)
{
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	struct guard_index index;
	struct guard_file file;
	uint32_t tries;

	check(make_at(NUMBER, &file, &secret, &index) == 0);
	swtpm_faults->silent = true;
	check(open_with(&file, &right, &secret, &tries) == -ENODEV && strstr(result.text, "does not answer in time"));
	check(guard_remove(&owner, &index, &result) == -ENODEV && is_there(NUMBER));
	swtpm_faults->silent = false;
	tap_test("a TPM that is silent: an error that may pass, and an index that stays");
}

int main(void)
{
	char folder[] = "/tmp/guard.XXXXXX", command[64];
	CLEANUP_SECRET struct secret secret = SECRET_NONE;
	struct guard_index index;
	struct guard_file file;

	tap_start();
	check(mkdtemp(folder) && chdir(folder) == 0);
	check(secret_from("a passcode key of thirty-two byt", 32, &right) == 0 && secret_from("another key of thirty-two bytes.", 32, &wrong) == 0);
	swtpm_start(&first);
	swtpm_start(&second);
	swtpm_present = &first;
	check(make_at(NUMBER, &file, &secret, &index) == 0);
	test_counts(&file, &secret);
	test_opening(&file, &secret, 0x101);
	test_opening(&file, &secret, 0x902);
	test_used_up();
	test_owner();
	test_replay();
	test_making(0x101, "failing");
	test_making(0, "done, but not answered");
	test_numbers(&file, &secret);
	test_other_tpm();
	test_silent();
	secret_free(&right);
	secret_free(&wrong);
	swtpm_stop(&first);
	swtpm_stop(&second);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	check(chdir("/") == 0 && system(command) == 0);
	return tap_end();
}
