// SPDX-License-Identifier: GPL-2.0-or-later
#include "organisation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "common/handover.h"
#include "common/printable.h"
#include "common/registers.h"
#include "daemon/confined_program.h"

#ifndef ORGANISATION_PROGRAM
#define ORGANISATION_PROGRAM	"/usr/libexec/keybag/keybag-organisation"
#endif

static const struct confined_program program = { ORGANISATION_PROGRAM, { "keybag-organisation", NULL }, { NULL } };

/* By enum organisation_verdict. */
static const char *const verdicts[] = {
	[ORGANISATION_NO_CERTIFICATE] = "it is no certificate: X.509 as PEM or DER, of 8192 bytes at most, is taken",
	[ORGANISATION_SEVERAL] = "it has several certificates: give the organisation's own one alone",
	[ORGANISATION_PRIVATE_KEY] = "it has a private key in it: keep that away from this machine, and give the certificate alone",
	[ORGANISATION_WEAK] = "its RSA key is too short: 2048 bits are the least, 3072 are advised",
	[ORGANISATION_LONG] = "its RSA key is too long: what is sealed to more than 4096 bits does not fit into a keybag",
	[ORGANISATION_ALGORITHM] = "nothing can be sealed to a key of its kind: RSA or EC (P-256, P-384, P-521) is taken, and X25519 where "
				   "libcrypto's CMS has it",
	[ORGANISATION_CURVE] = "its key is on another curve than P-256, P-384 or P-521",
	[ORGANISATION_UNSOUND] = "its public key is not sound: have another certificate made",
	[ORGANISATION_USAGE] = "its key usage forbids that: it needs keyEncipherment of an RSA key, keyAgreement of another one",
	[ORGANISATION_EXPIRED] = "it has expired: have it renewed, or see to this machine's clock",
	[ORGANISATION_NOT_YET] = "it is not valid yet: see to its dates, or to this machine's clock",
	[ORGANISATION_ROOM] = "what is sealed to it does not fit into a keybag: have one made with a subject key identifier, or with an EC "
			      "key",
	[ORGANISATION_UNCONFINED] = "the kernel refuses to confine " ORGANISATION_PROGRAM ", which does nothing without that",
};

static int failed(char ret_problem[ORGANISATION_PROBLEM], const char *reason)
{
	snprintf(ret_problem, ORGANISATION_PROBLEM, "%s", reason);
	return -EIO;
}

static int explain(uint32_t verdict, char ret_problem[ORGANISATION_PROBLEM])
{
	if (verdict >= sizeof(verdicts) / sizeof(verdicts[0]) || !verdicts[verdict])
		return failed(ret_problem, ORGANISATION_PROGRAM " has failed: see whether the machine is short of memory, and "
			      "try again");
	snprintf(ret_problem, ORGANISATION_PROBLEM, "%s", verdicts[verdict]);
	if (verdict == ORGANISATION_UNCONFINED)
		return -EIO;
	return verdict == ORGANISATION_EXPIRED || verdict == ORGANISATION_NOT_YET ? -EKEYEXPIRED : -EINVAL;
}

static int run_program(const struct handover *memory, char ret_problem[ORGANISATION_PROBLEM])
{
	const struct organisation_exchange *exchange = memory->mapping;
	CLEANUP_FD int file = confined_program_descriptor(memory->descriptor);
	int result, status = 0;
	pid_t pid;

	result = file < 0 ? file : confined_program_start(&program, &file, 1, &pid);
	if (result < 0) {
		snprintf(ret_problem, ORGANISATION_PROBLEM, ORGANISATION_PROGRAM " cannot be run: %s: install the package keybag "
			 "again", strerrordesc_np(-result));
		return -EIO;
	}
	if (!confined_program_wait(pid, ORGANISATION_EXCHANGE_SECONDS, &status) || !WIFEXITED(status))
		return explain(ORGANISATION_FAILED, ret_problem);
	if (WEXITSTATUS(status) == 2)
		return failed(ret_problem, ORGANISATION_PROGRAM " is of another version than keybagd: 'systemctl restart keybagd'");
	if (WEXITSTATUS(status))
		return failed(ret_problem, ORGANISATION_PROGRAM " cannot be run: install the package keybag again");
	return exchange->verdict == ORGANISATION_DONE ? 0 : explain(exchange->verdict, ret_problem);
}

