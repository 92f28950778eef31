/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TPM for a test: swtpm behind a process that passes commands on, and fails one of them. The test wraps tpm_device_open().
 */
#ifndef TESTS_SWTPM_H
#define TESTS_SWTPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SWTPM_COMMAND	4096

struct swtpm {
	const char *state;	/* its folder, made at the start where it is not there */
	int socket;
	pid_t pid;
};

/* The TPM of the machine; NULL: it has none. */
extern struct swtpm *swtpm_present;

/* In memory that all processes share. */
extern struct swtpm_faults {
	int commands, fail_at;	/* the command with that number fails */
	uint32_t code;		/* with this error; 0: it is carried out, and its answer is lost with the connection */
	bool silent;
	struct swtpm_command {
		size_t length;
		uint8_t bytes[SWTPM_COMMAND];
	} policy_signed, load_external;	/* the last ones */
} *swtpm_faults;

void swtpm_start(struct swtpm *start);
void swtpm_stop(struct swtpm *stop);

/* Has it start again, as with the machine. */
void swtpm_restart(struct swtpm *restart);

/* One command, without a fault. Returns the length of the answer. */
size_t swtpm_ask(const uint8_t *command, size_t length, uint8_t ret_answer[SWTPM_COMMAND]);

#endif /* TESTS_SWTPM_H */
