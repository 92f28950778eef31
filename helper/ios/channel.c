// SPDX-License-Identifier: GPL-2.0-or-later
#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/keychain/base/cbor.h"
#include "ios_exchange.h"

int channel_begin(int window, int socket, struct channel *ret_channel)
{
	void *memory = mmap(NULL, IOS_WINDOW_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, window, 0);

	if (memory == MAP_FAILED)
		return -errno;
	*ret_channel = (struct channel){ memory, socket };
	return 0;
}

int channel_take_password(struct channel *channel, struct secret *ret_password)
{
	const uint8_t *bytes = (const uint8_t *)channel->window + sizeof(uint32_t);
	uint32_t length;
	int result;

	memcpy(&length, channel->window, sizeof(length));
	if (length > IOS_MAX_PASSWORD)
		return -EPROTO;
	result = secret_new(ret_password, length + 1);
	/* Bytewise: no copy stays in a vector register. */
	for (uint32_t i = 0; !result && i < length; i++)
		((volatile uint8_t *)ret_password->data)[i] = bytes[i];
	ret_password->length = result ? 0 : length;
	explicit_bzero(channel->window, sizeof(length) + length);
	return result;
}

static ssize_t take_answer(int socket)
{
	ssize_t length;
	char answer;

	do
		length = recv(socket, &answer, sizeof(answer), 0);
	while (length < 0 && errno == EINTR);
	return length;
}

int channel_send(struct channel *channel, struct value *record)
{
	size_t needed = record ? cbor_value_size(record) : 0;
	uint32_t length = (uint32_t)needed;

	if (!record)
		return -ENOMEM;
	if (!needed || needed > IOS_WINDOW_SIZE) {
		value_free(record);
		return -E2BIG;
	}
	cbor_value_write(record, channel->window, IOS_WINDOW_SIZE);
	value_free(record);
	if (send(channel->socket, &length, sizeof(length), MSG_NOSIGNAL) != sizeof(length) || take_answer(channel->socket) != 1)
		return -EPIPE;
	return 0;
}