static int new_exchange(enum organisation_task task, const void *certificate, size_t length, struct handover *ret_memory,
			char ret_problem[ORGANISATION_PROBLEM])
{
	struct organisation_exchange *exchange;

	if (!length || length > ORGANISATION_CERTIFICATE)
		return explain(ORGANISATION_NO_CERTIFICATE, ret_problem);
	if (handover_new(ret_memory, NULL, sizeof(*exchange)) < 0)
		return failed(ret_problem, "there is no memory for it: close something and try again");
	exchange = ret_memory->mapping;
	exchange->version = ORGANISATION_EXCHANGE_VERSION;
	exchange->task = task;
	exchange->certificate_length = (uint32_t)length;
	memcpy(exchange->certificate, certificate, length);
	return 0;
}

/* The program has read what anyone may have made: its answer is believed in its bounds only. */
/* Whoever has made the certificate has chosen it: it must not steer the terminal on which people compare the fingerprint. */
static void copy_subject(const char from[ORGANISATION_SUBJECT], char ret_subject[ORGANISATION_SUBJECT])
{
	size_t left = strnlen(from, ORGANISATION_SUBJECT - 1), length;
	uint32_t character;

	for (; left; from += length, left -= length) {
		length = printable_character(from, left, &character);
		if (printable(character) && character != 0xfffd)
			ret_subject = mempcpy(ret_subject, from, length);
		else
			*ret_subject++ = '?';
	}
	*ret_subject = 0;
}

static int take_facts(struct organisation_exchange *exchange, struct organisation *ret_organisation,
		      char ret_problem[ORGANISATION_PROBLEM])
{
	if (!exchange->certificate_length || exchange->certificate_length > ORGANISATION_CERTIFICATE)
		return explain(ORGANISATION_FAILED, ret_problem);
	*ret_organisation = (struct organisation){
		.not_before = exchange->not_before,
		.not_after = exchange->not_after,
		.length = exchange->certificate_length,
	};
	memcpy(ret_organisation->digest, exchange->digest, ORGANISATION_DIGEST);
	memcpy(ret_organisation->certificate, exchange->certificate, exchange->certificate_length);
	copy_subject(exchange->subject, ret_organisation->subject);
	return 0;
}

int organisation_read(const void *bytes, size_t length, struct organisation *ret_organisation,
		      char ret_problem[ORGANISATION_PROBLEM])
{
	CLEANUP_HANDOVER struct handover memory = HANDOVER_NONE;
	int result = new_exchange(ORGANISATION_READ, bytes, length, &memory, ret_problem);

	if (!result)
		result = run_program(&memory, ret_problem);
	return result ? result : take_facts(memory.mapping, ret_organisation, ret_problem);
}

ssize_t organisation_seal(const struct organisation *organisation, const struct secret *secret,
			  uint8_t ret_opaque[ORGANISATION_RECORD_MAX], char ret_problem[ORGANISATION_PROBLEM])
{
	CLEANUP_HANDOVER struct handover memory = HANDOVER_NONE;
	struct organisation_record record = { .digest = organisation->digest };
	struct organisation_exchange *exchange;
	int result = new_exchange(ORGANISATION_SEAL, organisation->certificate, organisation->length, &memory, ret_problem);

	if (result < 0)
		return result;
	exchange = memory.mapping;
	memcpy(exchange->secret, secret->data, ORGANISATION_SECRET);
	clear_vector_registers();
	result = run_program(&memory, ret_problem);
	if (result < 0)
		return result;
	/* That very certificate, whatever a file has become meanwhile. */
	if (!exchange->sealed_length || exchange->sealed_length > ORGANISATION_MAX_SEALED ||
	    memcmp(exchange->digest, organisation->digest, ORGANISATION_DIGEST) != 0)
		return explain(ORGANISATION_FAILED, ret_problem);
	record.sealed = exchange->sealed;
	record.sealed_length = exchange->sealed_length;
	return (ssize_t)organisation_record_write(&record, ret_opaque);
}

struct organisation *organisation_copy(const struct organisation *organisation)
{
	struct organisation *copy = organisation ? malloc(sizeof(*copy)) : NULL;

	if (copy)
		*copy = *organisation;
	return copy;
}
