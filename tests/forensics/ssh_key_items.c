// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Gives an Ed25519 key to the agent at $SSH_AUTH_SOCK and has it sign, and leaves no trace of the key itself
 * (tests/host/programs_ram.py).
 *
 *   ssh-key-items add PUBLIC MASKED MASK      the private half; PUBLIC in hexadecimal
 *   ssh-key-items sign|fail PUBLIC            fail: that the agent refuses
 */
#include <arpa/inet.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/common/registers.h"
#include "unmask.h"

#define KEY_SIZE	32
#define TYPE		"ssh-ed25519"

/* PROTOCOL.agent of OpenSSH */
#define FAILURE		5
#define SUCCESS		6
#define SIGN_REQUEST	13
#define SIGN_RESPONSE	14
#define ADD_IDENTITY	17

struct message {
	size_t length;
	uint8_t data[1024];
};

static void put_byte(struct message *message, uint8_t byte)
{
	message->data[message->length++] = byte;
}

static void put_length(struct message *message, size_t length)
{
	uint32_t big_endian = htonl((uint32_t)length);

	memcpy(message->data + message->length, &big_endian, sizeof(big_endian));
	message->length += sizeof(big_endian);
}

static void put(struct message *message, const void *bytes, size_t length)
{
	put_length(message, length);
	memcpy(message->data + message->length, bytes, length);
	message->length += length;
}

static void put_text(struct message *message, const char *text)
{
	put(message, text, strlen(text));
}

static void put_identity(struct message *message, const uint8_t *public, const char *masked, const char *mask)
{
	put_byte(message, ADD_IDENTITY);
	put_text(message, TYPE);
	put(message, public, KEY_SIZE);
	put_length(message, 2 * KEY_SIZE);
	message->length += unmask(message->data + message->length, masked, mask);
	memcpy(message->data + message->length, public, KEY_SIZE);
	message->length += KEY_SIZE;
	put_text(message, "a comment");
}

static void put_sign(struct message *message, const uint8_t *public)
{
	put_byte(message, SIGN_REQUEST);
	put_length(message, 2 * sizeof(uint32_t) + strlen(TYPE) + KEY_SIZE);
	put_text(message, TYPE);
	put(message, public, KEY_SIZE);
	put_text(message, "data");
	put_length(message, 0);
}

/* The first byte of the answer. */
static int ask(const struct message *message)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int agent = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint32_t length = htonl((uint32_t)message->length);
	uint8_t answer[sizeof(length) + 1];

	strncpy(address.sun_path, getenv("SSH_AUTH_SOCK"), sizeof(address.sun_path) - 1);
	if (connect(agent, (struct sockaddr *)&address, sizeof(address)))
		err(2, "%s", address.sun_path);
	if (write(agent, &length, sizeof(length)) != sizeof(length) ||
	    write(agent, message->data, message->length) != (ssize_t)message->length ||
	    recv(agent, answer, sizeof(answer), MSG_WAITALL) != sizeof(answer))
		err(2, "the agent");
	close(agent);
	return answer[sizeof(length)];
}

int main(int argc, char **argv)
{
	uint8_t public[KEY_SIZE];
	struct message *message;
	int wanted, answer;

	message = mmap(NULL, sizeof(*message), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (argc < 3 || message == MAP_FAILED || mlock(message, sizeof(*message)))
		return 2;
	for (size_t at = 0; at < KEY_SIZE; at++)
		if (sscanf(argv[2] + 2 * at, "%2hhx", &public[at]) != 1)
			return 2;
	if (!strcmp(argv[1], "add")) {
		put_identity(message, public, argv[3], argv[4]);
		wanted = SUCCESS;
	} else {
		put_sign(message, public);
		wanted = strcmp(argv[1], "fail") ? SIGN_RESPONSE : FAILURE;
	}
	answer = ask(message);
	explicit_bzero(message, sizeof(*message));
	clear_vector_registers();
	if (answer != wanted)
		errx(1, "the agent answered %d", answer);
	return 0;
}
