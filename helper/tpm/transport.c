// SPDX-License-Identifier: GPL-2.0-or-later
#include "transport.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/deadline.h"

#define MAGIC		UINT64_C(0x6b657962616774)
#define HEADER_SIZE	10
#define VERSION		1

static struct transport *transport_of(TSS2_TCTI_CONTEXT *context)
{
	return (struct transport *)context;
}

/* The kernel's device takes a command whole, a socket may take a part. */
static TSS2_RC transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
	struct transport *transport = transport_of(context);
	size_t sent = 0;

	transport->length = 0;
	while (sent < size) {
		ssize_t count = write(transport->descriptor, command + sent, size - sent);

		if (count > 0) {
			sent += (size_t)count;
			continue;
		}
		if (count < 0 && errno == EINTR)
			continue;
		if (count == 0 || (errno != EAGAIN && errno != EBUSY))
			return TSS2_TCTI_RC_IO_ERROR;
		if (deadline_poll(transport->descriptor, POLLOUT, transport->deadline) < 0)
			break;
	}
	transport->silent = sent < size;
	return transport->silent ? TSS2_TCTI_RC_IO_ERROR : TSS2_RC_SUCCESS;
}

static uint32_t length_of(const uint8_t *answer)
{
	return (uint32_t)answer[2] << 24 | (uint32_t)answer[3] << 16 | (uint32_t)answer[4] << 8 | answer[5];
}

/* Asked for all at once: older kernels drop what a read leaves. */
static TSS2_RC fetch(struct transport *transport)
{
	uint32_t got = 0;

	for (;;) {
		ssize_t count;

		if (got >= HEADER_SIZE) {
			uint32_t length = length_of(transport->answer);

			if (length < HEADER_SIZE || length > TRANSPORT_SIZE || got > length)
				return TSS2_TCTI_RC_MALFORMED_RESPONSE;
			if (got == length)
				break;
		}
		if (deadline_poll(transport->descriptor, POLLIN, transport->deadline) == -ETIMEDOUT) {
			transport->silent = true;
			return TSS2_TCTI_RC_IO_ERROR;
		}
		count = read(transport->descriptor, transport->answer + got, TRANSPORT_SIZE - got);
		if (count < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (count <= 0)
			return TSS2_TCTI_RC_IO_ERROR;
		got += (uint32_t)count;
	}
	transport->length = got;
	return TSS2_RC_SUCCESS;
}

/* It waits as long as the deadline has it, whatever @timeout is: the program does one thing after the other. */
static TSS2_RC receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response, int32_t timeout)
{
	struct transport *transport = transport_of(context);
	TSS2_RC result = transport->length ? TSS2_RC_SUCCESS : fetch(transport);

	(void)timeout;
	if (result)
		return result;
	if (response && *size < transport->length)
		return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
	*size = transport->length;
	if (response) {
		memcpy(response, transport->answer, transport->length);
		transport->length = 0;
	}
	return TSS2_RC_SUCCESS;
}

static void finalize(TSS2_TCTI_CONTEXT *context)
{
	(void)context;
}

static TSS2_RC cancel(TSS2_TCTI_CONTEXT *context)
{
	(void)context;
	return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

static TSS2_RC get_poll_handles(TSS2_TCTI_CONTEXT *context, TSS2_TCTI_POLL_HANDLE *handles, size_t *count)
{
	(void)context;
	(void)handles;
	(void)count;
	return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

static TSS2_RC set_locality(TSS2_TCTI_CONTEXT *context, uint8_t locality)
{
	(void)context;
	(void)locality;
	return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

void transport_open(struct transport *transport, int descriptor, uint64_t deadline)
{
	*transport = (struct transport){
		.common = {
			.magic = MAGIC,
			.version = VERSION,
			.transmit = transmit,
			.receive = receive,
			.finalize = finalize,
			.cancel = cancel,
			.getPollHandles = get_poll_handles,
			.setLocality = set_locality,
		},
		.descriptor = descriptor,
		.deadline = deadline,
	};
}

TSS2_TCTI_CONTEXT *transport_tcti(struct transport *transport)
{
	return (TSS2_TCTI_CONTEXT *)&transport->common;
}
